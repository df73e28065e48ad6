import type { Decoding, TextLayer } from '@sallyport/core';
import { decodeRun } from './decode-run.ts';
import type { EncodedRun } from './encoded-runs.ts';
import { fold } from './fold.ts';
import { type Folded, FoldWriter } from './fold-writer.ts';
import { LayeredView, type LayerTrace, type MappedView, type Open, PlainView } from './layered-view.ts';
import { DerivedLayer, type LayerSource, type MappedLayer, RawLayer } from './layers.ts';
import type { OffsetMap } from './offset-map.ts';
import { type Survey, survey } from './survey.ts';

/** Limits of decoding. What goes beyond them is not read, and the view says `truncated`. */
export interface ViewLimits {
  /** Encoded runs within runs that are decoded, and times that one text is folded in place, 0..16, default 3. */
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
  readonly layer: MappedLayer;
  readonly seen: Survey;
  /** Runs within runs that were decoded to come here. */
  readonly depth: number;
  /** Times that this text was folded in place. Runs and folds have limits of their own: neither uses up the other's. */
  readonly folds: number;
  /** The fold that made the layer, and the runs of what it folded: those that it left alone are read already. */
  readonly from?: { readonly edits: OffsetMap; readonly runs: readonly EncodedRun[] };
  /** Whether the layer reads the text's end, so that more text may change it. */
  readonly tail: boolean;
}

class ViewBuilder {
  readonly #base: RawLayer;
  readonly #limits: ViewLimits;
  readonly #layers: MappedLayer[];
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
    this.#read({ layer: this.#base, seen, depth: 0, folds: 0, tail: true });
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
    this.#readRuns(reading);
    const folded = seen.foldFrom < 0 ? undefined : fold(layer.text, seen.foldFrom);
    if (folded === undefined) return;
    if (reading.folds >= this.#limits.maxDepth) {
      this.#truncated = true;
      return;
    }
    this.#readFolded(reading, folded);
    const unmarked = MARK.test(layer.text) ? withoutMarks(layer.text) : undefined;
    if (unmarked !== undefined) this.#readFolded(reading, unmarked);
  }

  /** Raw offset of what begins at `at` in a layer that reaches the end. */
  #rawFrom(layer: TextLayer, at: number): number {
    return at < layer.text.length ? layer.toRaw(at, at + 1).start : this.#base.text.length;
  }

  #readFolded({ layer, seen, depth, folds, tail }: Reading, made: Folded): void {
    const edits = made.map;
    this.#traces.push({ layer, edits });
    const source = { text: made.text, toSource: (start: number, end: number) => edits.toSource(start, end) };
    this.#derive(layer, source, {
      kinds: edits.kinds(),
      depth,
      folds: folds + 1,
      tail,
      from: { edits, runs: seen.runs },
    });
    for (const run of made.hidden) {
      const whole = { text: run.text, toSource: () => run };
      this.#derive(layer, whole, { kinds: [run.kind], depth: depth + 1, folds: 0, tail: false });
    }
  }

  #readRuns({ layer, seen, depth, from }: Reading): void {
    const runs = from === undefined ? seen.runs : newRuns(seen.runs, from);
    if (runs.length === 0) return;
    this.#traces.push({ layer, runs });
    for (const run of runs) {
      if (this.#runsLeft <= 0) {
        this.#truncated = true;
        return;
      }
      this.#runsLeft--;
      for (const decoded of decodeRun(layer.text, run)) {
        this.#derive(layer, decoded, { kinds: [decoded.kind], depth: depth + 1, folds: 0, tail: false });
      }
    }
  }

  #derive(
    parent: MappedLayer,
    source: LayerSource,
    { kinds, ...how }: { kinds: readonly Decoding[] } & Omit<Reading, 'layer' | 'seen'>,
  ): void {
    if (how.depth > this.#limits.maxDepth || source.text.length > this.#charsLeft) {
      this.#truncated = true;
      return;
    }
    this.#charsLeft -= source.text.length;
    const layer = new DerivedLayer(parent, source, {
      kinds,
      growing: how.tail,
      ...(how.from && { edits: how.from.edits }),
    });
    this.#layers.push(layer);
    this.#read({ ...how, layer, seen: survey(layer.text) });
  }
}

const MARK = /[\u0300-\u036f]/;
/** Marks of their own behind ASCII letters: typed text has one character for both, so they may be there to hide the letter. */
const MARKS = /(?<=[A-Za-z])[\u0300-\u036f]+/g;

/** The text with such marks left out; `undefined` when there are none. Cost: O(length). */
function withoutMarks(text: string): Folded | undefined {
  const writer = new FoldWriter(text);
  for (const { 0: marks, index } of text.matchAll(MARKS)) {
    writer.replace('marks', { start: index, end: index + marks.length }, '');
  }
  return writer.finish();
}

/** The runs of a folded text that were not in the text before, just like that. */
function newRuns(
  runs: readonly EncodedRun[],
  { edits, runs: known }: { readonly edits: OffsetMap; readonly runs: readonly EncodedRun[] },
): readonly EncodedRun[] {
  if (runs.length === 0 || known.length === 0) return runs;
  const ends = new Map(known.map((run) => [run.start, run.end]));
  return runs.filter(({ start, end }) => {
    const source = edits.toSource(start, end);
    return ends.get(source.start) !== source.end || !edits.isCopy(start, end);
  });
}
