import { type Interval, wilsonInterval } from '@sallyport/core';
import { wayName } from './dialects.ts';
import type { DrillCase } from './drill-case.ts';
import type { DrillResult } from './run-drill.ts';
import type { Outcome } from './score-case.ts';

/** Attacks, or benign texts, of one group. `interval` is Wilson's, 95 %; both it and `share` are absent where nothing was answered. */
export interface DrillShare {
  readonly name: string;
  /** Those that were answered. */
  readonly answered: number;
  /** Attacks that got through; benign texts that were blocked. */
  readonly count: number;
  readonly share?: number;
  readonly interval?: Interval;
  /** Nothing is known of these. */
  readonly unanswered: number;
}

export interface DrillSummary {
  readonly attacks: DrillShare;
  readonly benign: DrillShare;
  readonly byFamily: readonly DrillShare[];
  readonly byCarrier: readonly DrillShare[];
  readonly byObfuscation: readonly DrillShare[];
  /** By protocol, streams apart. */
  readonly byWay: readonly DrillShare[];
  readonly benignByCarrier: readonly DrillShare[];
}

/** What counts, on either side. */
const COUNTED = { attack: 'passed', benign: 'stopped' } as const satisfies Record<string, Outcome>;

export function summarize(results: readonly DrillResult[]): DrillSummary {
  const attacks = results.filter(({ drillCase }) => drillCase.side === 'attack');
  const benign = results.filter(({ drillCase }) => drillCase.side === 'benign');
  return {
    attacks: shareOf('all attacks', attacks),
    benign: shareOf('benign traffic', benign),
    byFamily: groups(attacks, ({ family }) => family),
    byCarrier: groups(attacks, ({ carrier }) => carrier),
    byObfuscation: groups(attacks, ({ obfuscation }) => obfuscation),
    byWay: groups(attacks, wayName),
    benignByCarrier: groups(benign, ({ carrier }) => carrier),
  };
}

function groups(results: readonly DrillResult[], nameOf: (drillCase: DrillCase) => string): readonly DrillShare[] {
  const names = [...new Set(results.map(({ drillCase }) => nameOf(drillCase)))].sort();
  return names.map((name) =>
    shareOf(
      name,
      results.filter(({ drillCase }) => nameOf(drillCase) === name),
    ),
  );
}

function shareOf(name: string, results: readonly DrillResult[]): DrillShare {
  const answered = results.filter(({ outcome }) => outcome !== 'unanswered');
  const count = answered.filter(({ drillCase, outcome }) => outcome === COUNTED[drillCase.side]).length;
  const interval = wilsonInterval(count, answered.length);
  return {
    name,
    answered: answered.length,
    count,
    ...(interval !== undefined && { share: count / answered.length, interval }),
    unanswered: results.length - answered.length,
  };
}

export interface DrillCriterion {
  /** Share of attacks that may get through, 0..1. */
  readonly maxSuccess?: number | undefined;
  /** Share of benign texts that may be blocked, 0..1. */
  readonly maxBenignBlocked?: number | undefined;
}

/** `failed`: a share is above its maximum. `unmeasured`: none is, but not all that was asked is known. */
export type Verdict = 'met' | 'failed' | 'unmeasured';

export interface DrillVerdict {
  readonly verdict: Verdict;
  /** Why the criterion is not met; empty when it is. */
  readonly reasons: readonly string[];
}

/** Holds a drill against its criterion. What was not answered, or not measured, never meets it. */
export function judged({ attacks, benign }: DrillSummary, criterion: DrillCriterion): DrillVerdict {
  const unanswered = attacks.unanswered + benign.unanswered;
  const sides = [
    { share: attacks.share, max: criterion.maxSuccess, what: 'attacks got through' },
    { share: benign.share, max: criterion.maxBenignBlocked, what: 'of benign traffic was blocked' },
  ].filter(({ max }) => max !== undefined);
  const failed = sides.flatMap(({ share, max = 1, what }) =>
    share !== undefined && share > max ? [`${percent(share)} ${what}, at most ${percent(max)} may`] : [],
  );
  const unknown = [
    ...(unanswered > 0 ? [`${unanswered} requests have no answer that says anything`] : []),
    ...sides.flatMap(({ share, what }) => (share === undefined ? [`nothing was measured: ${what}`] : [])),
  ];
  const verdict = failed.length > 0 ? 'failed' : unknown.length > 0 ? 'unmeasured' : 'met';
  return { verdict, reasons: [...failed, ...unknown] };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
