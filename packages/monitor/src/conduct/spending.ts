import type { Peers } from './peers.ts';
import { HOUR_MS } from './query-templates.ts';
import { SlidingCount } from './sliding-count.ts';

/** So many times what the principal had in its dearest hour, and what 95 % of all hours of others stay below. */
export const TOO_MUCH = 3;
/** Where nothing is known of the principal itself, so many times what others stay below; where nothing of others, its own. */
export const FAR_TOO_MUCH = 10;
/** Exchanges of an hour, and hours of its own, below which nothing is said. */
export const SPENT_EXCHANGES_MIN = 20;
export const OWN_HOURS_MIN = 6;
/** What was most is forgotten by so much an hour. */
const FORGOTTEN = 0.98;

/** What an hour comes to, of how many exchanges, and the bound that it reached. */
export interface Overspent {
  readonly spent: number;
  readonly bound: number;
  readonly exchanges: number;
}

/** What somebody spends within an hour, in one unit. */
export class Spending {
  readonly #unit: 'tokens' | 'cost';
  readonly #spent = new SlidingCount();
  readonly #exchanges = new SlidingCount();
  #hour = Number.NEGATIVE_INFINITY;
  #inHour = 0;
  #most = 0;
  #hours = 0;

  constructor(unit: 'tokens' | 'cost') {
    this.#unit = unit;
  }

  add(value: number, atMs: number, peers: Peers): Overspent | undefined {
    if (!Number.isFinite(value)) return undefined;
    this.#turn(atMs, peers);
    this.#inHour += value;
    const spent = this.#spent.add(value, atMs, HOUR_MS);
    const exchanges = this.#exchanges.add(1, atMs, HOUR_MS);
    if (exchanges < SPENT_EXCHANGES_MIN) return undefined;
    const bound = this.#bound(peers);
    if (bound === undefined || bound === 0 || spent < bound) return undefined;
    return { spent, bound, exchanges: Math.round(exchanges) };
  }

  #turn(atMs: number, peers: Peers): void {
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour <= this.#hour) return;
    if (this.#inHour > 0) {
      peers.add(this.#unit, this.#inHour, atMs);
      this.#hours += 1;
      this.#most = Math.max(this.#inHour, this.#most * FORGOTTEN);
    }
    this.#hour = hour;
    this.#inHour = 0;
  }

  #bound(peers: Peers): number | undefined {
    const others = peers.high(this.#unit);
    const own = this.#hours < OWN_HOURS_MIN ? undefined : this.#most;
    if (own === undefined) return others === undefined ? undefined : FAR_TOO_MUCH * others;
    return others === undefined ? FAR_TOO_MUCH * own : TOO_MUCH * Math.max(own, others);
  }
}
