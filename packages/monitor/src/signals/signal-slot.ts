import { CountedNames } from '../sketch/counted-names.ts';
import { QuantileSketch } from '../sketch/quantile-sketch.ts';
import type { Sighting } from './read-record.ts';
import { LEVEL_SIGNALS, type LevelSignal, RATE_SIGNALS, type RateSignal } from './signal.ts';

/** Names that one slot tells apart: how answers ended, their languages, tools that were called, personal data. */
export const SLOT_NAMES_MAX = 32;
const COUNTS_AT = RATE_SIGNALS.length;
const SUMS_AT = COUNTS_AT + LEVEL_SIGNALS.length;
const NOTHING = new Array<number>(SUMS_AT + LEVEL_SIGNALS.length).fill(0);
/** What a slot takes without what grows in it, measured in `benchmarks/monitor`. */
const SLOT_BYTES = 393;
const SKETCH_BYTES = 240;
const NAMES_BYTES = 330;
const NAME_BYTES = 98;

/** Of a part of the window, or of all of it: what was counted and measured of one series; of latencies the quantiles, of the other levels the mean. */
export class SignalSlot {
  exchanges = 0;
  calls = 0;
  stoppedCalls = 0;
  asked = 0;
  /** Hits of the rates, then counts of the levels, then their sums: one list takes half of what three do. */
  readonly #tallies = NOTHING.slice();
  #latency: QuantileSketch | undefined;
  #firstToken: QuantileSketch | undefined;
  #names: CountedNames | undefined;

  add({ end, call, asked, personal }: Sighting): void {
    if (end !== undefined) {
      this.exchanges += end.count;
      for (let at = 0; at < RATE_SIGNALS.length; at += 1) {
        if (end.hits[at] === true) this.#tally(at, end.count);
      }
      for (let at = 0; at < LEVEL_SIGNALS.length; at += 1) this.#measure(at, end.levels[at] as number);
      if (end.finish !== undefined) this.#name(`finish:${end.finish}`);
      if (end.language !== undefined) this.#name(`language:${end.language}`);
    }
    if (call !== undefined) {
      this.calls += 1;
      if (call.effect === 'block' || call.effect === 'ask') this.stoppedCalls += 1;
      this.#name(`tool:${call.tool}`);
    }
    if (asked) this.asked += 1;
    for (const kind of personal) this.#name(`personal:${kind}`);
  }

  merge(other: SignalSlot): void {
    this.exchanges += other.exchanges;
    this.calls += other.calls;
    this.stoppedCalls += other.stoppedCalls;
    this.asked += other.asked;
    for (const [at, by] of other.#tallies.entries()) this.#tally(at, by);
    if (other.#latency !== undefined) this.#sketchOf('latency').merge(other.#latency);
    if (other.#firstToken !== undefined) this.#sketchOf('first-token').merge(other.#firstToken);
    if (other.#names === undefined) return;
    this.#names ??= new CountedNames(SLOT_NAMES_MAX);
    this.#names.merge(other.#names);
  }

  hits(signal: RateSignal): number {
    return this.#tallies[RATE_SIGNALS.indexOf(signal)] ?? 0;
  }

  /** Undefined where nothing was measured. */
  mean(signal: LevelSignal): number | undefined {
    const count = this.#tallies[COUNTS_AT + LEVEL_SIGNALS.indexOf(signal)] ?? 0;
    return count === 0 ? undefined : this.sum(signal) / count;
  }

  sum(signal: LevelSignal): number {
    return this.#tallies[SUMS_AT + LEVEL_SIGNALS.indexOf(signal)] ?? 0;
  }

  /** @param share 0..1 @returns undefined where nothing was measured */
  quantile(signal: 'latency' | 'first-token', share: number): number | undefined {
    return (signal === 'latency' ? this.#latency : this.#firstToken)?.quantile(share);
  }

  /** Most frequent first. @param kind what the names are of */
  names(kind: 'finish' | 'language' | 'tool' | 'personal'): readonly (readonly [name: string, count: number])[] {
    const prefix = `${kind}:`;
    return (this.#names?.entries() ?? []).flatMap(([name, count]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), count] as const] : [],
    );
  }

  /** An estimate that is no less than what it takes. */
  get bytes(): number {
    const sketched = sketchBytes(this.#latency) + sketchBytes(this.#firstToken);
    return SLOT_BYTES + sketched + (this.#names === undefined ? 0 : NAMES_BYTES + this.#names.size * NAME_BYTES);
  }

  #measure(at: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.#tally(COUNTS_AT + at, 1);
    this.#tally(SUMS_AT + at, value);
    const signal = LEVEL_SIGNALS[at];
    if (signal === 'latency' || signal === 'first-token') this.#sketchOf(signal).add(value);
  }

  #sketchOf(signal: 'latency' | 'first-token'): QuantileSketch {
    if (signal === 'latency') {
      this.#latency ??= new QuantileSketch();
      return this.#latency;
    }
    this.#firstToken ??= new QuantileSketch();
    return this.#firstToken;
  }

  #tally(at: number, by: number): void {
    this.#tallies[at] = (this.#tallies[at] ?? 0) + by;
  }

  #name(name: string): void {
    this.#names ??= new CountedNames(SLOT_NAMES_MAX);
    this.#names.add(name);
  }
}

function sketchBytes(sketch: QuantileSketch | undefined): number {
  return sketch === undefined ? 0 : SKETCH_BYTES + sketch.bytes;
}
