/** Bins that one sketch may have, 1.. */
export const SKETCH_MAX_BINS = 512;
/** A quantile lies within this share of the true one, where its bin was not folded. */
export const SKETCH_ACCURACY = 0.01;

const GAMMA = (1 + SKETCH_ACCURACY) / (1 - SKETCH_ACCURACY);
const FEW_BYTES = 8;
/** Shared: an empty row takes 200 bytes. */
const NO_BINS = new Uint32Array(0);
/** Frozen, so that nothing is ever put there. */
const NONE = Object.freeze([]) as unknown as number[];
const LOG_GAMMA = Math.log(GAMMA);
/** Of so few values the bins that they belong to are kept one by one: most series see few, and a row of bins is mostly empty then. */
const FEW = 24;
/** Smaller values count as zero; larger ones as this one's reciprocal. */
export const SKETCH_SMALLEST = 1e-9;

/** What a sketch holds, so that it can be written down. */
export interface SketchBins {
  readonly zeros: number;
  readonly sum: number;
  /** Count by bin, lowest first: the values above `binEnd(index - 1)`, up to `binEnd(index)`. */
  readonly bins: readonly (readonly [index: number, count: number])[];
  /** Whether the lowest bin also holds what is smaller. */
  readonly isFolded: boolean;
}

/**
 * Quantiles of positive numbers in bounded memory: bins whose bounds grow by 2 %, so that any quantile is right within 1 %. With more
 * bins than fit, the lowest are folded together: high quantiles stay right.
 * Source: C. Masson, J. E. Rim, H. K. Lee, "DDSketch", VLDB 2019. Cost: 4 bytes a bin; of a value see `benchmarks/drift`.
 */
export class QuantileSketch {
  /** Indices of bins, in no order; empty once there is a row of bins. */
  #few: number[] = [];
  #bins = NO_BINS;
  /** Of the first bin. */
  #offset = 0;
  #zeros = 0;
  #count = 0;
  #sum = 0;
  #isFolded = false;

  /** The sketch that wrote this down. */
  static of({ zeros, sum, bins, isFolded }: SketchBins): QuantileSketch {
    const sketch = new QuantileSketch();
    for (const [index, count] of bins.toReversed()) sketch.#put(index, count);
    sketch.#count = bins.reduce((all, [, count]) => all + count, zeros);
    sketch.#zeros = zeros;
    sketch.#sum = sum;
    sketch.#isFolded ||= isFolded;
    return sketch;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Of what it keeps, bytes. */
  get bytes(): number {
    return this.#bins.byteLength + this.#few.length * FEW_BYTES;
  }

  /** @param value what is no number, or negative, is not taken */
  add(value: number): void {
    if (!(value >= 0)) return;
    this.#count += 1;
    this.#sum += Math.min(value, 1 / SKETCH_SMALLEST);
    if (value < SKETCH_SMALLEST) this.#zeros += 1;
    else this.#put(indexOf(Math.min(value, 1 / SKETCH_SMALLEST)), 1);
  }

  merge(other: QuantileSketch): void {
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#zeros += other.#zeros;
    this.#isFolded ||= other.#isFolded;
    for (const index of other.#few) this.#put(index, 1);
    // From the highest down, so that what must be folded is folded once.
    for (let at = other.#bins.length - 1; at >= 0; at--) {
      const count = other.#bins[at] as number;
      if (count > 0) this.#put(other.#offset + at, count);
    }
  }

  bins(): SketchBins {
    const bins: [number, number][] = [];
    for (const index of [...this.#few].sort((a, b) => a - b)) {
      const last = bins.at(-1);
      if (last?.[0] === index) last[1] += 1;
      else bins.push([index, 1]);
    }
    for (const [at, count] of this.#bins.entries()) if (count > 0) bins.push([this.#offset + at, count]);
    return { zeros: this.#zeros, sum: this.#sum, bins, isFolded: this.#isFolded };
  }

  /** @param share 0..1 @returns undefined of nothing */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    let left = Math.min(this.#count - 1, Math.floor(share * this.#count));
    if (left < this.#zeros) return 0;
    left -= this.#zeros;
    if (this.#bins.length === 0) return middleOf([...this.#few].sort((a, b) => a - b)[left] ?? 0);
    for (let at = 0; at < this.#bins.length; at++) {
      left -= this.#bins[at] as number;
      if (left < 0) return middleOf(this.#offset + at);
    }
    return undefined;
  }

  #put(index: number, count: number): void {
    if (this.#bins.length > 0 || this.#few.length + count > FEW) this.#putInRow(index, count);
    else for (let time = 0; time < count; time += 1) this.#few.push(index);
  }

  #putInRow(index: number, count: number): void {
    const few = this.#few;
    this.#few = NONE;
    for (const known of few) this.#putInRow(known, 1);
    const { length } = this.#bins;
    if (length === 0) this.#move(index, index);
    else if (index < this.#offset && length < SKETCH_MAX_BINS) this.#move(index, this.#offset + length - 1);
    else if (index >= this.#offset + length) this.#move(this.#offset, index);
    const at = Math.max(0, index - this.#offset);
    this.#isFolded ||= index < this.#offset;
    this.#bins[at] = (this.#bins[at] as number) + count;
  }

  /** Makes room from one bin to another; bins below what fits are folded into the lowest. */
  #move(from: number, to: number): void {
    const lowest = Math.max(from, to - SKETCH_MAX_BINS + 1);
    const bins = new Uint32Array(to - lowest + 1);
    this.#isFolded ||= this.#bins.length > 0 && this.#offset < lowest;
    for (const [at, count] of this.#bins.entries()) {
      const place = Math.max(0, this.#offset + at - lowest);
      bins[place] = (bins[place] as number) + count;
    }
    this.#bins = bins;
    this.#offset = lowest;
  }
}

function indexOf(value: number): number {
  return Math.ceil(Math.log(value) / LOG_GAMMA);
}

/** The largest value of a bin. */
export function binEnd(index: number): number {
  return GAMMA ** index;
}

/** The middle of a bin, relatively. */
export function middleOf(index: number): number {
  return (2 * GAMMA ** index) / (GAMMA + 1);
}
