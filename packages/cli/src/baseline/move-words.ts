import { amount, type Unit } from '@sallyport/pages';
import type { BaselineReport } from '@sallyport/runtime';

export type ReportedMove = BaselineReport['moves'][number];

/** Units of levels; every other signal is a share. */
const UNITS: Readonly<Record<string, Unit>> = {
  latency: 'ms',
  'first-token': 'ms',
  'tokens-per-second': { of: 'tokens/s' },
  cost: { of: 'millionths' },
  output: { of: 'characters' },
};

export function unitOf({ signal }: Pick<ReportedMove, 'signal'>): Unit {
  return UNITS[signal] ?? 'share';
}

/** What was, and what is, in a few words. Names are somebody else's. */
export function sidesOf(move: ReportedMove): readonly [before: string, after: string] {
  const unit = unitOf(move);
  switch (move.shown.kind) {
    case 'level': {
      const at = (share: number) =>
        move.shown.kind === 'level' && move.shown.quantiles.find((each) => each.share === share);
      const [middle, high] = [at(0.5), at(0.95)];
      if (!middle || !high) return ['', ''];
      return [
        `${amount(middle.before, unit)} (p95 ${amount(high.before, unit)})`,
        `${amount(middle.after, unit)} (p95 ${amount(high.after, unit)})`,
      ];
    }
    case 'share':
      return [amount(move.shown.before, unit), amount(move.shown.after, unit)];
    case 'mix': {
      const [most] = move.shown.moved;
      if (most === undefined) return ['', ''];
      return [`${most.kind} ${amount(most.before, unit)}`, `${most.kind} ${amount(most.after, unit)}`];
    }
    case 'names':
      return ['never', move.shown.names.map(({ name, count }) => `${name} (${count})`).join(', ')];
  }
}

const MEASURES: Readonly<Record<ReportedMove['effect']['measure'], (value: number) => string>> = {
  distance: (value) => `${rounded(value)} apart (KS)`,
  wasserstein: (value) => `${rounded(value)} deviations`,
  shares: (value) => `h ${rounded(value)}`,
  psi: (value) => `PSI ${rounded(value)}`,
  names: (value) => `${value} new`,
};

export function effectOf({ effect: { measure, value } }: ReportedMove): string {
  return MEASURES[measure](value);
}

/** How probable by chance, corrected. */
export function chanceOf(corrected: number): string {
  return corrected < 1e-6 ? '< 0.000001' : corrected.toPrecision(2);
}

/** Since when, with its bounds. */
export function sinceOf({ start }: ReportedMove): string {
  if (start === undefined) return 'not known';
  const { from, low, high, isOpen, until } = start;
  const end = until === undefined ? '' : `, until ${minuteOf(until)}`;
  if (low === high) return `${minuteOf(from)}${end}`;
  const begin = isOpen ? `before ${minuteOf(high)}` : `${minuteOf(from)} (${minuteOf(low)} to ${minuteOf(high)})`;
  return `${begin}${end}`;
}

/** `2026-03-01 08:30`, UTC. */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(2);
}

/** What makes a comparison worth less than it seems. */
export function notesOf(report: BaselineReport): readonly string[] {
  const { reference, now } = report;
  return [
    ...(overlap(reference.period, now.period)
      ? ['the two periods overlap: exchanges are compared with themselves']
      : []),
    ...(report.otherHours ? ['the two periods are of other hours of the day: what differs may be just that'] : []),
    ...(report.otherWeekdays ? ['the two periods are of other days of the week: what differs may be just that'] : []),
    ...(report.sameLog ? [] : ['the baseline was made from another log']),
    ...(reference.cut ? ['earlier records of the reference period were in the archive, and did not count'] : []),
    ...(now.cut ? ['earlier records of this period are in the archive, and do not count'] : []),
    ...(reference.leftOut > 0 ? [`${reference.leftOut} models, agents and principals have no reference: no room`] : []),
    ...(now.leftOut > 0
      ? [`${now.leftOut} models, agents and principals of this period were not looked at: no room`]
      : []),
  ];
}

type Period = BaselineReport['now']['period'];

function overlap(a: Period, b: Period): boolean {
  return a.from < b.to && b.from < a.to;
}

/** Signals of which too little came on either side, as `latency (1,000 and 12)`. */
export function thinOf({ signals }: BaselineReport['series'][number]): readonly string[] {
  return signals.flatMap(({ signal, verdict, counts: [before, after] }) =>
    verdict === 'thin' ? [`${signal} (${amount(before, 'count')} and ${amount(after, 'count')})`] : [],
  );
}

export function verdictOf({ verdict, moves, comparisons, falseAlarms, sampleMin }: BaselineReport): string {
  switch (verdict) {
    case 'moved':
      return `MOVED: ${moves.length} of ${comparisons} comparisons, by chance in ${amount(falseAlarms, 'share')} of reports`;
    case 'not-moved':
      return `not shown to have moved, in ${comparisons} comparisons`;
    case 'unknown':
      return `CANNOT SAY: nothing came ${sampleMin} times on both sides`;
  }
}
