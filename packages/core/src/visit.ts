import type { AnswerGuard, AnswerParts, DecidedCall, HoldLimits } from './answer-guard.ts';
import { type Judge, type RequestRuling, type Ruling, ruleAccess } from './decide.ts';
import {
  type AccessQuestion,
  type PolicyEngine,
  type Principal,
  type RequestFacts,
  type Resource,
  type RestoreSink,
  strongestOf,
} from './decision.ts';
import type { DetectedRequest, DetectionMemory } from './detect.ts';
import type { Inspector } from './detector.ts';
import type { EnforcedRequest } from './enforce.ts';
import { type ErrorCode, type Fault, SallyportError } from './errors.ts';
import type { AnswerCodec, Endpoint, ParsedRequest, ParseLimits, ProtocolAdapter, Refusal } from './protocol.ts';
import type { Provider, ProviderAnswer } from './provider.ts';
import { coverageOf, ReceiptBook } from './receipt.ts';
import type { AuditRecord, ExchangeOutcome, OpenedRecord, Receipt, Recorder } from './record.ts';
import type { Effect, Posture } from './vocabulary.ts';

/** Where a model name leads. */
export interface Destination {
  /** The route's name in configuration. */
  readonly route: string;
  readonly provider: Provider;
  readonly blockForm: Refusal['form'];
  readonly hold: HoldLimits;
  readonly groups: readonly string[];
  readonly inspector: Inspector;
  /** What a detector's failure means on this route. */
  readonly postureOf: (detector: string) => Posture;
}

/** One request as the data plane hands it in: authenticated, read whole, matched to a protocol. */
export interface Arrival {
  readonly id: string;
  readonly principal: Principal;
  readonly adapter: ProtocolAdapter;
  readonly endpoint: Extract<Endpoint, { kind: 'exchange' }>;
  /** With its question mark, or empty. */
  readonly query: string;
  readonly body: Uint8Array;
  /** Headers to pass on: hop-by-hop headers and the client's credential are gone. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** The parts that every exchange uses. */
export interface House {
  readonly detection: DetectionMemory;
  /** The policy engine in force; read once per exchange. */
  readonly policy: () => PolicyEngine;
  readonly recorder: Recorder;
  readonly limits: ParseLimits & { readonly maxAnswerBytes: number };
  readonly destination: (model: string) => Destination | undefined;
  readonly clock: { readonly nowMs: () => number; readonly iso: () => string };
  /** Keyed fingerprint of the request body, for the record. */
  readonly sealBody: (body: Uint8Array) => string;
  /** Told of errors that are nobody's fault outside: never holds content. */
  readonly report: (error: SallyportError, exchange: string) => void;
}

export interface AnswerHeaders {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** The client's end of the exchange. */
export interface Client {
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** Sends the head of a stream whose length is not known. */
  start(head: AnswerHeaders): void;
  /** Resolves when more may be written: a slow client slows the provider. */
  write(bytes: Uint8Array): Promise<void> | void;
  /** Ends a started answer cleanly. */
  finish(): void;
  /** Breaks a started answer off so that the client sees an error, after `last` bytes. */
  break(last?: Uint8Array): void;
  /** Sends a whole answer. */
  reply(head: AnswerHeaders, body: Uint8Array): void;
}

/** A request that may go to its provider. */
export interface Cleared {
  readonly parsed: ParsedRequest;
  readonly judge: Judge;
  readonly detected: DetectedRequest;
  readonly enforced: EnforcedRequest;
}

export interface OpenedMatter {
  readonly access: Ruling;
  readonly detected: DetectedRequest;
  readonly ruling: RequestRuling;
  readonly enforced: EnforcedRequest;
}

/** An exchange under way: what the client was told, and what the record will say. */
export class Visit {
  readonly arrival: Arrival;
  readonly house: House;
  private readonly client: Client;
  private readonly engine: PolicyEngine;
  private readonly startedMs: number;
  private readonly upstreamAbort = new AbortController();
  private parsed: ParsedRequest | undefined;
  private destination: Destination | undefined;
  private facts: RequestFacts | undefined;
  private inputEffect: Effect = 'allow';
  private inputReceipt: Receipt = new ReceiptBook().toReceipt();
  private policies: readonly string[] = [];
  private redacted: Readonly<Record<string, number>> = {};
  private openedDurable: Promise<void> | undefined;
  private guard: AnswerGuard | undefined;
  private codec: AnswerCodec | undefined;
  private upstream: ProviderAnswer | undefined;
  private beforeUpstreamMs: number | undefined;
  private upstreamFirstByteMs: number | undefined;
  /** Bytes of an answer that is not a stream, kept until it is complete. */
  private kept: Uint8Array[] = [];
  private started = false;
  private closed = false;

