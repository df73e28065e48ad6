import type { TraceContext } from '@sallyport/core';
import { type Attributes, unixNano, writeAttributes } from './otlp-json.ts';

/** What spans can be, by their numbers in `trace.proto`. */
export const SPAN_KINDS = { internal: 1, server: 2, client: 3 } as const;

const ERROR = 2;
/** Bits of `flags` beside those of the trace: whether it is known where the parent is, and that it is elsewhere. */
const KNOWS_PARENT = 0x100;
const PARENT_IS_REMOTE = 0x200;

export interface SpanMatter {
  /** The trace, and whether it is told. */
  readonly context: Pick<TraceContext, 'traceId' | 'sampled' | 'state'>;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** The parent is a span of somebody else. */
  readonly isParentRemote: boolean;
  readonly name: string;
  readonly kind: keyof typeof SPAN_KINDS;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

/** A span as OTLP has it in JSON. */
export function writeSpan(matter: SpanMatter): string {
  const { context, spanId, parentSpanId, isParentRemote, name, kind, startMs, endMs, attributes, isError } = matter;
  const { traceId, sampled, state } = context;
  const flags = (sampled ? 1 : 0) | KNOWS_PARENT | (isParentRemote ? PARENT_IS_REMOTE : 0);
  const traceState = state === undefined ? '' : `"traceState":${JSON.stringify(state)},`;
  const parent = parentSpanId === undefined ? '' : `"parentSpanId":"${parentSpanId}",`;
  return (
    `{"traceId":"${traceId}","spanId":"${spanId}",${traceState}${parent}"flags":${flags},"name":${JSON.stringify(name)},` +
    `"kind":${SPAN_KINDS[kind]},"startTimeUnixNano":"${unixNano(startMs)}","endTimeUnixNano":"${unixNano(endMs)}",` +
    `"attributes":${writeAttributes(attributes)},"status":${isError ? `{"code":${ERROR}}` : '{}'}}`
  );
}
