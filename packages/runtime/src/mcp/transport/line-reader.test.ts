import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineReader, TOO_LARGE } from './line-reader.ts';

const text = (lines: readonly Uint8Array[] | typeof TOO_LARGE) =>
  lines === TOO_LARGE ? lines : lines.map((line) => Buffer.from(line).toString());

describe('LineReader', () => {
  test('take() gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', ' ', '\r', '{') }), { maxLength: 10 }),
        fc.array(fc.nat(40), { maxLength: 10 }),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const reader = new LineReader(1_000);
          const found: string[] = [];
          let from = 0;
          for (const at of [...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]) {
            found.push(...text(reader.take(bytes.subarray(from, at))));
            from = at;
          }
          expect(found).toEqual(lines);
        },
      ),
    );
  });

  test('take() reads a line as long as the bound, in one piece or in many, and none that is longer, whether it has an end or not', () => {
    expect(text(new LineReader(3).take(Buffer.from('abc\nabc\n')))).toEqual(['abc', 'abc']);
    expect(text(new LineReader(3).take(Buffer.from('abcd\n')))).toBe(TOO_LARGE);
    expect(text(new LineReader(3).take(Buffer.from('a\nabcd')))).toBe(TOO_LARGE);
    const reader = new LineReader(3);
    expect(text(reader.take(Buffer.from('abc')))).toEqual([]);
    expect(text(reader.take(Buffer.from('d')))).toBe(TOO_LARGE);
  });
});
