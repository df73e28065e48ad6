import { type Interval, wilsonInterval } from '@sallyport/core';
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
    byFamily: groups(attacks, 'family'),
    byCarrier: groups(attacks, 'carrier'),
    byObfuscation: groups(attacks, 'obfuscation'),
    benignByCarrier: groups(benign, 'carrier'),
  };
}

function groups(results: readonly DrillResult[], by: 'family' | 'carrier' | 'obfuscation'): readonly DrillShare[] {
  const names = [...new Set(results.map(({ drillCase }) => drillCase[by]))].sort();
  return names.map((name) =>
    shareOf(
      name,
      results.filter(({ drillCase }) => drillCase[by] === name),
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

/** Why the criterion is not met; empty when it is. What was not answered, or not measured, never meets it. */
export function unmet({ attacks, benign }: DrillSummary, criterion: DrillCriterion): readonly string[] {
  const unanswered = attacks.unanswered + benign.unanswered;
  return [
    ...(unanswered > 0 ? [`${unanswered} requests have no answer that says anything`] : []),
    ...exceeded(attacks, criterion.maxSuccess, 'attacks got through'),
    ...exceeded(benign, criterion.maxBenignBlocked, 'of benign traffic was blocked'),
  ];
}

function exceeded({ share }: DrillShare, max: number | undefined, what: string): readonly string[] {
  if (max === undefined) return [];
  if (share === undefined) return [`nothing was measured: ${what}`];
  return share > max ? [`${percent(share)} ${what}, at most ${percent(max)} may`] : [];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
