import type { Category, Finding, Inspection, TextLayer, TextView } from '@sallyport/core';

/** What a rule recognised in one layer. Lives only while a view is inspected: it holds the match's value. */
export interface Match {
  readonly type: string;
  readonly score: number;
  /** Offsets in the layer. */
  readonly start: number;
  readonly end: number;
  /** Canonical form of the value, for the fingerprint: the same thing written in two ways has one. */
  readonly value: string;
}

export interface MatchSource {
  readonly detector: string;
  readonly category: Category;
  readonly find: (layer: TextLayer) => readonly Match[];
}

/**
 * Runs `find` over every layer of a view and turns its matches into findings on the raw text, ordered by start.
 * What is seen in clear is not reported again by the layers that repeat it.
 */
export function findingsOf(view: TextView, ask: Inspection, { detector, category, find }: MatchSource): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const layer of view.layers) {
    for (const match of find(layer)) {
      const span = layer.toRaw(match.start, match.end);
      const identity = `${match.type} ${span.start} ${span.end} ${match.value}`;
      if (seen.has(identity)) continue;
      seen.add(identity);
      const fingerprint = ask.fingerprint(match.value);
      findings.push({ detector, category, type: match.type, score: match.score, span, via: layer.via, fingerprint });
    }
  }
  return findings.sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end);
}

/**
 * Lowest raw offset at which a layer that reaches the end of the raw text is still open; `raw.length` when none is.
 * @param openFrom first offset of the layer's text that may still become a match, its length when nothing is pending
 */
export function rawPendingFrom(view: TextView, openFrom: (layer: TextLayer) => number): number {
  let pending = view.raw.length;
  for (const layer of view.layers) {
    const length = layer.text.length;
    const open = openFrom(layer);
    if (open >= length) continue;
    const span = layer.toRaw(open, length);
    // A layer that stops short of the raw end is a closed run: no text that arrives later can continue it.
    if (span.end >= view.raw.length) pending = Math.min(pending, span.start);
  }
  return pending;
}

/** Of matches that overlap in one layer, keeps the more certain one, and of equals the longer. Returns them by start. */
export function withoutOverlaps(matches: readonly Match[]): Match[] {
  if (matches.length < 2) return [...matches];
  const kept: Match[] = [];
  for (const match of [...matches].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || match.start >= last.end) kept.push(match);
    else if (match.score > last.score) kept[kept.length - 1] = match;
  }
  return kept;
}
