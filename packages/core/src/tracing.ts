import type { ErrorCode } from './errors.ts';
import type { ClosedRecord, DecidedRecord, OpenedRecord, TriedUpstream } from './record.ts';
import { type TraceContext, writeTraceContext } from './trace-context.ts';

/** An exchange that begins, as a trace sees it. */
export interface TracedExchange {
  /** Its id. */
  readonly exchange: string;
  /** What is asked for, in the protocol's words: `chat.completions`, `tools/call`. */
  readonly operation: string;
  /** The span of who asks, where that is known. */
  readonly parent?: TraceContext | undefined;
}

/** Where spans of exchanges are made. Whoever tells it something never waits, and nothing that it is told holds content. */
export interface Tracing {
  begin(exchange: TracedExchange): ExchangeSpans;
}

/** The spans of one exchange. */
export interface ExchangeSpans {
  /** Id of the trace. */
  readonly trace: string;
  /** A record of the exchange is about to be appended; with the last one its spans end. */
  recorded(record: OpenedRecord | DecidedRecord | ClosedRecord): void;
  /** Somebody is about to be called for it: a provider, a server of tools. */
  call(tried: TriedUpstream): CallSpan;
}

/** The span of one call. It ends with its exchange, where nobody says before that it failed. */
export interface CallSpan {
  /** What who is called is told. */
  readonly context: TraceContext;
  failed(why: CallFailure): void;
}

/** What a call came to that came to nothing: the status of its answer, or why there was none. */
export type CallFailure = { readonly status: number } | { readonly fault: ErrorCode };

type CallHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Headers of a call under its own span: whatever the client said of the trace goes no further. */
export function tracedHeaders(headers: CallHeaders, span: CallSpan | undefined): CallHeaders {
  if (span === undefined) return headers;
  const { traceparent: _parent, tracestate: _state, ...rest } = headers;
  return { ...rest, ...writeTraceContext(span.context) };
}
