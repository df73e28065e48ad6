import { setTimeout as wait } from 'node:timers/promises';
import {
  type DemoAnswer,
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  SallyportError,
  type StopSignal,
} from '@sallyport/core';
import { type DemoAsk, type DemoCall, type DemoTurn, type DemoVoice, demoVoices } from '@sallyport/protocols';
import { instanceOf } from './demo-instance.ts';
import { mindAnswer, mindDraw } from './demo-mind.ts';
import { answerOf, DEMO_HEADER, type DemoScript, PLAIN_SCRIPT, readScript } from './demo-script.ts';
import { isTold } from './demo-told.ts';
import { PROTOCOL_IDS } from './vendors.ts';

/** Models that the demo names in its list; it answers to every name. */
export const DEMO_MODELS = ['demo'];
/** Characters of the last message that an unscripted answer repeats. */
const ECHO_MAX_CHARS = 2_000;
/** What a script is answered with whose condition doesn't hold. */
const NOT_TOLD: DemoAnswer = { text: 'demo: not told' };

/**
 * A stand-in for a model: in process, deterministic, offline. It speaks the true wire protocol, JSON and events, and
 * answers what a request scripts, or repeats what it was told, so that everything else can be tried without a vendor.
 */
export class DemoProvider implements Provider {
  readonly id: string;
  readonly kind = 'demo';
  readonly protocols: ReadonlySet<string> = new Set(PROTOCOL_IDS);
  private readonly script: string | undefined;
  /** Answers that a mind gave. */
  private minded = 0;

  /** @param script of every answer whose request has none of its own */
  constructor(id: string, script?: string) {
    this.id = id;
    this.script = script;
  }

  async send(call: ProviderCall): Promise<ProviderAnswer> {
    const { method, path } = call;
    const spoken = spokenIn({ method, path, body: call.body ?? new Uint8Array() });
    if (spoken === undefined) return listed(path);
    const { voice, turn } = spoken;
    const given = headerOf(call, DEMO_HEADER) ?? turn.ask.script ?? this.script;
    const script = given === undefined ? PLAIN_SCRIPT : readScript(given);
    if ('problem' in script) {
      return whole(
        400,
        voice.error({ status: 400, message: script.problem, type: 'invalid_request_error', code: null }),
      );
    }
    const signal = abortSignalOf(call.signal);
    await pause(script.firstDelayMs, signal);
    if (script.error !== undefined) {
      const { headers, ...error } = script.error;
      return whole(error.status, voice.error(error), headers);
    }
    const obeys = script.ifTold === undefined || isTold(script.ifTold, call.body ?? new Uint8Array());
    if (!obeys) return scripted(turn.render(NOT_TOLD), turn.contentType, { script, signal });
    if (script.raw !== undefined)
      return scripted(rawChunks(script.raw.base64), script.raw.contentType, { script, signal });
    if (script.minds !== undefined) return this.byMind(call, script, signal);
    const isOwn = given === undefined || script.option !== undefined;
    const rendered = turn.render(isOwn ? unscripted(turn.ask, script.option) : answerOf(script));
    return scripted(rendered, turn.contentType, { script, signal });
  }

  /** Whichever mind's turn it is answers, under its own name. */
  private byMind(call: ProviderCall, script: DemoScript, signal: AbortSignal): ProviderAnswer {
    const nth = this.minded;
    this.minded += 1;
    let before = 0;
    const mind = script.minds?.find(({ answers = Number.POSITIVE_INFINITY }) => {
      before += answers;
      return nth < before;
    });
    const last = mind ?? script.minds?.at(-1);
    if (last === undefined) return listed(call.path);
    const { method, path } = call;
    const named = last.model === undefined ? call.body : renamed(call.body, last.model);
    const spoken = spokenIn({ method, path, body: named ?? new Uint8Array() });
    if (spoken === undefined) return listed(path);
    const { ask, contentType } = spoken.turn;
    const text = mindAnswer(last, ask.lastText, mindDraw(nth));
    return scripted(spoken.turn.render({ text }), contentType, { script, signal });
  }

