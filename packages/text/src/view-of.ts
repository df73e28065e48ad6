import type { Decoding, TextLayer } from '@sallyport/core';
import { decodeRun } from './decode-run.ts';
import { type Folded, fold } from './fold.ts';
import {
  DerivedLayer,
  LayeredView,
  type LayerSource,
  type LayerTrace,
  type MappedView,
  type Open,
  PlainView,
  RawLayer,
} from './layered-view.ts';
import { type Survey, survey } from './survey.ts';

/** Limits of decoding. What goes beyond them is not read, and the view says `truncated`. */
export interface ViewLimits {
  /** Encodings within encodings that are undone, 0..16, default 3. */
  readonly maxDepth: number;
  /** Encoded runs that are tried in one view, 0..65,536, default 512. */
  readonly maxRuns: number;
  /** Characters of all further layers together, as a multiple of the raw text, 1..64, default 6. */
  readonly maxGrowth: number;
}

export const VIEW_LIMITS: ViewLimits = { maxDepth: 3, maxRuns: 512, maxGrowth: 6 };

/** Characters of further layers that even the shortest text may yield: a compatibility form can be 18 times as long. */
const FREE_LAYER_CHARS = 4_096;

/**
 * Reads a text in every way that it can be read: as it stands, with its disguises folded away, and each encoded run
 * decoded, nested up to a limit. Never throws, whatever the text.
 * Cost: O(length), bounded by `limits`; about 1 us per KB of plain ASCII in which nothing can be decoded.
 */
export function viewOf(raw: string, limits: ViewLimits = VIEW_LIMITS): MappedView {
  const seen = survey(raw);
  if (seen.foldFrom < 0 && seen.runs.length === 0) return new PlainView(raw, seen);
  return new ViewBuilder(new RawLayer(raw), limits).build(seen);
}

/**
 * The view of a text that is known to read in one way only. For texts that grow: what was read before is not read again.
 */
export function plainViewOf(raw: string, open: Open): MappedView {
  return new PlainView(raw, open);
}

/** A layer that is to be read further. */
interface Reading {
  readonly layer: TextLayer;
  readonly seen: Survey;
  /** Encodings undone so far. */
  readonly depth: number;
  /** Whether the layer came from folding signs alone, which is done once and for free. */
  readonly folded: boolean;
  /** Whether the layer reads the text's end, so that more text may change it. */
  readonly tail: boolean;
}

class ViewBuilder {
  readonly #base: RawLayer;
  readonly #limits: ViewLimits;
  readonly #layers: TextLayer[];
  readonly #traces: LayerTrace[] = [];
  #truncated = false;
  #openFrom: number;
  #foldOpenFrom: number;
  #runsLeft: number;
  #charsLeft: number;

  constructor(base: RawLayer, limits: ViewLimits) {
    this.#base = base;
    this.#limits = limits;
    this.#layers = [base];
    this.#openFrom = base.text.length;
    this.#foldOpenFrom = base.text.length;
    this.#runsLeft = limits.maxRuns;
    this.#charsLeft = limits.maxGrowth * base.text.length + FREE_LAYER_CHARS;
  }

  build(seen: Survey): MappedView {
    this.#read({ layer: this.#base, seen, depth: 0, folded: false, tail: true });
    return new LayeredView(this.#base.text, {
      layers: this.#layers,
      openFrom: this.#openFrom,
      foldOpenFrom: this.#foldOpenFrom,
      truncated: this.#truncated,
      traces: this.#traces,
    });
  }

  #read(reading: Reading): void {
    const { layer, seen, tail } = reading;
    if (tail) {
      this.#openFrom = Math.min(this.#openFrom, this.#rawFrom(layer, seen.openFrom));
      this.#foldOpenFrom = Math.min(this.#foldOpenFrom, this.#rawFrom(layer, seen.foldOpenFrom));
    }
    const folded = seen.foldFrom < 0 ? undefined : fold(layer.text, seen.foldFrom);
    if (folded === undefined) this.#readRuns(reading);
    else this.#readFolded(reading, folded);
  }

  /** Raw offset of what begins at `at` in a layer that reaches the end. */
  #rawFrom(layer: TextLayer, at: number): number {
    return at < layer.text.length ? layer.toRaw(at, at + 1).start : this.#base.text.length;
  }

  #readFolded({ layer, depth, folded, tail }: Reading, made: Folded): void {
    const kinds = made.map.kinds();
    this.#traces.push({ layer, edits: made.map });
    const free = !made.decoded && !folded;
    const next = free ? depth : depth + 1;
    const source = { text: made.text, toSource: (start: number, end: number) => made.map.toSource(start, end) };
    this.#derive(layer, source, { kinds, depth: next, folded: free, tail });
    for (const run of made.hidden) {
      const whole = { text: run.text, toSource: () => run };
      this.#derive(layer, whole, { kinds: [run.kind], depth: depth + 1, folded: false, tail: false });
    }
  }

  #readRuns({ layer, seen, depth }: Reading): void {
    if (seen.runs.length === 0) return;
    this.#traces.push({ layer, runs: seen.runs });
    for (const run of seen.runs) {
      if (this.#runsLeft <= 0) {
        this.#truncated = true;
        return;
      }
      this.#runsLeft--;
      for (const decoded of decodeRun(layer.text, run)) {
        this.#derive(layer, decoded, { kinds: [decoded.kind], depth: depth + 1, folded: false, tail: false });
      }
    }
  }

  #derive(
    parent: TextLayer,
    source: LayerSource,
    how: { kinds: Iterable<Decoding> } & Pick<Reading, 'depth' | 'folded' | 'tail'>,
  ): void {
    if (how.depth > this.#limits.maxDepth || source.text.length > this.#charsLeft) {
      this.#truncated = true;
      return;
    }
    this.#charsLeft -= source.text.length;
    const layer = new DerivedLayer(parent, source, { kinds: how.kinds, growing: how.tail });
    this.#layers.push(layer);
    const { depth, folded, tail } = how;
    this.#read({ layer, seen: survey(layer.text), depth, folded, tail });
  }
}
