import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownText } from './own-text.ts';

const PARENT_CHARS = 100_000;
const PIECES = 200;

/** Bytes of the heap that hold a piece of each of many long texts. */
function bytesOf(kept: (piece: string) => string): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const before = process.memoryUsage().heapUsed;
  const pieces = Array.from({ length: PIECES }, (_, index) => {
    const whole = `${index} `.repeat(PARENT_CHARS / 4).slice(0, PARENT_CHARS);
    // The engine flattens a text when it is searched.
    whole.indexOf('x');
    return kept(whole.slice(-64));
  });
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  expect(pieces).toHaveLength(PIECES);
  return bytes;
}

describe('ownText()', () => {
  it('is the same text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => ownText(text) === text));
    expect(ownText('\ud800 half a pair')).toBe('\ud800 half a pair');
  });

  it('lets go of the longer text that a piece was cut from', () => {
    const all = PIECES * PARENT_CHARS;
    expect(bytesOf((piece) => piece)).toBeGreaterThan(all / 2);
    expect(bytesOf(ownText)).toBeLessThan(all / 10);
  });
});
