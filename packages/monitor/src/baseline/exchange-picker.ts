import type { AuditRecord } from '@sallyport/core';
import { LEVEL_SIGNALS, RATE_SIGNALS } from '../signals/signal.ts';
import { OTHER } from '../sketch/counted-names.ts';
import { SKETCH_SMALLEST } from '../sketch/quantile-sketch.ts';
import type { LevelSummary, MixSummary, SeriesBaseline } from './baseline.ts';
import { keyOf } from './baseline-sampler.ts';
import type { BaselineMove } from './compare-baselines.ts';
import { isLevel, isRate } from './compared-signals.ts';
import { LastTools, otherPair, pairName, pairOf } from './last-tools.ts';
import { type Observation, readObservation } from './read-observation.ts';

/** Exchanges that a move names at most. */
export const PICKED_MAX = 5;

/** An exchange to look at, and why: the value, or the kind that became more frequent. */
export interface PickedExchange {
  readonly exchange: string;
  readonly at: string;
  readonly value?: number;
  readonly kind?: string;
}

interface Pick extends PickedExchange {
  /** The most telling one has the most. */
  readonly tells: number;
}

/** What a move was made of, on both sides. */
export interface MoveSides {
  readonly before: SeriesBaseline;
  readonly after: SeriesBaseline;
}

/** What is known of a level before. */
interface UsualLevel {
  readonly logMean: number;
  /** More values are zero than were, and that is where it went. */
  readonly moreZeros: boolean;
}

/** Finds the exchanges that tell most of one move, while the period is read once more. */
class MovePicker {
  readonly move: BaselineMove;
  readonly #weights: ReadonlyMap<string, number>;
  readonly #usual: UsualLevel;
  readonly #lastTools = new LastTools();
  readonly #fromMs: number;
  readonly #toMs: number;
  #picked: readonly Pick[] = [];

  constructor(move: BaselineMove, sides: MoveSides) {
    this.move = move;
    this.#weights = weightsOf(move, sides);
    this.#usual = usualOf(move, sides);
    this.#fromMs = move.start === undefined ? Number.NEGATIVE_INFINITY : Date.parse(move.start.low);
    this.#toMs = move.start?.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(move.start.until);
  }

  get picked(): readonly PickedExchange[] {
    const isPair = this.move.signal === 'transitions';
    return this.#picked.map(({ tells: _tells, ...picked }) =>
      isPair && picked.kind !== undefined ? { ...picked, kind: pairName(picked.kind) } : picked,
    );
  }

  take(observation: Observation): void {
    const found = this.#tell(observation);
    const { atMs, exchange } = observation;
    if (found === undefined || atMs < this.#fromMs || atMs >= this.#toMs) return;
    const others = this.#picked.filter((picked) => picked.exchange !== exchange);
    const same = this.#picked.find((picked) => picked.exchange === exchange);
    if (same !== undefined && same.tells >= found.tells) return;
    if (others.length >= PICKED_MAX && (others.at(-1)?.tells ?? 0) >= found.tells) return;
    const pick: Pick = { exchange, at: new Date(atMs).toISOString(), ...found };
    // Of two that tell as much the earlier one stays first.
    this.#picked = [...others, pick].sort((a, b) => b.tells - a.tells).slice(0, PICKED_MAX);
  }

  #tell({ end, call, findings }: Observation): Omit<Pick, 'exchange' | 'at'> | undefined {
    const { signal, direction } = this.move;
    if (isLevel(signal)) {
      const value = end?.levels[LEVEL_SIGNALS.indexOf(signal)] ?? Number.NaN;
      return Number.isFinite(value) ? this.#level(value) : undefined;
    }
    if (isRate(signal)) {
      if (end === undefined) return undefined;
      return end.hits[RATE_SIGNALS.indexOf(signal)] === (direction === 'up') ? { tells: 0 } : undefined;
    }
    if (signal === 'finish') return this.#best(end?.finish === undefined ? [] : [end.finish]);
    if (signal === 'findings') return this.#best(findings);
    if (call === undefined) return undefined;
    if (signal === 'tools') return this.#best([call.tool]);
    return signal === 'transitions' ? this.#best([this.#lastTools.follow(call.session, call.tool)]) : undefined;
  }

  /** Zeros tell something only where more values are zero than were. */
  #level(value: number): Omit<Pick, 'exchange' | 'at'> | undefined {
    if (value < SKETCH_SMALLEST) return this.#usual.moreZeros ? { value, tells: Number.POSITIVE_INFINITY } : undefined;
    const away = Math.log(value) - this.#usual.logMean;
    const { direction } = this.move;
    return { value, tells: direction === 'up' ? away : direction === 'down' ? -away : Math.abs(away) };
  }

  /** The kind that became most frequent, of several. */
  #best(kinds: readonly string[]): Omit<Pick, 'exchange' | 'at'> | undefined {
    let best: { readonly kind: string; readonly tells: number } | undefined;
    for (const kind of kinds) {
      const tells = this.#weightOf(kind);
      if (tells > (best?.tells ?? 0)) best = { kind, tells };
    }
    return best;
  }

  #weightOf(kind: string): number {
    const own = this.#weights.get(kind);
    if (own !== undefined) return own;
    const among = this.move.signal === 'transitions' ? this.#weights.get(otherPair(pairOf(kind)[0])) : undefined;
    return among ?? this.#weights.get(OTHER) ?? 0;
  }
}

