import type { Decision } from './decision.ts';
import type { DetectedSlice } from './detect.ts';
import type { RecordedFinding } from './recorded-decision.ts';

/** Which messages go to the model with the words of their tool results marked, and why. */
export interface SpotlightRuling<Ruling> {
  readonly slices: ReadonlySet<number>;
  /** The first ruling that said so. */
  readonly ruling: Ruling | undefined;
}

export interface SpotlightParts<Ruling> {
  readonly slices: readonly DetectedSlice[];
  /** What was found in the tool results of a message, by its slice. */
  readonly found: ReadonlyMap<number, readonly RecordedFinding[]>;
  readonly rule: (findings: readonly RecordedFinding[]) => Ruling;
}

/**
 * Asks of each message with results of tools, by itself, whether they are to be marked: a client sends its history again as it
 * was, so that an old message must come out as it did when it was new. All those in which nothing was found are asked about once.
 */
export function ruleSpotlight<Ruling extends { readonly decision: Decision }>({
  slices,
  found,
  rule,
}: SpotlightParts<Ruling>): SpotlightRuling<Ruling> {
  const marked = new Set<number>();
  let clean: Ruling | undefined;
  let first: Ruling | undefined;
  for (const [at, { slice, segments }] of slices.entries()) {
    if (slice.kind !== 'message' || !segments.some(({ point }) => point === 'tool-result')) continue;
    const findings = found.get(at);
    if (findings === undefined) clean ??= rule([]);
    const ruling = findings === undefined ? clean : rule(findings);
    if (ruling?.decision.spotlight === undefined) continue;
    marked.add(at);
    first ??= ruling;
  }
  return { slices: marked, ruling: first };
}
