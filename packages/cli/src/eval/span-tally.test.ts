import { describe, expect, test } from 'vitest';
import { SpanTally } from './span-tally.ts';

describe('SpanTally', () => {
  test('counts found, covered and right ones by type', () => {
    const tally = new SpanTally();
    tally.add(
      [
        { start: 0, end: 10, type: 'email' },
        { start: 20, end: 30, type: 'email' },
        { start: 40, end: 50, type: 'phone' },
      ],
      [
        { start: 0, end: 10, type: 'email' },
        { start: 25, end: 30, type: 'email' },
        { start: 40, end: 50, type: 'iban' },
      ],
    );
    expect(tally.metrics()).toEqual({
      email: { labelled: 2, found: 2, covered: 1, predicted: 2, right: 2, recall: 1, precision: 1 },
      iban: { labelled: 0, found: 0, covered: 0, predicted: 1, right: 0, recall: null, precision: 0 },
      phone: { labelled: 1, found: 0, covered: 0, predicted: 0, right: 0, recall: 0, precision: null },
    });
  });

  test('spans that only touch do not overlap', () => {
    const tally = new SpanTally();
    tally.add([{ start: 0, end: 5, type: 'email' }], [{ start: 5, end: 9, type: 'email' }]);
    expect(tally.metrics().email).toMatchObject({ found: 0, right: 0 });
  });
});
