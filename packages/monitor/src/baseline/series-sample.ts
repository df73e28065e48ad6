import type { ReportBins } from '../reports/report-bins.ts';
import { LEVEL_SIGNALS, type LevelSignal, RATE_SIGNALS, type RateSignal } from '../signals/signal.ts';
import { QuantileSketch, SKETCH_SMALLEST } from '../sketch/quantile-sketch.ts';
import { BASELINE_SAMPLE_MIN, type SeriesBaseline } from './baseline.ts';
import { type BaselineMix, type BaselineNews, COMPARED } from './compared-signals.ts';
import { Course } from './course.ts';
import { type Column, designEffect } from './design-effect.ts';
import { hourOf } from './hour-of.ts';
import { KindCounts, type SeriesKinds } from './kind-counts.ts';
import { KindReader } from './kind-reader.ts';
import type { BaselineName, Observation } from './read-observation.ts';
import { SeenNames } from './seen-names.ts';

const REJECTION = RATE_SIGNALS.indexOf('rejection');

export interface LevelSample {
  readonly sketch: QuantileSketch;
  /** Of natural logarithms of what is not zero. */
  readonly course: Course;
  /** How many are zero. */
  readonly zeros: Course;
}

/** What is measured of one series over a period, in bounded memory: 400 KiB at most. */
export class SeriesSample {
  readonly name: BaselineName;
  readonly bins: ReportBins;
  readonly levels = new Map<LevelSignal, LevelSample>();
  /** Hits. */
  readonly rates = new Map<RateSignal, Course>();
  readonly mixes = new Map<BaselineMix, KindCounts>();
  readonly news = new Map<BaselineNews, SeenNames>();
  readonly #kinds: KindReader;
  readonly #known: SeriesKinds;
  #exchanges = 0;
  #calls = 0;

  /** @param known kinds that are told apart */
  constructor(name: BaselineName, bins: ReportBins, known: SeriesKinds = {}) {
    this.name = name;
    this.bins = bins;
    this.#kinds = new KindReader(name.scope);
    this.#known = known;
  }

  add(observation: Observation): void {
    const { atMs, exchange, end, call, destinations, findings } = observation;
    if (!this.bins.holds(atMs)) return;
    const bucket = this.bins.at(atMs);
    const { news } = COMPARED[this.name.scope];
    if (end !== undefined) this.#end(end, bucket);
    if (call !== undefined) this.#calls += 1;
    for (const [mix, kind] of this.#kinds.read(observation)) this.#kind(mix, kind, bucket);
    const seen = {
      'new-tool': call === undefined ? [] : [call.tool],
      'new-destination': destinations,
      'new-finding': findings,
    };
    for (const kind of news) for (const name of seen[kind]) this.#seen(kind).add(name, atMs, exchange);
  }

  summary(): SeriesBaseline {
    return {
      series: this.name,
      exchanges: this.#exchanges,
      calls: this.#calls,
      levels: recordOf(this.levels, ({ sketch, course, zeros }) => ({
        count: sketch.count,
        bins: sketch.bins(),
        logMean: course.mean,
        logVariance: course.variance,
        designEffect: Math.max(this.#effectOf(course), this.#effectOf(zeros)),
      })),
      rates: recordOf(this.rates, (course) => ({
        count: course.count,
        hits: Math.round(course.mean * course.count),
        designEffect: this.#effectOf(course),
      })),
      mixes: recordOf(this.mixes, (kinds) => ({
        count: kinds.count,
        kinds: kinds.mix(),
        designEffect: this.#effect(kinds.counts(), columnsOf(kinds)),
      })),
      news: recordOf(this.news, (seen) => ({
        count: seen.count,
        names: [...seen.names().keys()].sort(),
        isFull: seen.isFull,
      })),
    };
  }

  #end({ levels, hits, count }: NonNullable<Observation['end']>, bucket: number): void {
    const compared = COMPARED[this.name.scope];
    this.#exchanges += count;
    for (const signal of compared.levels) this.#level(signal, levels[LEVEL_SIGNALS.indexOf(signal)], bucket);
    for (const signal of compared.rates) {
      // What was turned away had no chance to be anything else.
      if (hits[REJECTION] === true && signal !== 'rejection') continue;
      const course = this.rates.get(signal) ?? new Course(this.bins.count);
      this.rates.set(signal, course);
      course.add(bucket, Number(hits[RATE_SIGNALS.indexOf(signal)] === true), count);
    }
  }

  #level(signal: LevelSignal, value = Number.NaN, bucket: number): void {
    if (!Number.isFinite(value) || value < 0) return;
    const level = this.levels.get(signal) ?? newLevel(this.bins.count);
    this.levels.set(signal, level);
    level.sketch.add(value);
    const isZero = value < SKETCH_SMALLEST;
    level.zeros.add(bucket, Number(isZero));
    if (!isZero) level.course.add(bucket, Math.log(value));
  }

  #kind(mix: BaselineMix, kind: string, bucket: number): void {
    const kinds = this.mixes.get(mix) ?? new KindCounts(this.bins.count, mix, this.#known[mix]);
    this.mixes.set(mix, kinds);
    kinds.add(bucket, kind);
  }

  #seen(kind: BaselineNews): SeenNames {
    const seen = this.news.get(kind) ?? new SeenNames();
    this.news.set(kind, seen);
    return seen;
  }

  #effectOf({ counts, sums, variance }: Course): number {
    return this.#effect(counts, [{ sums, variance }]);
  }

  #effect(counts: Float64Array, columns: readonly Column[]): number {
    const enough = counts.reduce((sum, count) => sum + count, 0) >= BASELINE_SAMPLE_MIN;
    return enough ? designEffect({ counts, columns, classOf: (bucket) => hourOf(this.bins, bucket) }) : 1;
  }
}

function newLevel(buckets: number): LevelSample {
  return { sketch: new QuantileSketch(), course: new Course(buckets), zeros: new Course(buckets) };
}

function columnsOf(kinds: KindCounts): readonly Column[] {
  const { count } = kinds;
  return Array.from(kinds.rows().values(), (sums) => {
    const share = sums.reduce((sum, times) => sum + times, 0) / count;
    return { sums, variance: share * (1 - share) };
  });
}

function recordOf<Key extends string, From, To>(map: ReadonlyMap<Key, From>, to: (from: From) => To) {
  return Object.fromEntries(Array.from(map, ([key, from]) => [key, to(from)])) as Partial<Record<Key, To>>;
}
