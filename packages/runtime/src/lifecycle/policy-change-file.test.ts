import type { PolicyChange } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { policyChangeText, readPolicyChange } from './policy-change-file.ts';

const SET = 'a'.repeat(64);
const CHANGE: PolicyChange = {
  policySet: SET,
  promoted: ['p'],
  backtest: {
    records: 2,
    of: 4,
    decisions: 3,
    notReplayed: 1,
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-02T00:00:00.000Z',
    changes: { blocked: 1, asked: 0, redacted: 0, flagged: 0, 'redacted-otherwise': 0, 'let-through': 0 },
  },
  by: 'ann',
  reason: 'right for a month',
  at: '2026-01-03T00:00:00.000Z',
};

describe('readPolicyChange()', () => {
  test('gives back what was written, for the set that it is about', () => {
    expect(readPolicyChange(policyChangeText(CHANGE), SET)).toEqual(CHANGE);
  });

  test.each([
    ['about another set', policyChangeText(CHANGE), 'b'.repeat(64)],
    ['that is no JSON', 'words', SET],
    ['with more in it', policyChangeText({ ...CHANGE, prompt: 'x' } as PolicyChange), SET],
    ['with a reason beyond its limit', policyChangeText({ ...CHANGE, reason: 'x'.repeat(1_001) }), SET],
    ['that is not there', undefined, SET],
  ])('takes none %s', (_, text, set) => {
    expect(readPolicyChange(text, set)).toBeUndefined();
  });

  test('takes a reason at its limit', () => {
    const reason = 'x'.repeat(1_000);
    expect(readPolicyChange(policyChangeText({ ...CHANGE, reason }), SET)?.reason).toBe(reason);
  });
});
