import { Transitions } from '../behaviour/transitions.ts';
import type { Change } from '../change/change.ts';
import { LevelChange } from '../change/level-change.ts';
import { MixChange, type MixMove } from '../change/mix-change.ts';
import { RateChange } from '../change/rate-change.ts';
import { Novelty } from './novelty.ts';
import type { ExchangeEnd, Sighting } from './read-record.ts';
import {
  LEVEL_SIGNALS,
  type MixSignal,
  RATE_SIGNALS,
  type SeriesName,
  type Signal,
  type SignalMove,
} from './signal.ts';
import { WATCHED, type WatchedSignals } from './watched-signals.ts';

/** Exchanges that a move names at most. */
export const EXAMPLES_MAX = 3;
/** Of exchanges that one record stands for, so many are taken one by one. */
const COUNTED_MAX = 100;
/** Calls before it is learnt which tools are called: whoever calls few has no habits. */
const CALLS_MIN = 32;
/** Surprise is judged on the mean of so few calls: a run of strange ones is short. */
const SURPRISE = { batch: 4, warmUp: 50 };

/** What each takes, measured in `benchmarks/monitor`. */
const BYTES = { watch: 545, level: 765, rate: 545, mix: 1_635, novelty: 330, seen: 88, transitions: 545, pair: 98 };

type Found = Change & Partial<Pick<MixMove, 'comparison'>>;

/** The detectors of one series: what it moved from, to what, since when, and which exchanges to look at. */
export class SeriesWatch {
  readonly #name: SeriesName;
  readonly #watched: WatchedSignals;
  readonly #levels: readonly LevelChange[];
  readonly #rates: readonly RateChange[];
  readonly #mixes = new Map<MixSignal, MixChange>();
  readonly #novelty: Novelty | undefined;
  #transitions: Transitions | undefined;
  #surprise: LevelChange | undefined;
  #session = '';
  #calls = 0;
  /** Newest last. */
  #recent: string[] = [];
  readonly #hits = new Map<Signal, string[]>();

  constructor(name: SeriesName) {
    this.#name = name;
    this.#watched = WATCHED[name.scope];
    this.#levels = this.#watched.levels.map(() => new LevelChange());
    this.#rates = this.#watched.rates.map(() => new RateChange());
    this.#novelty = this.#watched.news.length > 0 ? new Novelty() : undefined;
  }

