import type { AnswerGuard } from './answer-guard.ts';
import type { AnswerParts, DecidedCall } from './answer-parts.ts';
import { type Judge, type Ruling, ruleAccess } from './decide.ts';
import type { AccessQuestion, PolicyEngine, Resource, RestoreSink } from './decision.ts';
import type { Inspector, RequestContext } from './detector.ts';
import type { EnforcedRequest } from './enforce.ts';
import { ERRORS, type ErrorCode, type Fault, isFault, SallyportError } from './errors.ts';
import { ExchangeLog, type Identified, type OpenedMatter } from './exchange-log.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Arrival, Client, Destination, House } from './house.ts';
import type { AnswerCodec, ParsedRequest, Refusal, Reply, WireEvent } from './protocol.ts';
import type { ProviderAnswer } from './provider.ts';
import { coverageOf } from './receipt.ts';
import type { ExchangeOutcome, TriedUpstream } from './record.ts';

/** A request that may go to its provider: what its answer needs of it, which may take long. */
export interface Cleared {
  readonly judge: Judge;
  readonly context: RequestContext;
  readonly enforced: EnforcedRequest;
}

/** How a refusal begins: clients and scanners know a refusal by such words. */
const REFUSAL_WORDS = {
  ask: "I can't do that yet. Approval required: a person has to allow this first",
  block: "I'm sorry, but I can't assist with that. Blocked by policy",
} as const;

/** HTTP status in the record of a client that went away; nothing is sent. */
const CLIENT_GONE = 499;

/** An exchange under way: its client, its provider, its records, and all ways in which it can end. */
export class Visit {
  readonly arrival: Arrival;
  readonly house: House;
  private readonly client: Client;
  private readonly log: ExchangeLog;
  private readonly engine: PolicyEngine;
  private readonly upstreamAbort = new AbortController();
  private identified: Known | undefined;
  private codec: AnswerCodec | undefined;
  private upstream: ProviderAnswer | undefined;
  /** Bytes of an answer that is not a stream, kept until it is complete. */
  private readonly kept: Uint8Array[] = [];
  private started = false;
  private writing = false;
  private heart: Heartbeat | undefined;

  constructor(arrival: Arrival, house: House, client: Client) {
    this.arrival = arrival;
    this.house = house;
    this.client = client;
    this.engine = house.policy();
    this.log = new ExchangeLog(arrival, house, this.engine.policySet);
    client.signal.addEventListener('abort', () => this.upstreamAbort.abort(), { once: true });
    if (client.signal.aborted) this.upstreamAbort.abort();
  }

  /** Works out who asks for what, and where it leads. */
  identify(parsed: ParsedRequest): Judge | Fault {
    const { principal, adapter, body } = this.arrival;
    const { model, stream, tools, messages } = parsed.facts;
    const destination = this.destinationOf(model);
    if (isFault(destination)) return destination;
    const { route, upstreams, groups, postureOf } = destination;
    const [provider = ''] = upstreams.speaking(adapter.id);
    const facts = { protocol: adapter.id, route, model, stream, tools, messages, bodyBytes: body.length };
    const resource = { kind: 'model', id: model, provider, groups } as const;
    // Whoever waits for an answer needs no part of the body: what was read of it would stay in memory as long.
    const asked = { ...parsed, body: NO_BYTES, slices: [] };
    this.identified = { facts, destination, resource, asked };
    this.log.identify(this.identified);
    return { engine: this.engine, principal, resource, facts, postureOf };
  }

  private destinationOf(model: string): Destination | Fault {
    const { adapter, endpoint } = this.arrival;
    if (endpoint.uninspected !== true) return this.house.destination({ model, protocol: adapter.id });
    return this.house.passage(adapter.id) ?? { fault: 'UNKNOWN_PATH' };
  }

  /** Which endpoint of which protocol it asks. */
  get endpointName(): string {
    const { adapter, endpoint } = this.arrival;
    return `${adapter.id} ${endpoint.operation}`;
  }