  async listModels(): Promise<readonly string[]> {
    return DEMO_MODELS;
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}

/** The body as if another model had been asked, so that the answer is in its name; as it is where its protocol names the model elsewhere. */
function renamed(body: Uint8Array | undefined, model: string): Uint8Array | undefined {
  if (body === undefined) return undefined;
  const fields: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  const isNamed = typeof fields === 'object' && fields !== null && 'model' in fields;
  return isNamed ? Buffer.from(JSON.stringify({ ...fields, model })) : body;
}

function spokenIn(call: DemoCall): { readonly voice: DemoVoice; readonly turn: DemoTurn } | undefined {
  for (const voice of demoVoices) {
    const turn = voice.read(call);
    if (turn !== undefined) return { voice, turn };
  }
  return undefined;
}

/** The list of models, in the form of the protocol whose path asks for it; the demo knows no other path. */
function listed(path: string): ProviderAnswer {
  for (const voice of demoVoices) {
    const list = voice.models(path, DEMO_MODELS);
    if (list !== undefined) return whole(200, list);
  }
  const [voice] = demoVoices;
  const error = { status: 404, message: 'the demo does not know this path', type: 'not_found_error', code: null };
  return whole(404, voice?.error(error) ?? new Uint8Array());
}

/** Without a script: a call of the tool that must be called, an instance of the schema that was asked for, or an echo. */
function unscripted({ forcedTool, schema, lastText }: DemoAsk, option = 0): DemoAnswer {
  if (forcedTool !== undefined) {
    const { name, parameters } = forcedTool;
    return { toolCalls: [{ name, arguments: JSON.stringify(instanceOf(parameters, option) ?? {}) }] };
  }
  if (schema !== undefined) return { text: JSON.stringify(instanceOf(schema, option)) };
  return { text: `demo: ${lastText.slice(0, ECHO_MAX_CHARS)}` };
}

interface Playing {
  readonly script: DemoScript;
  readonly signal: AbortSignal;
}

function scripted(chunks: Iterable<Uint8Array>, contentType: string, playing: Playing): ProviderAnswer {
  return { status: 200, headers: headers(contentType), body: play(chunks, playing) };
}

async function* play(chunks: Iterable<Uint8Array>, { script, signal }: Playing): AsyncGenerator<Uint8Array> {
  const { delayMs, dieAfterChunks, stallAfterChunks, wireBytes } = script;
  let sent = 0;
  for (const chunk of wireBytes === undefined ? chunks : recut(chunks, wireBytes)) {
    if (sent === dieAfterChunks) throw new SallyportError('UPSTREAM_BROKEN');
    if (sent === stallAfterChunks) await wait(2_147_483_647, undefined, { signal, ref: false });
    if (sent > 0) await pause(delayMs, signal);
    if (signal.aborted) throw new SallyportError('UPSTREAM_BROKEN');
    yield chunk;
    sent += 1;
  }
  if (dieAfterChunks !== undefined && sent <= dieAfterChunks) throw new SallyportError('UPSTREAM_BROKEN');
}

function* recut(chunks: Iterable<Uint8Array>, size: number): Generator<Uint8Array> {
  for (const chunk of chunks) for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
}

function rawChunks(base64: string): readonly Uint8Array[] {
  return [Buffer.from(base64, 'base64')];
}

/** What node's timers listen to. */
function abortSignalOf(stop: StopSignal): AbortSignal {
  const controller = new AbortController();
  if (stop.aborted) controller.abort();
  else stop.addEventListener('abort', () => controller.abort());
  return controller.signal;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal });
}

function whole(status: number, body: Uint8Array, extra: Readonly<Record<string, string>> = {}): ProviderAnswer {
  return { status, headers: { ...headers('application/json'), ...lowerCase(extra) }, body: once(body) };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function headers(contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'x-request-id': 'req_demo' };
}

function lowerCase(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
}

function headerOf({ headers: all }: ProviderCall, name: string): string | undefined {
  const value = all[name];
  return typeof value === 'string' ? value : undefined;
}
