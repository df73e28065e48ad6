import { CountedNames } from '../sketch/counted-names.ts';
import { QuantileSketch } from '../sketch/quantile-sketch.ts';
import type { Sighting } from './read-record.ts';
import { LEVEL_SIGNALS, type LevelSignal, RATE_SIGNALS, type RateSignal } from './signal.ts';

/** Names that one slot tells apart: how answers ended, tools that were called, personal data. */
export const SLOT_NAMES_MAX = 32;
/** Of these the quantiles are kept; of the others the mean. */
const SKETCHED = 2;
/** What a slot takes without what grows in it, measured in `benchmarks/monitor`. */
const SLOT_BYTES = 350;
const SKETCH_BYTES = 220;
const NAMES_BYTES = 300;
const NAME_BYTES = 90;

/** Of a part of the window, or of all of it: what was counted and measured of one series. */
export class SignalSlot {
  exchanges = 0;
  calls = 0;
  stoppedCalls = 0;
  asked = 0;
  readonly #hits = RATE_SIGNALS.map(() => 0);
  readonly #counts = LEVEL_SIGNALS.map(() => 0);
  readonly #sums = LEVEL_SIGNALS.map(() => 0);
  readonly #sketches: QuantileSketch[] = [];
  #names: CountedNames | undefined;

  add({ end, call, asked, personal }: Sighting): void {
    if (end !== undefined) {
      this.exchanges += end.count;
      for (let at = 0; at < RATE_SIGNALS.length; at += 1) {
        if (end.hits[at] === true) this.#hits[at] = (this.#hits[at] ?? 0) + end.count;
      }
      for (let at = 0; at < LEVEL_SIGNALS.length; at += 1) this.#measure(at, end.levels[at] as number);
      if (end.finish !== undefined) this.#name(`finish:${end.finish}`);
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
    for (const at of RATE_SIGNALS.keys()) this.#hits[at] = (this.#hits[at] ?? 0) + (other.#hits[at] ?? 0);
    for (const at of LEVEL_SIGNALS.keys()) {
      this.#counts[at] = (this.#counts[at] ?? 0) + (other.#counts[at] ?? 0);
      this.#sums[at] = (this.#sums[at] ?? 0) + (other.#sums[at] ?? 0);
    }
    for (const [at, sketch] of other.#sketches.entries()) this.#sketchAt(at).merge(sketch);
    if (other.#names === undefined) return;
    this.#names ??= new CountedNames(SLOT_NAMES_MAX);
    this.#names.merge(other.#names);
  }

  hits(signal: RateSignal): number {
    return this.#hits[RATE_SIGNALS.indexOf(signal)] ?? 0;
  }

  /** Undefined where nothing was measured. */
  mean(signal: LevelSignal): number | undefined {
    const at = LEVEL_SIGNALS.indexOf(signal);
    const count = this.#counts[at] ?? 0;
    return count === 0 ? undefined : (this.#sums[at] ?? 0) / count;
  }

  sum(signal: LevelSignal): number {
    return this.#sums[LEVEL_SIGNALS.indexOf(signal)] ?? 0;
  }

  /** @param share 0..1 @returns undefined where nothing was measured */
  quantile(signal: 'latency' | 'first-token', share: number): number | undefined {
    return this.#sketches[LEVEL_SIGNALS.indexOf(signal)]?.quantile(share);
  }

  /** Most frequent first. @param kind what the names are of */
  names(kind: 'finish' | 'tool' | 'personal'): readonly (readonly [name: string, count: number])[] {
    const prefix = `${kind}:`;
    return (this.#names?.entries() ?? []).flatMap(([name, count]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), count] as const] : [],
    );
  }

  /** An estimate that is no less than what it takes. */
  get bytes(): number {
    const sketches = this.#sketches.reduce((sum, { bytes }) => sum + bytes + SKETCH_BYTES, 0);
    return SLOT_BYTES + sketches + (this.#names === undefined ? 0 : NAMES_BYTES + this.#names.size * NAME_BYTES);
  }

  #measure(at: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sums[at] = (this.#sums[at] ?? 0) + value;
    if (at < SKETCHED) this.#sketchAt(at).add(value);
  }

  #sketchAt(at: number): QuantileSketch {
    // Both, or the second alone would leave a hole.
    while (this.#sketches.length <= at) this.#sketches.push(new QuantileSketch());
    return this.#sketches[at] as QuantileSketch;
  }

  #name(name: string): void {
    this.#names ??= new CountedNames(SLOT_NAMES_MAX);
    this.#names.add(name);
  }
}