  /** Exchanges that came last, newest first. */
  get recent(): readonly string[] {
    return [...this.#recent].reverse();
  }

  observe(sighting: Sighting): readonly SignalMove[] {
    const { end, call, exchange } = sighting;
    if (this.#recent.at(-1) !== exchange) this.#recent = [...this.#recent.slice(1 - EXAMPLES_MAX), exchange];
    const moves: SignalMove[] = [];
    if (end !== undefined) this.#ended(end, sighting, moves);
    if (call !== undefined) this.#called(call, sighting, moves);
    this.#look(sighting, moves);
    return moves;
  }

  get bytes(): number {
    const { watch, level, rate, mix, novelty, seen, transitions, pair } = BYTES;
    const counted = this.#levels.length * level + this.#rates.length * rate + this.#mixes.size * mix;
    const news = this.#novelty === undefined ? 0 : novelty + this.#novelty.size * seen;
    const followed = this.#transitions === undefined ? 0 : transitions + level + this.#transitions.pairs * pair;
    return watch + counted + news + followed;
  }

  #ended(
    { levels, hits, count, finish, language }: ExchangeEnd,
    { atMs, exchange }: Sighting,
    moves: SignalMove[],
  ): void {
    for (const [at, signal] of this.#watched.levels.entries()) {
      const value = levels[LEVEL_SIGNALS.indexOf(signal)] ?? Number.NaN;
      this.#tell(signal, this.#levels[at]?.observe(value, atMs), moves);
    }
    for (const [at, signal] of this.#watched.rates.entries()) {
      // What is stopped of a tool are its calls.
      if (this.#name.scope === 'tool' && signal === 'block') continue;
      const hit = hits[RATE_SIGNALS.indexOf(signal)] === true;
      if (hit) this.#remember(signal, exchange);
      for (let time = 0; time < Math.min(count, COUNTED_MAX); time += 1) {
        this.#tell(signal, this.#rates[at]?.observe(hit, atMs), moves);
      }
    }
    if (finish !== undefined) this.#mix('finish', finish, { atMs, moves });
    if (language !== undefined) this.#mix('language', language, { atMs, moves });
  }

  #called({ tool, effect, session }: NonNullable<Sighting['call']>, sighting: Sighting, moves: SignalMove[]): void {
    const { atMs, exchange } = sighting;
    const { rates } = this.#watched;
    if (this.#name.scope === 'tool') {
      const stopped = effect === 'block' || effect === 'ask';
      if (stopped) this.#remember('block', exchange);
      this.#tell('block', this.#rates[rates.indexOf('block')]?.observe(stopped, atMs), moves);
    }
    if (!this.#watched.mixes.includes('tools')) return;
    this.#calls += 1;
    if (this.#calls < CALLS_MIN) return;
    this.#mix('tools', tool, { atMs, moves });
    this.#transitions ??= new Transitions();
    this.#surprise ??= new LevelChange(SURPRISE);
    if (session !== this.#session) this.#transitions.restart();
    this.#session = session;
    // Of logarithms one more is taken, so that what is no surprise at all is not infinitely far below.
    const change = this.#surprise.observe(1 + this.#transitions.observe(tool), atMs);
    // Less surprise is what learning looks like.
    if (change?.direction !== 'up') return;
    const { before = 1, after = 1 } = change;
    this.#tell('transitions', { ...change, before: before - 1, after: after - 1 }, moves);
  }

  #mix(signal: MixSignal, kind: string, { atMs, moves }: { atMs: number; moves: SignalMove[] }): void {
    if (!this.#watched.mixes.includes(signal)) return;
    let mix = this.#mixes.get(signal);
    if (mix === undefined) {
      mix = new MixChange();
      this.#mixes.set(signal, mix);
    }
    this.#tell(signal, mix.observe(kind, atMs), moves);
  }

  #look({ call, destinations, personal, atMs }: Sighting, moves: SignalMove[]): void {
    const novelty = this.#novelty;
    if (novelty === undefined) return;
    const came: readonly (readonly [signal: WatchedSignals['news'][number], names: readonly string[]])[] = [
      ['new-tool', call === undefined ? [] : [call.tool]],
      ['new-destination', destinations],
      ['new-personal-data', personal],
    ];
    for (const [signal, names] of came) {
      if (names.length === 0 || !this.#watched.news.includes(signal)) continue;
      const news = names.filter((name) => novelty.isNew(signal, name));
      if (news.length === 0) continue;
      const moved = news.map((kind) => ({ kind, before: 0, after: 0 }));
      moves.push({ ...this.#moveOf(signal), direction: 'other', since: 1, fromMs: atMs, strength: 1, moved });
    }
  }

  #tell(signal: Signal, change: Found | undefined, moves: SignalMove[]): void {
    if (change === undefined) return;
    const { comparison, ...said } = change;
    moves.push({ ...this.#moveOf(signal), ...said, ...(comparison !== undefined && { moved: comparison.moved }) });
  }

  #moveOf(signal: Signal): Pick<SignalMove, 'series' | 'signal' | 'exchanges'> {
    const hits = this.#hits.get(signal) ?? this.#recent;
    return { series: this.#name, signal, exchanges: [...hits].reverse() };
  }

  #remember(signal: Signal, exchange: string): void {
    this.#hits.set(signal, [...(this.#hits.get(signal) ?? []).slice(1 - EXAMPLES_MAX), exchange]);
  }
}