  get inspector(): Inspector {
    return this.known().destination.inspector;
  }

  /** The first thing that access policy is asked: may this principal have what it asks for at all? */
  mayEnter(): AccessQuestion {
    const { facts, resource } = this.known();
    const { principal, endpoint } = this.arrival;
    const context = { route: facts.route, protocol: facts.protocol };
    const action = endpoint.uninspected === true ? 'pass-uninspected' : 'use-model';
    return { principal, action, resource, context };
  }

  opened(matter: OpenedMatter): void {
    this.log.opened(matter);
  }

  /** Answers with an error of the provider's form; nothing of the request goes on. */
  async turnAway(code: ErrorCode, rulings: readonly Ruling[] = []): Promise<undefined> {
    this.log.turnedAway(code, rulings);
    await this.replyInstead({
      reply: this.arrival.adapter.fault(code, this.arrival.id),
      outcome: 'rejected',
      fault: code,
    });
  }

  /** Answers with the protocol's own refusal, or ends a stream with it. The provider is cut off. */
  async refuse(ruling: Ruling, held: readonly WireEvent[] = []): Promise<undefined> {
    this.heart?.stop();
    this.upstreamAbort.abort();
    this.log.stopped(ruling);
    const { asked, destination } = this.known();
    const effect = ruling.effect === 'ask' ? 'ask' : 'block';
    const reason = this.engine.message(ruling.decision);
    const message = `${REFUSAL_WORDS[effect]}${reason === undefined ? '' : `: ${reason}`}.`;
    const refusal: Refusal = { exchange: this.arrival.id, effect, message, form: destination.blockForm };
    if (this.started && this.codec !== undefined) {
      await this.log.close({ outcome: 'refused', status: this.status() });
      await this.client.write(this.codec.refuse(refusal, held));
      this.client.finish();
      return;
    }
    await this.replyInstead({ reply: this.arrival.adapter.refuse(refusal, asked), outcome: 'refused' });
  }

  async send({ enforced }: Cleared): Promise<ProviderAnswer> {
    const { adapter, endpoint, headers } = this.arrival;
    const { signal } = this.upstreamAbort;
    const { method, upstreamPath: path } = endpoint;
    const protocol = adapter.id;
    this.log.sent();
    const { upstreams } = this.known().destination;
    const body = enforced.body.length > 0 ? { body: enforced.body } : {};
    const onTry = (tried: TriedUpstream) => this.log.tried(tried);
    this.upstream = await upstreams.send({ protocol, method, path, headers, signal, onTry, ...body });
    this.log.answered(this.upstream.status);
    return this.upstream;
  }

  codecFor({ status, headers }: ProviderAnswer): AnswerCodec {
    const limits = { ...this.house.limits, maxBodyBytes: this.house.limits.maxAnswerBytes };
    this.codec = this.arrival.adapter.answer(
      this.known().asked,
      { status, contentType: contentTypeOf(headers) },
      limits,
    );
    return this.codec;
  }

  /** Says whether something of the answer is held now: while it is, the client gets signs of life. */
  waits(held: boolean): void {
    if (this.heart === undefined) {
      const { codec } = this;
      if (!held || codec === undefined || codec.heartbeat === undefined || codec.heartbeat.length === 0) return;
      const { heartbeat } = codec;
      this.heart = new Heartbeat({
        everyMs: this.known().destination.hold.heartbeatMs,
        after: this.house.clock.after,
        beat: () => this.beat(heartbeat),
      });
    }
    this.heart.watch(held);
  }

  private async beat(sign: Uint8Array): Promise<void> {
    if (this.writing) return;
    if (!this.started) {
      await this.log.whenOpened();
      if (this.heart?.isStopped !== false || this.started) return;
      this.start();
    }
    await this.write(sign);
  }

  private async write(bytes: Uint8Array): Promise<void> {
    this.writing = true;
    try {
      await this.client.write(bytes);
    } finally {
      this.writing = false;
    }
  }

