import { describe, expect, it } from 'vitest';
import { foldFindings } from './fold-findings.ts';
import { CATEGORIES } from './vocabulary.ts';

const finding = (category: (typeof CATEGORIES)[number], type: string, score: number) => ({
  category,
  type,
  score,
  detector: 'd',
});

describe('foldFindings()', () => {
  it('takes the highest score of each category, as 0..1000, and counts each type', () => {
    const { risk, found, score } = foldFindings([
      finding('secrets', 'jwt', 0.2),
      finding('secrets', 'jwt', 0.7004),
      finding('secrets', 'github-token', 0.6),
      finding('injection', 'override', 0.9996),
    ]);
    expect(risk).toEqual({ ...noRisk, secrets: 700, injection: 1000 });
    expect(found).toEqual({ jwt: 2, 'github-token': 1, override: 1 });
    expect(score).toEqual({ jwt: 700, 'github-token': 600, override: 1000 });
  });

  it('has every category, also without findings', () => {
    expect(foldFindings([])).toEqual({ risk: noRisk, found: {}, score: {} });
  });

  it('clamps scores and takes one that is no number for the worst', () => {
    expect(foldFindings([finding('custom', 'x', 7)]).risk.custom).toBe(1000);
    expect(foldFindings([finding('custom', 'x', -1)]).risk.custom).toBe(0);
    expect(foldFindings([finding('custom', 'x', Number.NaN)]).risk.custom).toBe(1000);
  });

  it('is not confused by types that are names of Object.prototype', () => {
    const { found } = foldFindings([finding('custom', '__proto__', 1), finding('custom', 'constructor', 1)]);
    expect(Object.entries(found)).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });
});

const noRisk = Object.fromEntries(CATEGORIES.map((category) => [category, 0]));