  constructor(arrival: Arrival, house: House, client: Client) {
    this.arrival = arrival;
    this.house = house;
    this.client = client;
    this.engine = house.policy();
    this.startedMs = house.clock.nowMs();
    client.signal.addEventListener('abort', () => this.upstreamAbort.abort(), { once: true });
  }

  /** Works out who asks for what, and where it leads. */
  identify(parsed: ParsedRequest): Judge | Fault {
    const { principal, adapter, body } = this.arrival;
    this.parsed = parsed;
    const { model, stream, tools, messages } = parsed.facts;
    const destination = this.house.destination(model);
    if (destination === undefined) return { fault: 'UNKNOWN_MODEL' };
    this.destination = destination;
    const { route } = destination;
    this.facts = { protocol: adapter.id, route, model, stream, tools, messages, bodyBytes: body.length };
    return {
      engine: this.engine,
      principal,
      resource: this.resource(destination, model),
      facts: this.facts,
      postureOf: destination.postureOf,
    };
  }

  get inspector(): Inspector {
    return this.known().destination.inspector;
  }

  mayUseModel(): AccessQuestion {
    const { facts, destination } = this.known();
    return {
      principal: this.arrival.principal,
      action: 'use-model',
      resource: this.resource(destination, facts.model),
      context: { route: facts.route, protocol: facts.protocol },
    };
  }

  /** Answers with an error of the provider's form; nothing of the request goes on. */
  async turnAway(code: ErrorCode, rulings: readonly Ruling[] = []): Promise<undefined> {
    this.inputEffect = 'block';
    this.openedDurable ??= this.append({
      kind: 'opened',
      ...this.openedFacts(),
      decisions: rulings.map(({ recorded }) => recorded),
      receipt: this.inputReceipt,
      effect: 'block',
      fault: code,
      redacted: {},
    });
    const reply = this.arrival.adapter.fault(code, this.arrival.id);
    await this.close('rejected', reply.status, code);
    this.client.reply({ status: reply.status, headers: { ...reply.headers, ...this.marks() } }, reply.body);
    return undefined;
  }

  /** Records the input's decision. Its durability is awaited before the first byte of an answer. */
  opened({ access, detected, ruling, enforced }: OpenedMatter): void {
    const book = new ReceiptBook();
    for (const { chars, lines, unseen, segments } of detected.slices)
      book.add({ chars, lines, unseen, segments: segments.length });
    const rulings = [access, ...ruling.rulings];
    this.inputEffect = ruling.stopped?.effect ?? ruling.effect;
    this.inputReceipt = book.toReceipt();
    this.redacted = enforced.redacted;
    this.policies = [...new Set(rulings.flatMap(({ decision }) => decision.policies))];
    this.openedDurable = this.append({
      kind: 'opened',
      ...this.openedFacts(),
      decisions: rulings.map(({ recorded }) => recorded),
      receipt: this.inputReceipt,
      effect: this.inputEffect,
      redacted: enforced.redacted,
    });
    // A failure shows where it is awaited; until then it must not count as unhandled.
    this.openedDurable.catch(() => undefined);
  }

  /** Answers with the protocol's own refusal, or ends a stream with it. The provider is cut off. */
  async refuse(ruling: Ruling): Promise<undefined> {
    this.upstreamAbort.abort();
    const { parsed, destination } = this.known();
    const effect = ruling.effect === 'ask' ? 'ask' : 'block';
    const message = effect === 'ask' ? 'Approval required: a person has to allow this first.' : 'Blocked by policy.';
    const refusal: Refusal = { exchange: this.arrival.id, effect, message, form: destination.blockForm };
    this.policies = [...new Set([...this.policies, ...ruling.decision.policies])];
    await this.openedDurable;
    if (this.started && this.codec !== undefined) {
      await this.close('refused', this.upstream?.status ?? 200);
      await this.client.write(this.codec.refuse(refusal));
      this.client.finish();
      return undefined;
    }
    const reply = this.arrival.adapter.refuse(refusal, parsed);
    await this.close('refused', reply.status);
    this.client.reply({ status: reply.status, headers: { ...reply.headers, ...this.marks() } }, reply.body);
    return undefined;
  }

