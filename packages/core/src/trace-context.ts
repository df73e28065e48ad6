/** W3C Trace Context (Recommendation, 2021-11-23, section 3.2): version, trace id, parent id, flags; later versions may add more. */
const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** The version that has nothing more. */
const FIRST = '00-';
const MAX_CHARS = 512;

/** What a `tracestate` may come to (section 3.3): characters, and members of its list. One beyond them is left out as a whole. */
export const TRACESTATE_MAX_CHARS = 512;
export const TRACESTATE_MAX_MEMBERS = 32;
const STATE_MEMBER = /^[a-z0-9][-_*/a-z0-9]{0,240}(?:@[a-z][-_*/a-z0-9]{0,13})?=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/** Where in a distributed trace somebody stands. */
export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all zero. */
  readonly traceId: string;
  /** Of the span that whoever is told is a child of: 16 such digits. */
  readonly spanId: string;
  /** Whether spans of the trace are kept. */
  readonly sampled: boolean;
  /** What tracing systems say to each other, `tracestate`; handed on as it is. */
  readonly state?: string;
}

/** How a carrier names a trace, beside a message or in it. */
export interface CarriedTrace {
  readonly traceparent: unknown;
  readonly tracestate?: unknown;
}

/** What a carrier says; undefined where it says nothing that is well-formed. */
export function readTraceContext({ traceparent, tracestate }: CarriedTrace): TraceContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > MAX_CHARS) return undefined;
  const [, traceId, spanId, flags, more] = FORM.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (more !== undefined && traceparent.startsWith(FIRST)) return undefined;
  const state = readState(tracestate);
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  return { traceId, spanId, sampled, ...(state !== undefined && { state }) };
}

/** The same for who is told. */
export function writeTraceContext({ traceId, spanId, sampled, state }: TraceContext): {
  readonly traceparent: string;
  readonly tracestate?: string;
} {
  const traceparent = `${FIRST}${traceId}-${spanId}-0${sampled ? 1 : 0}`;
  return { traceparent, ...(state !== undefined && { tracestate: state }) };
}

function readState(state: unknown): string | undefined {
  const text = Array.isArray(state) ? state.join(',') : state;
  if (typeof text !== 'string' || text.length > TRACESTATE_MAX_CHARS) return undefined;
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  if (members.length === 0 || members.length > TRACESTATE_MAX_MEMBERS) return undefined;
  return members.every((member) => STATE_MEMBER.test(member)) ? members.join(',') : undefined;
}
