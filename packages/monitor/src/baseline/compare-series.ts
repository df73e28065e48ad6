import type { LevelSignal, RateSignal } from '../signals/signal.ts';
import type { MixSummary, NewsSummary, SeriesBaseline } from './baseline.ts';
import { compareKinds, compareTransitions } from './compare-kinds.ts';
import { compareLevel } from './compare-level.ts';
import { compareNews } from './compare-news.ts';
import { compareRate } from './compare-rate.ts';
import { type BaselineMix, type BaselineNews, COMPARED } from './compared-signals.ts';
import type { Comparison } from './comparison.ts';
import { SeenNames } from './seen-names.ts';
import type { SeriesSample } from './series-sample.ts';
import type { Sides } from './sides.ts';

/** What was measured of one series twice. */
type SeriesSides = Sides<SeriesBaseline>;

/** The mix by which is known how names of a kind cluster. */
const CLUSTERED_AS: Readonly<Partial<Record<BaselineNews, BaselineMix>>> = {
  'new-tool': 'tools',
  'new-finding': 'findings',
};
const NO_NEWS: NewsSummary = { count: 0, names: [], isFull: false };

/** Every signal of one series that came on either side. */
export function comparisonsOf(sides: SeriesSides, sample: SeriesSample): readonly Comparison[] {
  const { levels, rates, mixes, news } = COMPARED[sides.before.series.scope];
  return [
    ...levels.flatMap((signal) => levelOf(signal, sides)),
    ...rates.flatMap((signal) => rateOf(signal, sides)),
    ...mixes.flatMap((signal) => mixOf(signal, sides)),
    ...news.flatMap((signal) => newsOf(signal, sides, sample)),
  ];
}

function levelOf(signal: LevelSignal, { before, after, lengths }: SeriesSides): readonly Comparison[] {
  const [one, other] = [before.levels[signal], after.levels[signal]];
  return one === undefined || other === undefined ? [] : [compareLevel(signal, { before: one, after: other, lengths })];
}

function rateOf(signal: RateSignal, { before, after, lengths }: SeriesSides): readonly Comparison[] {
  const [one, other] = [before.rates[signal], after.rates[signal]];
  return one === undefined || other === undefined ? [] : [compareRate(signal, { before: one, after: other, lengths })];
}

function mixOf(signal: BaselineMix, { before, after, lengths }: SeriesSides): readonly Comparison[] {
  const [one, other] = [before.mixes[signal], after.mixes[signal]];
  if (one === undefined || other === undefined) return [];
  const sides: Sides<MixSummary> = { before: one, after: other, lengths };
  return [signal === 'transitions' ? compareTransitions(sides) : compareKinds(signal, sides)];
}

/** Exchanges that were not turned away: in each a name could have come, whether any did or not. */
function chancesOf({ exchanges, rates }: SeriesBaseline): number {
  return exchanges - (rates.rejection?.hits ?? 0);
}

function newsOf(
  signal: BaselineNews,
  { before, after, lengths }: SeriesSides,
  sample: SeriesSample,
): readonly Comparison[] {
  const [one = NO_NEWS, other = NO_NEWS] = [before.news[signal], after.news[signal]];
  if (other.count === 0) return [];
  const mix = CLUSTERED_AS[signal];
  const designEffect = (mix && before.mixes[mix]?.designEffect) ?? 1;
  const sides = {
    before: { ...one, count: chancesOf(before), designEffect },
    after: { ...other, count: chancesOf(after), designEffect },
    lengths,
  };
  return [compareNews(signal, sides, sample.news.get(signal) ?? new SeenNames())];
}