  async send({ enforced }: Cleared): Promise<ProviderAnswer> {
    const { destination } = this.known();
    const { endpoint, query, headers } = this.arrival;
    this.beforeUpstreamMs = this.house.clock.nowMs() - this.startedMs;
    const upstream = await destination.provider.send({
      method: 'POST',
      path: `${endpoint.upstreamPath}${query}`,
      headers,
      body: enforced.body,
      signal: this.upstreamAbort.signal,
    });
    this.upstreamFirstByteMs = this.house.clock.nowMs() - this.startedMs;
    this.upstream = upstream;
    return upstream;
  }

  codecFor({ parsed }: Cleared, { status, headers }: ProviderAnswer): AnswerCodec {
    const declared = headers['content-type'];
    const [contentType = ''] = (typeof declared === 'string' ? declared : (declared?.[0] ?? '')).split(';');
    const limits = { ...this.house.limits, maxBodyBytes: this.house.limits.maxAnswerBytes };
    return this.arrival.adapter.answer(parsed, { status, contentType: contentType.trim().toLowerCase() }, limits);
  }

  answerParts({ judge, detected, enforced }: Cleared, codec: AnswerCodec): AnswerParts {
    return {
      judge,
      codec,
      hold: this.known().destination.hold,
      inspector: this.known().destination.inspector,
      request: detected.context,
      placeholders: enforced.placeholders,
      mayRestore: this.restorePermits(judge),
    };
  }

  watch(guard: AnswerGuard, codec: AnswerCodec): void {
    this.guard = guard;
    this.codec = codec;
  }

  /** Records tool calls; resolves when they are durable. */
  async decided(calls: readonly DecidedCall[]): Promise<void> {
    await Promise.all(
      calls.map(({ tool, rulings, effect }) =>
        this.append({ kind: 'decided', tool, effect, decisions: rulings.map(({ recorded }) => recorded) }),
      ),
    );
  }

  /** Lets cleared bytes go. */
  async pass(bytes: Uint8Array): Promise<void> {
    if (!this.isStream()) {
      this.kept.push(bytes);
      return;
    }
    if (!this.started) {
      await this.openedDurable;
      this.start();
    }
    await this.client.write(bytes);
  }

  /** The answer is whole: its receipt is made durable, then the last bytes go. */
  async complete(last: Uint8Array): Promise<void> {
    const status = this.upstream?.status ?? 200;
    await Promise.all([this.openedDurable, this.close('completed', status)]);
    if (this.isStream()) {
      if (!this.started) this.start();
      await this.client.write(last);
      this.client.finish();
      return;
    }
    const body = this.kept.length === 0 ? last : concat([...this.kept, last]);
    this.client.reply({ status, headers: { ...this.answerHeaders(), ...this.marks() } }, body);
  }

  /** The provider broke the answer off, or sent what cannot be inspected: an error for the client, never a clean end. */
  async breakOff(code: ErrorCode): Promise<void> {
    this.upstreamAbort.abort();
    if (this.client.signal.aborted) return this.close('client-aborted', 499);
    if (this.started && this.codec !== undefined) {
      await this.close('upstream-failed', this.upstream?.status ?? 200, code);
      this.client.break(this.codec.fault(code));
      return;
    }
    const reply = this.arrival.adapter.fault(code, this.arrival.id);
    await this.openedDurable;
    await this.close('upstream-failed', reply.status, code);
    this.client.reply({ status: reply.status, headers: { ...reply.headers, ...this.marks() } }, reply.body);
  }

  /** Whatever was thrown ends here: the client gets an error, the record its end, and nothing uncleared leaves. */
  async fail(error: unknown): Promise<void> {
    const known = error instanceof SallyportError ? error : new SallyportError('INTERNAL', { cause: error });
    try {
      if (this.client.signal.aborted) return await this.close('client-aborted', 499);
      if (known.code.startsWith('UPSTREAM_')) return await this.breakOff(known.code);
      this.house.report(known, this.arrival.id);
      this.upstreamAbort.abort();
      const reply = this.arrival.adapter.fault(known.code, this.arrival.id);
      if (known.code !== 'STORE_BROKEN') await this.close('internal-error', reply.status, known.code);
      if (this.started) this.client.break(this.codec?.fault(known.code));
      else this.client.reply({ status: reply.status, headers: { ...reply.headers, ...this.marks() } }, reply.body);
    } catch (again) {
      this.house.report(new SallyportError('INTERNAL', { cause: again }), this.arrival.id);
      this.client.break();
    }
  }

  private start(): void {
    this.started = true;
    const head = { status: this.upstream?.status ?? 200, headers: { ...this.answerHeaders(), ...this.marks() } };
    this.client.start(head);
  }

