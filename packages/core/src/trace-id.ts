/** W3C Trace Context (Recommendation, 2021-11-23, section 3.2): version, trace id, parent id, flags; later versions may add more. */
const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
/** The version that has nothing more. */
const FIRST = '00-';
const MAX_CHARS = 512;

/** The trace that a `traceparent` names; undefined where it is not well-formed. */
export function traceIdOf(traceparent: string): string | undefined {
  if (traceparent.length > MAX_CHARS) return undefined;
  const [, trace, more] = FORM.exec(traceparent) ?? [];
  return more !== undefined && traceparent.startsWith(FIRST) ? undefined : trace;
}
