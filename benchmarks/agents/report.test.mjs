import { describe, expect, it } from 'vitest';
import { closingRatios, tableOf } from './report.mjs';

const PART = {
  attacks: { n: 4, blocked: 1, asked: 2, criticalKnown: 2, criticalStopped: 1 },
  benign: { n: 8, blocked: 0, asked: 1 },
  resisted: { n: 0, blocked: 0, asked: 0 },
  autonomy: 0.75,
};
const FIGURES = { policy: 'tiered', ...PART, bySuite: { office: PART }, byModel: { m: { ...PART, autonomy: null } } };

describe('closingRatios()', () => {
  it('takes shares of what there is, and 0 of nothing', () => {
    expect(closingRatios([FIGURES])).toEqual({
      tiered_stopped: 0.5,
      tiered_stopped_office: 0.5,
      tiered_benign_blocked: 0,
      tiered_benign_asked: 0.125,
      tiered_autonomy: 0.75,
      tiered_resisted_disturbed: 0,
    });
  });
});

describe('tableOf()', () => {
  it('has a row for all runs, each suite and each model', () => {
    const rows = tableOf(FIGURES).split('\n');
    expect(rows.map((row) => row.split(/\s{2,}/)[0])).toEqual(['tiered', 'all', 'office', 'm']);
    expect(rows[1]?.split(/\s{2,}/)).toEqual(['all', '50.0', '25.0', '50.0', '0.0', '12.5', '-', '-', '75.0']);
    expect(rows[3]?.endsWith('-')).toBe(true);
  });
});
