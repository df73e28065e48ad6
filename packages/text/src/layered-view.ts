import type { Decoding, Span, TextLayer, TextView } from '@sallyport/core';
import type { EncodedRun } from './encoded-runs.ts';
import type { OffsetMap } from './offset-map.ts';
import { mergeRegions, type Regions, safeStart } from './safe-cut.ts';

/** A view that also knows where its raw text can be cut, and what was undone where. */
export interface MappedView extends TextView {
  /**
   * The largest offset at most `at` where the raw text can be cut so that what follows reads as it does here: not within
   * an edit, an encoded run, a word or a cluster. `undefined` when there is none within `maxBackChars` steps.
   */
  safeStart(at: number, maxBackChars: number): number | undefined;
  /** `via` without the foldings that were made elsewhere only, and not at `span` of the raw text. */
  viaWithin(via: readonly Decoding[], span: Span): readonly Decoding[];
  /**
   * Like `openFrom`, for what changes the reading in place: an unfinished escape, cluster or word of mixed script.
   * Text before it continues with what nobody knows yet; an unfinished run, by contrast, becomes a layer of its own.
   */
  readonly foldOpenFrom: number;
}

const NO_DECODINGS: readonly Decoding[] = [];

/** The text as it came. */
export class RawLayer implements TextLayer {
  readonly text: string;
  readonly via = NO_DECODINGS;
  readonly growing = true;

  constructor(text: string) {
    this.text = text;
  }

  toRaw(start: number, end: number): Span {
    return { start, end };
  }
}

/** What a layer was made from: its text, and where each unit of it stood in the parent. */
export interface LayerSource {
  readonly text: string;
  toSource(start: number, end: number): Span;
}

/** A layer that was made from another one. */
export class DerivedLayer implements TextLayer {
  readonly text: string;
  readonly via: readonly Decoding[];
  readonly growing: boolean;
  readonly #parent: TextLayer;
  readonly #source: LayerSource;

  constructor(parent: TextLayer, source: LayerSource, how: { kinds: Iterable<Decoding>; growing: boolean }) {
    this.text = source.text;
    this.via = [...parent.via, ...how.kinds];
    this.growing = how.growing;
    this.#parent = parent;
    this.#source = source;
  }

  toRaw(start: number, end: number): Span {
    const inParent = this.#source.toSource(start, end);
    return this.#parent.toRaw(inParent.start, inParent.end);
  }
}

/** What was done to one layer: the edits that folded it, the runs that were tried in it. */
export interface LayerTrace {
  readonly layer: TextLayer;
  readonly edits?: OffsetMap;
  readonly runs?: readonly EncodedRun[];
}

export interface ViewParts {
  readonly layers: readonly TextLayer[];
  readonly openFrom: number;
  readonly foldOpenFrom: number;
  readonly truncated: boolean;
  readonly traces: readonly LayerTrace[];
}

/** Decodings that leave the rest of their layer as it was: they count for a match only where they touch it. */
const LOCAL_DECODINGS: ReadonlySet<Decoding> = new Set<Decoding>([
  'nfkc',
  'zero-width',
  'bidi',
  'tag-block',
  'variation-selector',
  'homoglyph',
  'html-entity',
  'percent',
]);

/** From where a text that is still to grow may read otherwise; see `MappedView`. */
export type Open = Pick<MappedView, 'openFrom' | 'foldOpenFrom'>;

const NO_REGIONS: Regions = { starts: [], ends: [] };

/** A text that reads in one way only: the common case, and therefore slim. */
export class PlainView implements MappedView {
  readonly raw: string;
  readonly layers: readonly TextLayer[];
  readonly openFrom: number;
  readonly foldOpenFrom: number;
  readonly truncated = false;

  constructor(raw: string, { openFrom, foldOpenFrom }: Open) {
    this.raw = raw;
    this.layers = [new RawLayer(raw)];
    this.openFrom = openFrom;
    this.foldOpenFrom = foldOpenFrom;
  }

  safeStart(at: number, maxBackChars: number): number | undefined {
    return safeStart(this.raw, NO_REGIONS, { at, maxBackChars });
  }

  viaWithin(via: readonly Decoding[]): readonly Decoding[] {
    return via;
  }
}

/**
 * What was undone counts for a match that it is part of; else where it made the match's edge; else as its context.
 * Characters before and after the match.
 */
const NEIGHBOURHOODS = [
  { before: 0, after: 0 },
  { before: 1, after: 1 },
  { before: 128, after: 2 },
];

export class LayeredView implements MappedView {
  readonly raw: string;
  readonly layers: readonly TextLayer[];
  readonly openFrom: number;
  readonly foldOpenFrom: number;
  readonly truncated: boolean;
  readonly #traces: readonly LayerTrace[];
  #regions: Regions | undefined;

  constructor(raw: string, parts: ViewParts) {
    this.raw = raw;
    this.layers = parts.layers;
    this.openFrom = parts.openFrom;
    this.foldOpenFrom = parts.foldOpenFrom;
    this.truncated = parts.truncated;
    this.#traces = parts.traces;
  }

  safeStart(at: number, maxBackChars: number): number | undefined {
    this.#regions ??= regionsOf(this.#traces);
    return safeStart(this.raw, this.#regions, { at, maxBackChars });
  }

  viaWithin(via: readonly Decoding[], span: Span): readonly Decoding[] {
    if (via.length === 0) return via;
    for (const { before, after } of NEIGHBOURHOODS) {
      const left = this.#foldsAt({ start: span.start - before, end: span.end + after });
      const within = via.filter((kind) => {
        if (!LOCAL_DECODINGS.has(kind)) return true;
        const folds = left.get(kind) ?? 0;
        left.set(kind, folds - 1);
        return folds > 0;
      });
      if (within.length > 0) return within;
    }
    return via;
  }

  /** By kind, how many foldings one upon the other had an edit of it in a range of the raw text. */
  #foldsAt(span: Span): Map<Decoding, number> {
    const folds = new Map<Decoding, number>();
    for (const { layer, edits } of this.#traces) {
      if (edits === undefined) continue;
      for (const kind of kindsWithin(layer, edits, span)) folds.set(kind, (folds.get(kind) ?? 0) + 1);
    }
    return folds;
  }
}

function kindsWithin(layer: TextLayer, edits: OffsetMap, span: Span): ReadonlySet<Decoding> {
  const kinds = new Set<Decoding>();
  for (const { kind, start, end } of edits.edits()) {
    if (kinds.has(kind)) continue;
    const raw = layer.toRaw(start, end);
    if (raw.start < span.end && raw.end > span.start) kinds.add(kind);
  }
  return kinds;
}

function regionsOf(traces: readonly LayerTrace[]): Regions {
  const spans: Span[] = [];
  for (const { layer, edits, runs } of traces) {
    for (const { start, end } of edits?.edits() ?? []) spans.push(layer.toRaw(start, end));
    for (const { start, end } of runs ?? []) spans.push(layer.toRaw(start, end));
  }
  return mergeRegions(spans);
}
