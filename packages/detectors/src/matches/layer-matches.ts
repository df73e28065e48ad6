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

/** Tells from which offset on the end of a layer's text may still become a match; the text's length when nothing is pending. */
export type OpenFrom = (text: string, layer: TextLayer) => number;

/**
 * Lowest raw offset at which a match may begin that the end of the text leaves undecided; `raw.length` when there is none.
 * What the view itself still holds (`openFrom`) may turn into any characters at all, such as the `%` of a percent-encoded
 * `@`: so each layer is asked twice, as it stands and as if it ended there.
 */
export function rawPendingFrom(view: TextView, openFrom: OpenFrom): number {
  let pending = view.raw.length;
  for (const layer of view.layers) {
    const { text } = layer;
    // No text that arrives later continues a run that was decoded as a whole.
    if (text.length === 0 || !layer.growing) continue;
    const open = openFrom(text, layer);
    if (open < text.length) pending = Math.min(pending, layer.toRaw(open, text.length).start);
    if (view.openFrom >= pending) continue;
    const settled = settledEnd(view, layer);
    const settledOpen = openFrom(text.slice(0, settled), layer);
    if (settledOpen < settled) pending = Math.min(pending, layer.toRaw(settledOpen, settled).start);
  }
  return pending;
}

/** Where the part of a layer ends that comes from raw text before the view's `openFrom`. */
function settledEnd(view: TextView, layer: TextLayer): number {
  if (layer.via.length === 0) return view.openFrom;
  let [low, high] = [0, layer.text.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layer.toRaw(middle, middle + 1).end <= view.openFrom) low = middle + 1;
    else high = middle;
  }
  return low;
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
