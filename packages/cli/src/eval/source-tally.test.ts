import type { Effect } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { SourceTally } from './source-tally.ts';

function tallyOf(rows: readonly (readonly [positive: boolean, score: number, effect: Effect])[]): SourceTally {
  const tally = new SourceTally('s');
  for (const [positive, score, effect] of rows) {
    tally.add({ positive, kind: 'k', score, effect, bytes: 512, cpuUs: 10, unchecked: false });
  }
  return tally;
}

describe('SourceTally', () => {
  const tally = tallyOf([
    [true, 0.9, 'block'],
    [true, 0.6, 'flag'],
    [true, 0.1, 'allow'],
    [false, 0.6, 'flag'],
    [false, 0, 'allow'],
  ]);
  tally.exclude();

  test('counts rows, effects and costs', () => {
    expect(tally.metrics()).toMatchObject({
      source: 's',
      n: 5,
      attacks: 3,
      benign: 2,
      excluded: 1,
      unchecked: 0,
      bytes: 2_560,
      usPerKb: 20,
      effects: {
        attack: { allow: 1, flag: 1, redact: 0, ask: 0, block: 1 },
        benign: { allow: 1, flag: 1, redact: 0, ask: 0, block: 0 },
      },
    });
  });

  test('recall and false positives count every effect but `allow`; `stopped` what changes or stops', () => {
    const metrics = tally.metrics();
    expect([metrics.recall, metrics.fpr]).toEqual([2 / 3, 1 / 2]);
    expect(metrics.stopped).toEqual({ recall: 1 / 3, fpr: 0 });
    expect(metrics.recallInterval?.[0]).toBeCloseTo(0.2077, 4);
    expect(metrics.recallInterval?.[1]).toBeCloseTo(0.9385, 4);
  });

  test('kinds show what was missed, attacks and benign rows apart', () => {
    expect(tally.metrics().kinds).toEqual({
      'benign k': { attack: false, n: 2, noticed: 1, stopped: 0 },
      k: { attack: true, n: 3, noticed: 2, stopped: 1 },
    });
  });

  test('AUC and recall at 1 % come from scores alone', () => {
    const metrics = tally.metrics();
    expect(metrics.auc).toBeCloseTo((2 + 1.5 + 1) / 6, 12);
    expect(metrics.recallAt1pctFpr).toBeCloseTo(1 / 3, 12);
  });

  test('what was not measured is null, never 0', () => {
    const attacks = tallyOf([[true, 0.5, 'flag']]).metrics();
    expect([attacks.auc, attacks.recallAt1pctFpr, attacks.fpr, attacks.fprInterval]).toEqual([null, null, null, null]);
    expect(attacks.recall).toBe(1);
  });
});