  answerParts({ judge, context, enforced }: Cleared, codec: AnswerCodec): AnswerParts {
    const { hold, inspector } = this.known().destination;
    const mayRestore = restorePermits(judge);
    return {
      judge,
      codec,
      hold,
      inspector,
      request: context,
      placeholders: enforced.placeholders,
      mayRestore,
    };
  }

  watch(guard: AnswerGuard): void {
    this.log.watch(guard);
  }

  decided(calls: readonly DecidedCall[]): Promise<void> {
    return this.log.decided(calls);
  }

  /** Lets cleared bytes go, in one write: each costs the client's connection a chunk of its own. */
  async pass(pieces: readonly Uint8Array[]): Promise<void> {
    if (!this.isStream()) {
      this.kept.push(...pieces);
      return;
    }
    if (!this.started) {
      await this.log.whenOpened();
      this.start();
    }
    this.heart?.sent();
    await this.write(concat(pieces));
  }

  /** The answer is whole: its receipt is made durable, then the last bytes go. */
  async complete(last: Uint8Array): Promise<void> {
    this.heart?.stop();
    const status = this.status();
    await Promise.all([this.log.whenOpened(), this.log.close({ outcome: 'completed', status })]);
    if (this.isStream()) {
      if (!this.started) this.start();
      await this.client.write(last);
      this.client.finish();
      return;
    }
    const body = concat([...this.kept, last]);
    this.client.reply({ status, headers: { ...this.upstreamHeaders(), ...this.marks() } }, body);
  }

  /** The provider broke the answer off, or sent what cannot be inspected: an error for the client, never a clean end. */
  async breakOff(code: ErrorCode): Promise<void> {
    this.heart?.stop();
    this.upstreamAbort.abort();
    if (this.client.signal.aborted) return this.log.close({ outcome: 'client-aborted', status: CLIENT_GONE });
    if (this.started && this.codec !== undefined) {
      await this.log.close({ outcome: 'upstream-failed', status: this.status(), fault: code });
      this.client.break(this.codec.fault(code));
      return;
    }
    const reply = this.arrival.adapter.fault(code, this.arrival.id);
    await this.replyInstead({ reply, outcome: 'upstream-failed', fault: code });
  }

  /** Whatever was thrown ends here: the client gets an error, the record its end, and nothing uncleared leaves. */
  async fail(error: unknown): Promise<void> {
    const known = knownError(error);
    try {
      if (this.client.signal.aborted) return await this.log.close({ outcome: 'client-aborted', status: CLIENT_GONE });
      if (known.code.startsWith('UPSTREAM_')) return await this.breakOff(known.code);
    } catch (again) {
      return this.failInside(knownError(again));
    }
    return this.failInside(known);
  }

  private async failInside(error: SallyportError): Promise<void> {
    this.heart?.stop();
    this.house.report(error, this.arrival.id);
    this.upstreamAbort.abort();
    const code = await this.closeFailed(error.code);
    const { status, headers, body } = this.arrival.adapter.fault(code, this.arrival.id);
    try {
      if (this.started) this.client.break(this.codec?.fault(code));
      else this.client.reply({ status, headers: { ...headers, ...this.marks() } }, body);
    } catch (again) {
      this.house.report(knownError(again), this.arrival.id);
      this.client.break();
    }
  }

  /** @returns what the client is told: a log that takes no records cannot take the one that says so */
  private async closeFailed(code: ErrorCode): Promise<ErrorCode> {
    if (code === 'RECORD_FAILED') return code;
    try {
      await this.log.close({ outcome: 'internal-error', status: ERRORS[code].status, fault: code });
      return code;
    } catch (again) {
      this.house.report(knownError(again), this.arrival.id);
      return 'RECORD_FAILED';
    }
  }

  private async replyInstead({ reply, outcome, fault }: Instead): Promise<void> {
    const closing = this.log.close({ outcome, status: reply.status, ...(fault !== undefined && { fault }) });
    await Promise.all([this.log.whenOpened(), closing]);
    this.client.reply({ status: reply.status, headers: { ...reply.headers, ...this.marks() } }, reply.body);
  }

