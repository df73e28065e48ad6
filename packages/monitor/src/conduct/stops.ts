import { Excess } from '../change/excess.ts';
import { Hours } from './hours.ts';
import type { AmongPeers } from './peers.ts';

/** Exchanges between two false alarms, in the mean, at least, where the true share is what it is held against. */
export const STOPS_FALSE_ALARM_EVERY = 20_000;
/** No share of stopped exchanges below this one is unusual. */
export const STOPS_USUAL_MIN = 0.05;
/** Stopped exchanges that it takes. */
export const STOPS_MIN = 8;
/** Odds that are looked for, against the usual ones. */
const ODDS = 5;
/** Shares above this cannot rise far. */
const SHARE_MAX = 0.8;
/** Exchanges of an hour that say something of what is usual. */
const HOUR_EXCHANGES_MIN = 10;
/** What the newest hour weighs in what is usual. */
const NEWEST = 0.1;
const THRESHOLD = Math.log(STOPS_FALSE_ALARM_EVERY);

export interface StopsGrown {
  readonly usual: number;
  readonly share: number;
  readonly since: number;
  readonly fromMs: number;
  readonly strength: number;
}

/**
 * Says when more of somebody's exchanges are stopped than of those of nearly all others: a Bernoulli CUSUM against the share that is usual
 * with 95 % of the others of its tenant. It needs no history of theirs: whoever begins by probing has none.
 */
export class Stops {
  #excess = new Excess();
  /** What it was told of before is usual with it. */
  #own = 0;
  #grown = 0;
  readonly #peers: AmongPeers;
  readonly #hours = new Hours();
  #usual: number | undefined;
  #ended = 0;
  #stopped = 0;

  constructor(peers: AmongPeers) {
    this.#peers = peers;
  }

  add(isStopped: boolean, atMs: number): StopsGrown | undefined {
    const turned = this.#hours.turn(atMs);
    if (turned !== undefined) this.#turn(turned, atMs);
    this.#ended += 1;
    this.#stopped += Number(isStopped);
    const usual = Math.min(SHARE_MAX, Math.max(STOPS_USUAL_MIN, this.#own, this.#peers.high('stopped') ?? 0));
    const odds = (usual / (1 - usual)) * ODDS;
    const grown = odds / (1 + odds);
    this.#excess.add(Math.log(isStopped ? grown / usual : (1 - grown) / (1 - usual)), Number(isStopped), atMs);
    const { sum, total, since, fromMs } = this.#excess;
    if (sum < THRESHOLD || total < STOPS_MIN) return undefined;
    this.#grown = total / since;
    return { usual, share: total / since, since, fromMs, strength: sum / THRESHOLD };
  }

  /** What was found was said, and is held against from here on. */
  told(): void {
    this.#excess = new Excess();
    this.#own = this.#grown;
  }

  #turn(turned: 'ended' | 'lost', atMs: number): void {
    if (turned === 'ended' && this.#ended >= HOUR_EXCHANGES_MIN) {
      const share = this.#stopped / this.#ended;
      this.#usual = this.#usual === undefined ? share : this.#usual + NEWEST * (share - this.#usual);
      this.#peers.set('stopped', this.#usual, atMs);
    }
    this.#ended = 0;
    this.#stopped = 0;
  }
}
