import { describe, expect, it } from 'vitest';
import { CARRIERS } from './drill-case.ts';
import { BENIGN } from './families.ts';

describe('BENIGN', () => {
  it('has 300 texts and more, no two alike, in every carrier', () => {
    expect(BENIGN.length).toBeGreaterThanOrEqual(300);
    expect(new Set(BENIGN.map(({ id }) => id)).size).toBe(BENIGN.length);
    expect(new Set(BENIGN.map(({ text, call }) => JSON.stringify([text, call]))).size).toBe(BENIGN.length);
    for (const carrier of CARRIERS) {
      expect([carrier, BENIGN.filter((each) => each.carrier === carrier).length > 15]).toEqual([carrier, true]);
    }
  });

  it('holds the canary once, in the text or in the call, and no place that nothing fills', () => {
    for (const { id, text, call } of BENIGN) {
      const whole = call === undefined ? text : JSON.stringify(call.arguments);
      expect([id, whole.split('{canary}').length - 1]).toEqual([id, 1]);
      expect([id, `${text}${whole}`.match(/\{(?!canary\})[a-z]+\}/g)]).toEqual([id, null]);
    }
  });
});
