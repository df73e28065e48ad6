import { setTimeout as wait } from 'node:timers/promises';
import {
  type DemoAnswer,
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  SallyportError,
} from '@sallyport/core';
import { type DemoRequest, demoModels, readDemoRequest, renderDemoAnswer, renderDemoError } from '@sallyport/protocols';
import { instanceOf } from './demo-instance.ts';
import { answerOf, DEMO_HEADER, type DemoScript, PLAIN_SCRIPT, readScript } from './demo-script.ts';

/** Models that the demo names in its list; it answers to every name. */
export const DEMO_MODELS = ['demo'];
/** Characters of the last message that an unscripted answer repeats. */
const ECHO_MAX_CHARS = 2_000;

/**
 * A stand-in for a model: in process, deterministic, offline. It speaks the true wire protocol, JSON and events, and
 * answers what a request scripts, or repeats what it was told, so that everything else can be tried without a vendor.
 */
export class DemoProvider implements Provider {
  readonly id: string;
  readonly kind = 'demo';

  constructor(id: string) {
    this.id = id;
  }

  async send(call: ProviderCall): Promise<ProviderAnswer> {
    if (call.method === 'GET') return whole(200, demoModels(DEMO_MODELS));
    const request = readDemoRequest(call.body ?? new Uint8Array());
    const given = headerOf(call, DEMO_HEADER) ?? request.metadata.demo;
    const script = given === undefined ? PLAIN_SCRIPT : readScript(given);
    if ('problem' in script)
      return whole(400, renderDemoError({ message: script.problem, type: 'invalid_request_error', code: null }));
    await pause(script.firstDelayMs, call.signal);
    if (script.error !== undefined) {
      const { status, headers, ...error } = script.error;
      return whole(status, renderDemoError(error), headers);
    }
    if (script.raw !== undefined)
      return scripted(rawChunks(script.raw.base64), script.raw.contentType, { script, call });
    const rendered = renderDemoAnswer(given === undefined ? unscripted(request) : answerOf(script), request);
    const contentType = request.stream ? 'text/event-stream; charset=utf-8' : 'application/json';
    return scripted(rendered, contentType, { script, call });
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}

/** Without a script: a call of the tool that must be called, an instance of the schema that was asked for, or an echo. */
function unscripted({ forcedTool, schema, lastText }: DemoRequest): DemoAnswer {
  if (forcedTool !== undefined) {
    const { name, parameters } = forcedTool;
    return { toolCalls: [{ name, arguments: JSON.stringify(instanceOf(parameters) ?? {}) }] };
  }
  if (schema !== undefined) return { text: JSON.stringify(instanceOf(schema)) };
  return { text: `demo: ${lastText.slice(0, ECHO_MAX_CHARS)}` };
}

interface Playing {
  readonly script: DemoScript;
  readonly call: ProviderCall;
}

function scripted(chunks: Iterable<Uint8Array>, contentType: string, playing: Playing): ProviderAnswer {
  return { status: 200, headers: headers(contentType), body: play(chunks, playing) };
}

async function* play(chunks: Iterable<Uint8Array>, { script, call }: Playing): AsyncGenerator<Uint8Array> {
  const { delayMs, dieAfterChunks, stallAfterChunks, wireBytes } = script;
  let sent = 0;
  for (const chunk of wireBytes === undefined ? chunks : recut(chunks, wireBytes)) {
    if (sent === dieAfterChunks) throw new SallyportError('UPSTREAM_BROKEN');
    if (sent === stallAfterChunks) await wait(2_147_483_647, undefined, { signal: call.signal, ref: false });
    if (sent > 0) await pause(delayMs, call.signal);
    if (call.signal.aborted) throw new SallyportError('UPSTREAM_BROKEN');
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
