import type {
  CallFailure,
  CallSpan,
  ClosedRecord,
  DecidedRecord,
  ExchangeSpans,
  OpenedRecord,
  TraceContext,
  TracedExchange,
  TriedUpstream,
} from '@sallyport/core';
import type { GenAiVersion } from '../../config/index.ts';
import type { Attributes } from '../otlp/otlp-json.ts';
import { type SpanMatter, writeSpan } from '../otlp/otlp-span.ts';
import { callAttributes, callName } from './call-attributes.ts';
import type { Call } from './call-matter.ts';
import { exchangeAttributes, hasFailed } from './exchange-attributes.ts';
import { guardsOf } from './guard-attributes.ts';

export const SPAN_ID_BYTES = 8;

/** What spans are made with. */
export interface SpanParts {
  readonly genAi: GenAiVersion;
  /** Which vendor a provider of the configuration is. */
  readonly kindOf: (provider: string) => string | undefined;
  /** Takes spans, JSON each. */
  readonly push: (span: string) => void;
  /** Random hexadecimal digits. */
  readonly newId: (bytes: number) => string;
  /** Monotonic, milliseconds. */
  readonly nowMs: () => number;
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
}

/** Spans of one exchange; further ones are counted on that of the exchange. */
export const SPANS_MAX = 128;

/** An exchange that begins, with the context of its own span. */
export interface BegunExchange extends TracedExchange {
  readonly context: TraceContext;
}

/** A part of an exchange that has a span of its own. */
interface Part extends Pick<SpanMatter, 'name' | 'kind' | 'attributes' | 'isError'> {
  readonly spanId: string;
  /** Milliseconds since the exchange began. */
  readonly fromMs: number;
  readonly toMs: number;
}

interface OpenCall extends Call {
  readonly spanId: string;
  readonly fromMs: number;
  toMs?: number;
  failure?: CallFailure;
}

/** The spans of an exchange, kept until its last record is there: what they say is what the records say, and when. */
export class RecordedSpans implements ExchangeSpans {
  readonly #exchange: BegunExchange;
  readonly #parts: SpanParts;
  readonly #beganMs: number;
  readonly #beganAtMs: number;
  readonly #guards: Part[] = [];
  readonly #calls: OpenCall[] = [];
  #leftOut = 0;

  constructor(exchange: BegunExchange, parts: SpanParts) {
    this.#exchange = exchange;
    this.#parts = parts;
    this.#beganMs = parts.nowMs();
    this.#beganAtMs = parts.dateMs();
  }

  get trace(): string {
    return this.#exchange.context.traceId;
  }

  recorded(record: OpenedRecord | DecidedRecord | ClosedRecord): void {
    const toMs = this.#elapsedMs();
    // A request is judged from its arrival on, an answer from its head on, a call when it is complete.
    const headMs = record.kind === 'closed' ? (record.ms.upstreamFirstByte ?? toMs) : toMs;
    const fromMs = record.kind === 'opened' ? 0 : Math.min(headMs, toMs);
    for (const guard of guardsOf(record)) {
      if (!this.#hasRoom()) continue;
      const { name, attributes } = guard;
      const spanId = this.#newSpanId();
      this.#guards.push({ name, attributes, spanId, kind: 'internal', isError: false, fromMs, toMs });
    }
    if (record.kind === 'closed') this.#tell(record, toMs);
  }

  call(tried: TriedUpstream): CallSpan {
    const spanId = this.#newSpanId();
    const call: OpenCall = { tried, spanId, fromMs: this.#elapsedMs() };
    if (this.#hasRoom()) this.#calls.push(call);
    return {
      context: { ...this.#exchange.context, spanId },
      failed: (failure) => {
        call.failure = failure;
        call.toMs = this.#elapsedMs();
      },
    };
  }

  #tell(record: ClosedRecord, toMs: number): void {
    const { operation, parent, context } = this.#exchange;
    const { genAi, kindOf } = this.#parts;
    for (const part of this.#guards.splice(0)) this.#push(part);
    for (const call of this.#calls.splice(0)) {
      const about = { call, record, operation, genAi, kindOf };
      const isError = call.failure !== undefined || record.outcome === 'upstream-failed';
      const { spanId, fromMs } = call;
      const attributes = callAttributes(about);
      const name = callName(about);
      const endMs = call.toMs ?? (isOneMessage(record) ? record.ms.upstreamFirstByte : undefined) ?? toMs;
      this.#push({ name, kind: 'client', attributes, isError, spanId, fromMs, toMs: Math.max(fromMs, endMs) });
    }
    const attributes: Attributes = {
      ...exchangeAttributes(record),
      'sallyport.spans_left_out': this.#leftOut === 0 ? undefined : this.#leftOut,
    };
    const name = `${operation} ${record.request?.route ?? ''}`.trimEnd();
    const { spanId } = context;
    const own = { name, kind: 'server', attributes, isError: hasFailed(record), spanId, fromMs: 0, toMs } as const;
    this.#push(own, parent?.spanId);
  }

  /** @param parentSpanId of somebody else; without one, a part's parent is the exchange */
  #push({ spanId, fromMs, toMs, name, kind, attributes, isError }: Part, parentSpanId?: string): void {
    const { context } = this.#exchange;
    const isOwn = spanId === context.spanId;
    const span = writeSpan({
      name,
      kind,
      attributes,
      isError,
      context,
      spanId,
      parentSpanId: isOwn ? parentSpanId : context.spanId,
      isParentRemote: isOwn && parentSpanId !== undefined,
      startMs: this.#beganAtMs + fromMs,
      endMs: this.#beganAtMs + toMs,
    });
    this.#parts.push(span);
  }

  #hasRoom(): boolean {
    // One is that of the exchange.
    const hasRoom = this.#guards.length + this.#calls.length < SPANS_MAX - 1;
    if (!hasRoom) this.#leftOut += 1;
    return hasRoom;
  }

  #newSpanId(): string {
    return this.#parts.newId(SPAN_ID_BYTES);
  }

  #elapsedMs(): number {
    return this.#parts.nowMs() - this.#beganMs;
  }
}

/** What a server of tools or an agent answers is whole when it is there; a model's answer ends with its exchange. */
function isOneMessage({ request }: ClosedRecord): boolean {
  return request?.protocol === 'mcp' || request?.protocol === 'a2a';
}
