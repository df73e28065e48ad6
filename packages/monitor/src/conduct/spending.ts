import { HOUR_MS, Hours } from './hours.ts';
import type { AmongPeers } from './peers.ts';
import { SlidingCount } from './sliding-count.ts';

/** So many times what a dear hour of the principal comes to, and what those of 95 % of the others of its tenant stay below. */
export const TOO_MUCH = 3;
/** Where nothing is known of the principal itself, so many times what others stay below; where nothing of others, its own. */
export const FAR_TOO_MUCH = 10;
/** Exchanges of an hour, and hours of its own, below which nothing is said; fewer exchanges say nothing of what is usual either. */
export const SPENT_EXCHANGES_MIN = 20;
export const OWN_HOURS_MIN = 6;
/**
 * A dearer hour lifts what a dear hour is by so much at most, and any other lowers it by so much: it comes to stand where 5 % of the hours lie above, and
 * whoever spends ever more is held against what was usual days ago.
 */
export const RISE = 1.02;
const FALL = 0.999;

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
  readonly #peers: AmongPeers;
  readonly #hours = new Hours();
  #inHour = 0;
  #exchangesInHour = 0;
  #dear = 0;
  #counted = 0;

  constructor(unit: 'tokens' | 'cost', peers: AmongPeers) {
    this.#unit = unit;
    this.#peers = peers;
  }

  add(value: number, atMs: number): Overspent | undefined {
    if (!Number.isFinite(value)) return undefined;
    const turned = this.#hours.turn(atMs);
    if (turned !== undefined) this.#turn(turned, atMs);
    this.#inHour += value;
    this.#exchangesInHour += 1;
    const spent = this.#spent.add(value, atMs, HOUR_MS);
    const exchanges = this.#exchanges.add(1, atMs, HOUR_MS);
    if (exchanges < SPENT_EXCHANGES_MIN) return undefined;
    const bound = this.#bound();
    if (bound === undefined || bound === 0 || spent < bound) return undefined;
    return { spent, bound, exchanges: Math.round(exchanges) };
  }

  #turn(turned: 'ended' | 'lost', atMs: number): void {
    if (turned === 'ended' && this.#exchangesInHour >= SPENT_EXCHANGES_MIN && this.#inHour > 0) {
      this.#learn(this.#inHour);
      this.#peers.set(this.#unit, this.#dear, atMs);
    }
    this.#inHour = 0;
    this.#exchangesInHour = 0;
  }

  #learn(spent: number): void {
    this.#counted += 1;
    if (this.#counted <= OWN_HOURS_MIN) this.#dear = Math.max(this.#dear, spent);
    else this.#dear = spent > this.#dear ? Math.min(spent, this.#dear * RISE) : this.#dear * FALL;
  }

  #bound(): number | undefined {
    const others = this.#peers.high(this.#unit);
    const own = this.#counted < OWN_HOURS_MIN ? undefined : this.#dear;
    if (own === undefined) return others === undefined ? undefined : FAR_TOO_MUCH * others;
    return others === undefined ? FAR_TOO_MUCH * own : TOO_MUCH * Math.max(own, others);
  }
}