  private start(): void {
    this.started = true;
    this.client.start({ status: this.status(), headers: { ...this.upstreamHeaders(), ...this.marks() } });
  }

  private status(): number {
    return this.upstream?.status ?? 200;
  }

  private isStream(): boolean {
    return this.codec?.streams === true;
  }

  /** The provider's headers, less what no longer holds and what only we may say. */
  private upstreamHeaders(): ProviderAnswer['headers'] {
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries(this.upstream?.headers ?? {})) {
      if (!NOT_PASSED.has(name) && !name.startsWith('x-sallyport-')) headers[name] = value;
    }
    return headers;
  }

  private marks(): Record<string, string> {
    const { effect, receipt, policies } = this.log.told();
    return {
      'x-sallyport-exchange': this.arrival.id,
      'x-sallyport-decision': effect,
      'x-sallyport-receipt': coverageOf(receipt),
      ...(policies.length > 0 && this.maySeePolicies() && { 'x-sallyport-policies': policies.join(',') }),
    };
  }

  /** Who was not identified learns nothing. */
  private maySeePolicies(): boolean {
    if (this.identified === undefined) return false;
    return this.engine.access({ ...this.mayEnter(), action: 'see-policies' }).verdict === 'allow';
  }

  private known(): Known {
    if (this.identified === undefined) {
      throw new SallyportError('INTERNAL', { detail: 'an exchange went on before it was identified' });
    }
    return this.identified;
  }
}

/** Headers of an answer that no longer hold, and those by which a provider would act on its reader beyond the answer. */
const NOT_PASSED = new Set([
  'alt-svc',
  'clear-site-data',
  'content-encoding',
  'content-length',
  'location',
  'refresh',
  'set-cookie',
  'set-cookie2',
]);

/** `asked`: the parsed request, without its bytes. */
type Known = Identified & { readonly asked: ParsedRequest };

const NO_BYTES = new Uint8Array(0);

interface Instead {
  readonly reply: Reply;
  readonly outcome: ExchangeOutcome;
  readonly fault?: ErrorCode;
}

function knownError(error: unknown): SallyportError {
  return error instanceof SallyportError ? error : new SallyportError('INTERNAL', { cause: error });
}

/** Asked at most once per sink, tool and exchange. In a tool call the tool is what is asked about, elsewhere the model. */
function restorePermits(judge: Judge): (sink: RestoreSink, tool?: string) => boolean {
  const permits = new Map<string, boolean>();
  return (sink, tool) => {
    const place = `${sink} ${tool ?? ''}`;
    let permitted = permits.get(place);
    if (permitted === undefined) {
      const { principal, facts } = judge;
      const resource: Resource = tool === undefined ? judge.resource : { kind: 'tool', id: tool, groups: [] };
      const context = { route: facts.route, protocol: facts.protocol, sink };
      permitted = ruleAccess(judge, { principal, action: 'restore', resource, context }).decision.verdict === 'allow';
      permits.set(place, permitted);
    }
    return permitted;
  };
}

function contentTypeOf(headers: ProviderAnswer['headers']): string {
  const declared = headers['content-type'];
  const [type = ''] = (typeof declared === 'string' ? declared : (declared?.[0] ?? '')).split(';');
  return type.trim().toLowerCase();
}

/** The pieces as one; those that lie one behind the other in memory already are not copied. */
function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const runs: Uint8Array[] = [];
  let first: Uint8Array | undefined;
  let end = 0;
  const finish = () => {
    if (first !== undefined) runs.push(new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset));
  };
  for (const piece of pieces) {
    if (first === undefined || piece.buffer !== first.buffer || piece.byteOffset !== end) {
      finish();
      first = piece;
    }
    end = piece.byteOffset + piece.length;
  }
  finish();
  return joined(runs);
}

function joined(runs: readonly Uint8Array[]): Uint8Array {
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(runs.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const run of runs) {
    whole.set(run, at);
    at += run.length;
  }
  return whole;
}
