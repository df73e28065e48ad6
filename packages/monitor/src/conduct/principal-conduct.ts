import type { Conduct } from '@sallyport/core';
import type { SignalMove } from '../signals/signal.ts';
import type { Peers } from './peers.ts';
import { HOUR_MS, type QueryTemplate, QueryTemplates, SWEPT_MIN, TRIED_MIN } from './query-templates.ts';
import type { AskedEvent, ConductEvent, EndedEvent } from './read-conduct.ts';
import { SlidingCount } from './sliding-count.ts';
import { type Overspent, Spending } from './spending.ts';
import { Stops } from './stops.ts';

/** The very same request within ten minutes, from which on it is a storm. */
export const REPEATED_MIN = 60;
export const REPEATED_WITHIN_MS = 600_000;
/** What was told of a principal is not told again so soon, milliseconds. */
export const TOLD_AGAIN_MS = 6 * HOUR_MS;

/** Requests whose repeats are counted. */
const BODIES_MAX = 8;
/** Exchanges that began with a variation and did not end yet. */
const OPEN_MAX = 16;
/** Exchanges that are named. */
const EXAMPLES_MAX = 3;
/** What it takes, by measure, without its templates; and each of them. */
const CONDUCT_BYTES = 2_700;
const TEMPLATE_BYTES = 510;

/** That more is stopped than of others. */
const STOPPED = 'stopped';

type Measured = Pick<SignalMove, 'before' | 'after' | 'since' | 'fromMs' | 'strength'> & {
  readonly how: string;
  readonly exchanges?: readonly string[];
};

/** How one principal conducts itself: sketches, counts and ids, never a text. */
export class PrincipalConduct {
  readonly #templates = new QueryTemplates();
  readonly #bodies = new Map<string, SlidingCount>();
  readonly #open = new Map<string, QueryTemplate>();
  readonly #tokens = new Spending('tokens');
  #cost: Spending | undefined;
  readonly #stops = new Stops();
  #told: Map<string, number> | undefined;
  #lastMs = 0;
  /** Newest last. */
  #recent: string[] = [];

  get bytes(): number {
    return CONDUCT_BYTES + this.#templates.size * TEMPLATE_BYTES;
  }

  /** @param isBatch whose templates and amounts are meant to be so */
  take(event: ConductEvent, peers: Peers, isBatch: boolean): readonly SignalMove[] {
    this.#lastMs = event.atMs;
    if (this.#recent.at(-1) !== event.exchange)
      this.#recent = [...this.#recent.slice(1 - EXAMPLES_MAX), event.exchange];
    const moves: SignalMove[] = [];
    const tell = (kind: Conduct, measured: Measured) => {
      if (isBatch && (kind === 'extraction' || kind === 'cost-harvesting')) return;
      const move = this.#moveOf(kind, event, measured);
      if (move !== undefined) moves.push(move);
    };
    if (event.kind === 'asked') this.#asked(event, tell);
    else this.#ended(event, peers, tell);
    return moves;
  }

  /** It was said of it, at a time, default: now; not so soon again. */
  told(kind: Conduct, how: string, atMs = this.#lastMs): void {
    this.#told ??= new Map();
    this.#told.set(`${kind} ${how}`, atMs);
    if (kind === 'probing' && how === STOPPED) this.#stops.told();
  }

  /** What was to be said of it was not. */
  untold(kind: Conduct, how: string): void {
    this.#told?.delete(`${kind} ${how}`);
  }

  #asked({ sketch, body, exchange, atMs }: AskedEvent, tell: Tell): void {
    if (body !== undefined) this.#repeated(body, atMs, tell);
    if (sketch === undefined) return;
    const template = this.#templates.of(sketch, atMs);
    if (!template.take(sketch, exchange, atMs)) return;
    this.#open.set(exchange, template);
    if (this.#open.size > OPEN_MAX) drop(this.#open);
    const variations = template.variations(atMs);
    if (variations < SWEPT_MIN) return;
    tell('extraction', { how: 'variations', ...against(variations, SWEPT_MIN), ...of(template) });
  }

  #ended({ exchange, isStopped, tokens, cost, loops, atMs }: EndedEvent, peers: Peers, tell: Tell): void {
    const template = this.#open.get(exchange);
    this.#open.delete(exchange);
    if (isStopped && template !== undefined) {
      template.stop(atMs);
      if (template.isTried(atMs))
        tell('probing', { how: 'variations', ...against(template.stopped(atMs), TRIED_MIN), ...of(template) });
    }
    const grown = this.#stops.add(isStopped, atMs, peers);
    if (grown !== undefined) {
      const { usual: before, share: after, since, fromMs, strength } = grown;
      tell('probing', { how: STOPPED, before, after, since, fromMs, strength });
    }
    this.#spent('tokens', this.#tokens.add(tokens, atMs, peers), { atMs, tell });
    if (Number.isFinite(cost)) {
      this.#cost ??= new Spending('cost');
      this.#spent('cost', this.#cost.add(cost, atMs, peers), { atMs, tell });
    }
    for (const how of loops) tell('loop', { how, since: 1, fromMs: atMs, strength: 1 });
  }

  #spent(how: string, over: Overspent | undefined, { atMs, tell }: { atMs: number; tell: Tell }): void {
    if (over === undefined) return;
    const { spent, bound, exchanges } = over;
    tell('cost-harvesting', { how, ...against(spent, bound), since: exchanges, fromMs: atMs - HOUR_MS });
  }

  #repeated(body: string, atMs: number, tell: Tell): void {
    const count = this.#bodies.get(body) ?? new SlidingCount();
    this.#bodies.delete(body);
    this.#bodies.set(body, count);
    if (this.#bodies.size > BODIES_MAX) drop(this.#bodies);
    const repeats = count.add(1, atMs, REPEATED_WITHIN_MS);
    if (repeats < REPEATED_MIN) return;
    tell('cost-harvesting', { how: 'repeats', ...against(repeats, REPEATED_MIN), fromMs: atMs - REPEATED_WITHIN_MS });
  }

  #moveOf(kind: Conduct, { who, atMs }: ConductEvent, { how, ...measured }: Measured): SignalMove | undefined {
    const toldMs = this.#told?.get(`${kind} ${how}`) ?? Number.NEGATIVE_INFINITY;
    if (atMs - toldMs < TOLD_AGAIN_MS) return undefined;
    const { before = 0, after = 0 } = measured;
    return {
      series: who,
      signal: kind,
      category: kind,
      direction: 'up',
      exchanges: [...this.#recent].reverse(),
      moved: [{ kind: how, before, after }],
      ...measured,
    };
  }
}

type Tell = (kind: Conduct, measured: Measured) => void;

function against(value: number, bound: number): Pick<Measured, 'before' | 'after' | 'since' | 'strength'> {
  return { before: bound, after: value, since: Math.round(value), strength: Math.max(1, value / bound) };
}

function of({ exchanges, fromMs }: QueryTemplate): Pick<Measured, 'exchanges' | 'fromMs'> {
  return { exchanges: [...exchanges].reverse(), fromMs };
}

/** The first, which is the oldest. */
function drop(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
