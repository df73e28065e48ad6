import { describe, expect, it } from 'vitest';
import { AgreementCounts } from './agreement.ts';

function counted(...[both, onlyTheirs, onlyOurs, neither]: readonly [number, number, number, number]) {
  const counts = new AgreementCounts();
  for (let time = 0; time < both; time += 1) counts.add(true, true);
  for (let time = 0; time < onlyTheirs; time += 1) counts.add(true, false);
  for (let time = 0; time < onlyOurs; time += 1) counts.add(false, true);
  for (let time = 0; time < neither; time += 1) counts.add(false, false);
  return counts.report();
}

describe('AgreementCounts', () => {
  it('has the kappa of the textbook', () => {
    expect(counted(20, 5, 10, 15)).toEqual({ both: 20, onlyTheirs: 5, onlyOurs: 10, neither: 15, kappa: 0.4 });
  });

  it.each([
    ['full agreement', counted(10, 0, 0, 10), 1],
    ['full disagreement', counted(0, 10, 10, 0), -1],
    ['what chance gives', counted(5, 5, 5, 5), 0],
  ])('of %s', (_what, { kappa }, expected) => {
    expect(kappa).toBeCloseTo(expected, 9);
  });

  it('is not defined of nothing, nor where both always say the same', () => {
    expect(counted(0, 0, 0, 0)).not.toHaveProperty('kappa');
    expect(counted(0, 0, 0, 30)).not.toHaveProperty('kappa');
    expect(counted(30, 0, 0, 0)).not.toHaveProperty('kappa');
  });
});
