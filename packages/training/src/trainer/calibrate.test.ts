import { expect, test } from 'vitest';
import { calibrate } from './calibrate.ts';

const rowsOf = (kind: string, script: 'latin' | 'cjk', from: number) =>
  Array.from({ length: 1_000 }, (_, at) => ({ kind, script, logit: from + at / 1_000 }));
const anchors = { flagged: 0.01, stopped: 0.001 };
const evidence = ({ slope, offset }: { slope: number; offset: number }, logit: number) => slope * logit + offset;

test('calibrate() puts the flag where the share of the worst kind lies', () => {
  const { latin } = calibrate([...rowsOf('a', 'latin', -3), ...rowsOf('b', 'latin', 1)], anchors);
  expect(evidence(latin, 1.989)).toBeCloseTo(Math.log(2), 3);
  expect(evidence(latin, 1.989 + 0.8)).toBeCloseTo(Math.log(10), 3);
});

test('calibrate() gives a script a line of its own where it has texts enough', () => {
  const all = [...rowsOf('a', 'latin', 0), ...rowsOf('a', 'cjk', 4)];
  const { latin, cjk, other } = calibrate(all, anchors);
  expect(evidence(cjk, 4.989)).toBeCloseTo(Math.log(2), 3);
  expect(evidence(latin, 0.989)).toBeCloseTo(Math.log(2), 3);
  expect(other).not.toEqual(latin);
  expect(
    calibrate(
      all.filter(({ script }, at) => script === 'latin' || at % 10 === 0),
      anchors,
    ).cjk,
  ).not.toEqual(cjk);
});