  private isStream(): boolean {
    const declared = this.upstream?.headers['content-type'];
    return typeof declared === 'string' && declared.trim().toLowerCase().startsWith('text/event-stream');
  }

  /** The provider's headers, less what no longer holds. */
  private answerHeaders(): Record<string, string | readonly string[]> {
    const { 'content-length': _length, 'content-encoding': _encoding, ...headers } = this.upstream?.headers ?? {};
    return headers;
  }

  /** What the client may know of the decision. A stream's head carries what is known at its start. */
  private marks(): Record<string, string> {
    const effects = [this.inputEffect, this.guard?.effect ?? 'allow'];
    const receipt =
      this.guard === undefined ? this.inputReceipt : sum(this.inputReceipt, this.guard.receipt().toReceipt());
    return {
      'x-sallyport-exchange': this.arrival.id,
      'x-sallyport-decision': strongestOf(effects),
      'x-sallyport-receipt': coverageOf(receipt),
      ...(this.policies.length > 0 && { 'x-sallyport-policies': this.policies.join(',') }),
    };
  }

  private restorePermits(judge: Judge): (sink: RestoreSink) => boolean {
    const permits = new Map<RestoreSink, boolean>();
    return (sink) => {
      let permitted = permits.get(sink);
      if (permitted === undefined) {
        const { principal, resource, facts } = judge;
        const context = { route: facts.route, protocol: facts.protocol, sink };
        permitted = ruleAccess(judge, { principal, action: 'restore', resource, context }).decision.verdict === 'allow';
        permits.set(sink, permitted);
      }
      return permitted;
    };
  }

  private resource({ provider, groups }: Destination, model: string): Resource {
    return { kind: 'model', id: model, provider: provider.id, groups };
  }

  private known() {
    const { parsed, facts, destination } = this;
    if (parsed === undefined || facts === undefined || destination === undefined) {
      throw new SallyportError('INTERNAL', { detail: 'an exchange went on before it was identified' });
    }
    return { parsed, facts, destination };
  }

  private openedFacts(): Pick<OpenedRecord, 'principal' | 'detectors' | 'body' | 'resource' | 'provider' | 'request'> {
    const { arrival, house, destination, facts } = this;
    return {
      principal: arrival.principal,
      detectors: destination?.inspector.version ?? '',
      body: house.sealBody(arrival.body),
      ...(destination !== undefined && facts !== undefined
        ? { resource: this.resource(destination, facts.model), provider: destination.provider.id, request: facts }
        : {}),
    };
  }

  private async close(outcome: ExchangeOutcome, status: number, fault?: ErrorCode): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const { guard, house } = this;
    await this.append({
      kind: 'closed',
      outcome,
      status,
      ...(this.upstream !== undefined && { upstreamStatus: this.upstream.status }),
      decisions: guard?.decisions ?? [],
      receipt: (guard?.receipt() ?? new ReceiptBook()).toReceipt(),
      effect: strongestOf([this.inputEffect, guard?.effect ?? 'allow']),
      ...(fault !== undefined && { fault }),
      redacted: add(this.redacted, guard?.redacted ?? {}),
      restored: guard?.restored ?? 0,
      answer: guard?.facts ?? {},
      releasedChars: guard?.releasedChars ?? 0,
      ms: {
        total: round(house.clock.nowMs() - this.startedMs),
        ...(this.beforeUpstreamMs !== undefined && { beforeUpstream: round(this.beforeUpstreamMs) }),
        ...(this.upstreamFirstByteMs !== undefined && { upstreamFirstByte: round(this.upstreamFirstByteMs) }),
        held: round(guard?.heldMs ?? 0),
      },
    });
  }

  private append(record: DistributiveOmit<AuditRecord, 'v' | 'exchange' | 'at'>): Promise<void> {
    return this.house.recorder.append({ v: 1, exchange: this.arrival.id, at: this.house.clock.iso(), ...record });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function add(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const total: Record<string, number> = { ...a };
  for (const [type, count] of Object.entries(b)) total[type] = (total[type] ?? 0) + count;
  return total;
}

function sum(a: Receipt, b: Receipt): Receipt {
  return {
    lines: [...a.lines, ...b.lines],
    unseen: [...a.unseen, ...b.unseen],
    segments: a.segments + b.segments,
    inspectedChars: a.inspectedChars + b.inspectedChars,
    uninspectedChars: a.uninspectedChars + b.uninspectedChars,
  };
}

/** Milliseconds with microseconds kept. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
