import {
  type CallSpan,
  type ExchangeSpans,
  recordedName,
  type TraceContext,
  type TracedExchange,
  type Tracing,
} from '@sallyport/core';
import { RecordedSpans, SPAN_ID_BYTES, type SpanParts } from './recorded-spans.ts';

export interface TracerParts extends SpanParts {
  /** Share of the traces that begin here whose spans are told, 0..1. */
  readonly sampleRatio: number;
  /** In [0,1). */
  readonly random: () => number;
}

/** Makes the spans of exchanges. A trace that began elsewhere goes on, and says itself whether its spans are kept. */
export class Tracer implements Tracing {
  readonly #parts: TracerParts;

  constructor(parts: TracerParts) {
    this.#parts = parts;
  }

  begin({ exchange, operation, parent }: TracedExchange): ExchangeSpans {
    const { newId, random, sampleRatio } = this.#parts;
    const spanId = newId(SPAN_ID_BYTES);
    const context: TraceContext =
      parent === undefined
        ? { traceId: newId(TRACE_ID_BYTES), spanId, sampled: random() < sampleRatio }
        : { ...parent, spanId };
    if (!context.sampled) return untold(context, newId);
    // A client that speaks MCP names its methods itself.
    return new RecordedSpans({ exchange, operation: recordedName(operation), parent, context }, this.#parts);
  }
}

const TRACE_ID_BYTES = 16;

/** A trace whose spans nobody keeps: who is called learns that, and which trace it is. */
function untold(context: TraceContext, newId: TracerParts['newId']): ExchangeSpans {
  return {
    trace: context.traceId,
    recorded: () => undefined,
    call: (): CallSpan => ({ context: { ...context, spanId: newId(SPAN_ID_BYTES) }, failed: () => undefined }),
  };
}
