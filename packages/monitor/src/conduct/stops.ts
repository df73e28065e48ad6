import { Excess } from '../change/excess.ts';
import type { Peers } from './peers.ts';
import { HOUR_MS } from './query-templates.ts';

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
const THRESHOLD = Math.log(STOPS_FALSE_ALARM_EVERY);

export interface StopsGrown {
  readonly usual: number;
  readonly share: number;
  readonly since: number;
  readonly fromMs: number;
  readonly strength: number;
}

/**
 * Says when more of somebody's exchanges are stopped than of those of nearly all others: a Bernoulli CUSUM against the share that 95 % of the hours
 * of all principals stay below. It needs no history of theirs: whoever begins by probing has none.
 */
export class Stops {
  #excess = new Excess();
  /** What it was told of before is usual with it. */
  #own = 0;
  #grown = 0;
  #hour = Number.NEGATIVE_INFINITY;
  #ended = 0;
  #stopped = 0;

  add(isStopped: boolean, atMs: number, peers: Peers): StopsGrown | undefined {
    this.#turn(atMs, peers);
    this.#ended += 1;
    this.#stopped += Number(isStopped);
    const usual = Math.min(SHARE_MAX, Math.max(STOPS_USUAL_MIN, this.#own, peers.high('stopped') ?? 0));
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

  #turn(atMs: number, peers: Peers): void {
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour <= this.#hour) return;
    if (this.#ended >= HOUR_EXCHANGES_MIN) peers.add('stopped', this.#stopped / this.#ended, atMs);
    this.#hour = hour;
    this.#ended = 0;
    this.#stopped = 0;
  }
}
