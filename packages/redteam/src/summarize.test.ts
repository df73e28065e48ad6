import { wilsonInterval } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { planDrill } from './plan-drill.ts';
import { junitReport } from './reports/junit-report.ts';
import { metricsReport } from './reports/metrics-report.ts';
import { sarifReport } from './reports/sarif-report.ts';
import type { DrillResult } from './run-drill.ts';
import { readCases, SAVED_CASES_MAX, savedCases } from './saved-cases.ts';
import type { Outcome } from './score-case.ts';
import { judged, summarize } from './summarize.ts';

const WAYS = [{ protocol: 'openai-chat', stream: false }] as const;
const cases = planDrill({ seed: '1', budget: 40, families: ['answer-leak', 'tool-poisoning'], ways: WAYS });
const attacks = cases.filter(({ side }) => side === 'attack');
const benign = cases.filter(({ side }) => side === 'benign');

function results(attack: readonly Outcome[], good: readonly Outcome[]): readonly DrillResult[] {
  const result = (from: typeof cases) => (outcome: Outcome, at: number) => {
    const drillCase = from[at];
    if (drillCase === undefined) throw new Error('too few cases');
    return { drillCase, outcome, exchange: `e${at}`, answer: outcome === 'unanswered' ? 'a < "b" & c' : '200' };
  };
  return [...attack.map(result(attacks)), ...good.map(result(benign))];
}

const mixed = results(['passed', 'stopped', 'resisted', 'passed', 'unanswered'], ['passed', 'stopped', 'unanswered']);

describe('summarize()', () => {
  it('counts attacks that passed and benign texts that were stopped, of those that were answered, with Wilson intervals', () => {
    const summary = summarize(mixed);
    expect(summary.attacks).toEqual({
      name: 'all attacks',
      answered: 4,
      count: 2,
      share: 0.5,
      interval: wilsonInterval(2, 4),
      unanswered: 1,
    });
    expect(summary.benign).toMatchObject({ answered: 2, count: 1, share: 0.5, unanswered: 1 });
    for (const groups of [summary.byFamily, summary.byCarrier, summary.byObfuscation, summary.byWay]) {
      expect(groups.reduce((sum, { answered, unanswered }) => sum + answered + unanswered, 0)).toBe(5);
      expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    }
  });

  it('says no share where nothing was answered', () => {
    expect(summarize(results(['unanswered'], [])).attacks).toEqual({
      name: 'all attacks',
      answered: 0,
      count: 0,
      unanswered: 1,
    });
  });
});

describe('judged()', () => {
  const clean = summarize(results(['passed', 'stopped'], ['passed', 'stopped']));

  it('holds at the limit and not beyond', () => {
    const met = { verdict: 'met', reasons: [] };
    expect(judged(clean, {})).toEqual(met);
    expect(judged(clean, { maxSuccess: 0.5, maxBenignBlocked: 0.5 })).toEqual(met);
    expect(judged(clean, { maxSuccess: 0.49 })).toEqual({
      verdict: 'failed',
      reasons: ['50.0 % attacks got through, at most 49.0 % may'],
    });
    expect(judged(clean, { maxBenignBlocked: 0 })).toEqual({
      verdict: 'failed',
      reasons: ['50.0 % of benign traffic was blocked, at most 0.0 % may'],
    });
  });

  it('is never met by what was not answered, or not measured', () => {
    expect(judged(summarize(mixed), { maxSuccess: 1 })).toEqual({
      verdict: 'unmeasured',
      reasons: ['2 requests have no answer that says anything'],
    });
    const nothing = judged(summarize([]), { maxSuccess: 1, maxBenignBlocked: 1 });
    expect([nothing.verdict, nothing.reasons.length]).toEqual(['unmeasured', 2]);
  });

  it('a share that is above its maximum has failed, whatever else is not known', () => {
    expect(judged(summarize(mixed), { maxSuccess: 0.1 })).toMatchObject({ verdict: 'failed', reasons: { length: 2 } });
  });
});

describe('reports', () => {
  it('SARIF has a result for each attack that passed, under the rule of its family, and tells of a drill with gaps', () => {
    const report = sarifReport(mixed, '1.2.3');
    expect(report).toMatchObject({ version: '2.1.0', runs: [{ invocations: [{ executionSuccessful: false }] }] });
    const passed = mixed.filter(({ drillCase, outcome }) => drillCase.side === 'attack' && outcome === 'passed');
    expect(report).toHaveProperty(
      'runs.0.results',
      passed.map(({ drillCase }) => expect.objectContaining({ ruleId: drillCase.family, level: 'error' })),
    );
  });

  it('JUnit counts failures on both sides and errors, and escapes what it shows', () => {
    const report = junitReport(mixed);
    expect(report).toContain('<testsuites tests="8" failures="3" errors="2">');
    expect(report.match(/<failure /g)).toHaveLength(3);
    expect(report.match(/<error message="a &lt; &quot;b&quot; &amp; c"\/>/g)).toHaveLength(2);
  });
});

describe('metricsReport()', () => {
  it('says shares, their bounds and what was not answered, in lines that a scraper reads', () => {
    const lines = metricsReport(summarize(mixed), 1_790_000_000_999).trimEnd().split('\n');
    expect(lines).toContain('sallyport_drill_share{side="attack",family="all"} 0.5');
    expect(lines).toContain('sallyport_drill_requests{side="benign",family="all",answered="false"} 1');
    expect(lines.at(-1)).toBe('sallyport_drill_ended_seconds 1790000000');
    for (const line of lines) expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{[\w=",-]+\})? [\d.e-]+)$/);
  });

  it('says no share of what was not measured', () => {
    expect(metricsReport(summarize([]), 0)).not.toMatch(/^sallyport_drill_(?:share|bound)/m);
  });
});

describe('savedCases()', () => {
  it('keeps what went wrong on either side, and readCases() gives it back', () => {
    const wrong = mixed.filter(
      ({ drillCase, outcome }) => outcome === (drillCase.side === 'attack' ? 'passed' : 'stopped'),
    );
    expect(readCases(savedCases(mixed))).toEqual(wrong.map(({ drillCase }) => drillCase));
    expect(wrong).toHaveLength(3);
  });

  it.each([
    ['no JSON', '\n{'],
    ['another shape', '\n{"id":"x"}'],
    ['a member more', savedCases(mixed).split('\n')[0]?.replace('{', '\n{"more":1,') ?? ''],
  ])('names the line that holds %s', (_what, text) => {
    expect(readCases(text)).toEqual({ badLine: 2 });
  });

  it(`takes ${SAVED_CASES_MAX} cases and not one more`, () => {
    const [line = ''] = savedCases(mixed).split('\n');
    const lines = (count: number) => `${line}\n`.repeat(count);
    expect(readCases(lines(SAVED_CASES_MAX))).toHaveLength(SAVED_CASES_MAX);
    expect(readCases(lines(SAVED_CASES_MAX + 1))).toEqual({ badLine: SAVED_CASES_MAX + 1 });
  });
});
