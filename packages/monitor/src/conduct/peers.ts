import { QuantileSketch } from '../sketch/quantile-sketch.ts';
import { HOUR_MS } from './query-templates.ts';

/** Hours of principals below which nobody knows what is usual among them. */
export const PEER_HOURS_MIN = 20;
/** What is compared: sums of an hour, and the share of its exchanges that was stopped. */
export const PEER_UNITS = ['tokens', 'cost', 'stopped'] as const;
export type PeerUnit = (typeof PEER_UNITS)[number];

const DAY_MS = 24 * HOUR_MS;
const HIGH = 0.95;

/** What the hours of all principals come to: of this day and the one before, so that what was usual long ago is forgotten. */
export class Peers {
  #day = Number.NEGATIVE_INFINITY;
  #today = sketches();
  #before = sketches();
  readonly #high = new Map<PeerUnit, number | undefined>();

  /** An hour of somebody ended. */
  add(unit: PeerUnit, value: number, atMs: number): void {
    const day = Math.floor(atMs / DAY_MS);
    if (day > this.#day) {
      this.#before = day === this.#day + 1 ? this.#today : sketches();
      this.#today = sketches();
      this.#day = day;
    }
    this.#today[unit].add(value);
    this.#high.delete(unit);
  }

  /** What 95 % of their hours stay below; undefined of too few. */
  high(unit: PeerUnit): number | undefined {
    if (!this.#high.has(unit)) this.#high.set(unit, this.#measured(unit));
    return this.#high.get(unit);
  }

  #measured(unit: PeerUnit): number | undefined {
    const all = new QuantileSketch();
    all.merge(this.#before[unit]);
    all.merge(this.#today[unit]);
    return all.count < PEER_HOURS_MIN ? undefined : all.quantile(HIGH);
  }
}

function sketches(): Readonly<Record<PeerUnit, QuantileSketch>> {
  return { tokens: new QuantileSketch(), cost: new QuantileSketch(), stopped: new QuantileSketch() };
}
