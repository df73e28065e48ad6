import type { Decoding, Span, TextLayer, TextView } from '@sallyport/core';
import type { EncodedRun } from './encoded-runs.ts';
import { type MappedLayer, RawLayer } from './layers.ts';
import type { OffsetMap } from './offset-map.ts';
import { mergeRegions, type Regions, safeStart } from './safe-cut.ts';

/** A view that also knows where its raw text can be cut, and what was undone where. */
export interface MappedView extends TextView {
  readonly layers: readonly MappedLayer[];
  /**
   * Like `openFrom`, for what changes the reading in place: an unfinished escape, cluster or word of mixed script.
   * Text before it continues with what nobody knows yet; an unfinished run, by contrast, becomes a layer of its own.
   */
  readonly foldOpenFrom: number;
  /**
   * The largest offset at most `at` where the raw text can be cut so that what follows reads as it does here: not within
   * an edit, an encoded run, a word or a cluster. `undefined` when there is none within `maxBackChars` steps.
   */
  safeStart(at: number, maxBackChars: number): number | undefined;
  /**
   * `via` of one of the layers, without the foldings that were made elsewhere only, and not at `span` of the raw text.
   * Any other list comes back as it is.
   */
  viaWithin(via: readonly Decoding[], span: Span): readonly Decoding[];
}

/** From where a text that is still to grow may read otherwise; see `MappedView`. */
export type Open = Pick<MappedView, 'openFrom' | 'foldOpenFrom'>;

/** What was done to one layer: the edits that folded it, the runs that were tried in it. */
export interface LayerTrace {
  readonly layer: TextLayer;
  readonly edits?: OffsetMap;
  readonly runs?: readonly EncodedRun[];
}

export interface ViewParts extends Open {
  readonly layers: readonly MappedLayer[];
  readonly truncated: boolean;
  readonly traces: readonly LayerTrace[];
}

const NO_REGIONS: Regions = { starts: [], ends: [] };

/** A text that reads in one way only: the common case, and therefore slim. */
export class PlainView implements MappedView {
  readonly raw: string;
  readonly layers: readonly MappedLayer[];
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

/** Characters before a match in which a folding may have been what revealed it. */
export const CONTEXT_CHARS = 128;

/**
 * What was undone counts for a match that it is part of; else as the context before it; else where it made the match's
 * end. What follows comes last, since it may not be there yet. Characters before and after the match.
 */
const NEIGHBOURHOODS = [
  { before: 0, after: 0 },
  { before: CONTEXT_CHARS, after: 0 },
  { before: CONTEXT_CHARS, after: 1 },
];

export class LayeredView implements MappedView {
  readonly raw: string;
  readonly layers: readonly MappedLayer[];
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
    const layer = this.layers.find((candidate) => candidate.via === via);
    if (layer === undefined) return via;
    for (const { before, after } of NEIGHBOURHOODS) {
      const within = layer.viaAt({ start: span.start - before, end: span.end + after });
      if (within.length > 0) return within;
    }
    return via;
  }
}

function regionsOf(traces: readonly LayerTrace[]): Regions {
  const spans: Span[] = [];
  for (const { layer, edits, runs } of traces) {
    for (const { start, end } of edits?.edits() ?? []) spans.push(layer.toRaw(start, end));
    for (const { start, end } of runs ?? []) spans.push(layer.toRaw(start, end));
  }
  return mergeRegions(spans);
}