/** Finds the exchanges to look at for all moves. */
export class ExchangePicker {
  readonly #pickers = new Map<string, MovePicker[]>();

  constructor(moves: readonly BaselineMove[], sidesOf: (key: string) => MoveSides | undefined) {
    for (const move of moves) {
      const key = keyOf(move.series);
      const sides = sidesOf(key);
      if (sides === undefined || move.shown.kind === 'names') continue;
      this.#pickers.set(key, [...(this.#pickers.get(key) ?? []), new MovePicker(move, sides)]);
    }
  }

  /** Nothing has to be read: what is new names its exchange already. */
  get isIdle(): boolean {
    return this.#pickers.size === 0;
  }

  take(record: AuditRecord): void {
    const observation = readObservation(record);
    for (const name of observation?.series ?? []) {
      for (const picker of this.#pickers.get(keyOf(name)) ?? [])
        if (observation !== undefined) picker.take(observation);
    }
  }

  /** Most telling first. */
  exchangesOf(move: BaselineMove): readonly PickedExchange[] {
    if (move.shown.kind === 'names') {
      return move.shown.names
        .slice(0, PICKED_MAX)
        .map(({ exchange, firstAt, name }) => ({ exchange, at: firstAt, kind: name }));
    }
    return this.#pickers.get(keyOf(move.series))?.find((picker) => picker.move === move)?.picked ?? [];
  }
}

function usualOf({ signal, direction }: BaselineMove, { before, after }: MoveSides): UsualLevel {
  const [was, is] = isLevel(signal) ? [before.levels[signal], after.levels[signal]] : [];
  const zerosIn = (level: LevelSummary | undefined) => (level?.bins.zeros ?? 0) / Math.max(1, level?.count ?? 0);
  return { logMean: was?.logMean ?? 0, moreZeros: direction !== 'up' && zerosIn(is) > zerosIn(was) };
}

/** How much more frequent each kind became: logarithms; of pairs, among what follows the same tool. */
function weightsOf({ signal }: BaselineMove, { before, after }: MoveSides): ReadonlyMap<string, number> {
  if (signal !== 'finish' && signal !== 'tools' && signal !== 'findings' && signal !== 'transitions') return new Map();
  const [one, other] = [before.mixes[signal], after.mixes[signal]];
  if (one === undefined || other === undefined) return new Map();
  const groupOf = (kind: string) => (signal === 'transitions' ? pairOf(kind)[0] : '');
  const [was, is] = [sharesOf(one, groupOf), sharesOf(other, groupOf)];
  return new Map(other.kinds.map(([kind]) => [kind, Math.log(is(kind) / was(kind))]));
}

function sharesOf({ kinds }: MixSummary, groupOf: (kind: string) => string): (kind: string) => number {
  const counts = new Map(kinds);
  const groups = new Map<string, number>();
  for (const [kind, count] of kinds) groups.set(groupOf(kind), (groups.get(groupOf(kind)) ?? 0) + count);
  // Half a count keeps what is absent from being infinitely rare.
  return (kind) => ((counts.get(kind) ?? 0) + 0.5) / ((groups.get(groupOf(kind)) ?? 0) + 1);
}
