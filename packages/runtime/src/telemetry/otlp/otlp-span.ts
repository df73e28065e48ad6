import type { TraceContext } from '@sallyport/core';
import { type Attributes, attributesOf, unixNano } from './otlp-json.ts';

/** What spans can be, by their numbers in `trace.proto`. */
export const SPAN_KINDS = { internal: 1, server: 2, client: 3 } as const;

const ERROR = 2;
/** Bits of `flags` beside those of the trace: whether it is known where the parent is, and that it is elsewhere. */
const KNOWS_PARENT = 0x100;
const PARENT_IS_REMOTE = 0x200;

export interface SpanMatter {
  readonly context: TraceContext;
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
  const { context, parentSpanId, isParentRemote, name, kind, startMs, endMs, attributes, isError } = matter;
  const { traceId, spanId, sampled, state } = context;
  return JSON.stringify({
    traceId,
    spanId,
    ...(state !== undefined && { traceState: state }),
    ...(parentSpanId !== undefined && { parentSpanId }),
    flags: (sampled ? 1 : 0) | KNOWS_PARENT | (isParentRemote ? PARENT_IS_REMOTE : 0),
    name,
    kind: SPAN_KINDS[kind],
    startTimeUnixNano: unixNano(startMs),
    endTimeUnixNano: unixNano(endMs),
    attributes: attributesOf(attributes),
    status: isError ? { code: ERROR } : {},
  });
}
