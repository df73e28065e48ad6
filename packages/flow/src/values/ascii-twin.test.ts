import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAscii, twinPattern } from './ascii-twin.ts';
import { datesIn } from './dates.ts';
import { valuesIn } from './values-in.ts';

describe('twinPattern()', () => {
  const pattern = /(?<!\p{L})[\p{L}\p{N}\p{M}_-]{2,}\.\p{L}+\[x\]?/giu;
  const twin = twinPattern(pattern);

  test('finds in ASCII what the pattern finds', () => {
    const ascii = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '.', '_', '-', '[', 'x', ']', ' ', 'k', 's') });
    fc.assert(
      fc.property(ascii, (text) => {
        const found = (one: RegExp) => Array.from(text.matchAll(one), ({ 0: whole, index }) => [whole, index]);
        expect(found(twin.for(true))).toEqual(found(pattern));
      }),
    );
  });

  test('is the pattern itself for all other texts', () => {
    expect(twin.for(false)).toBe(pattern);
    expect(twin.for(true).unicode).toBe(false);
  });
});

test('values and dates are the same, whether something beside them is ASCII or not', () => {
  const piece = fc.constantFrom(
    'ann@house.example',
    'https://a.example/x?y=1',
    'www.b.example',
    'DE89 3704 0044 0532 0130 00',
    '+49 30 901820',
    '1,100.50',
    '12 May 2024',
    'May 12th',
    '2024-05-15',
    'acc0unt',
    'a1b2',
    ', ',
    ' ',
    '-',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      expect(isAscii(text)).toBe(true);
      // A space and a letter that is in no word: behind them everything stands as it stood.
      const other = `${text} \u00e9`;
      const shape = (one: string) => valuesIn(one).map(({ kind, key, start, end }) => [kind, key, start, end]);
      expect(shape(text)).toEqual(shape(other));
      expect(datesIn(text)).toEqual(datesIn(other));
    }),
  );
});
