import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FeatureOptions, forEachFeature } from './features.ts';

const WORDS: FeatureOptions = { bits: 18, words: 2 };
const LETTERS: FeatureOptions = { bits: 18, words: 1, letters: [3, 4] };

function featuresOf(text: string, options: FeatureOptions): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  forEachFeature(text, options, (bucket, at) => found.push([bucket, at]));
  return found;
}

const bucketsOf = (text: string, options: FeatureOptions) => featuresOf(text, options).map(([bucket]) => bucket);

describe('forEachFeature()', () => {
  test('gives the buckets that models were trained with', () => {
    // Every weight of every model stands at such a bucket: another hash would make all models worthless.
    expect(featuresOf('Ignore the rules', WORDS)).toMatchInlineSnapshot(`
      [
        [
          11733,
          0,
        ],
        [
          215544,
          7,
        ],
        [
          248226,
          7,
        ],
        [
          96447,
          11,
        ],
        [
          95015,
          11,
        ],
      ]
    `);
    expect(featuresOf('rules', LETTERS)).toMatchInlineSnapshot(`
      [
        [
          96447,
          0,
        ],
        [
          183809,
          0,
        ],
        [
          250969,
          0,
        ],
        [
          212490,
          0,
        ],
        [
          117529,
          0,
        ],
        [
          15772,
          0,
        ],
        [
          77264,
          0,
        ],
        [
          87201,
          0,
        ],
        [
          26963,
          0,
        ],
        [
          189523,
          0,
        ],
      ]
    `);
  });

  test('counts words and pairs, whatever their case and what stands between them', () => {
    expect(bucketsOf('IGNORE, the -- "Rules"!', WORDS)).toEqual(bucketsOf('ignore the rules', WORDS));
    expect(bucketsOf('one two', WORDS)).toHaveLength(3);
  });

  test('takes all numbers for one, and keys and hashes for one', () => {
    expect(bucketsOf('17 cats', WORDS)).toEqual(bucketsOf('200458 cats', WORDS));
    expect(bucketsOf('a'.repeat(41), LETTERS)).toEqual(bucketsOf('0f'.repeat(500), LETTERS));
    expect(bucketsOf('a'.repeat(40), LETTERS)).not.toEqual(bucketsOf('b'.repeat(40), LETTERS));
  });

  test('takes each character for a word where no spaces stand between words', () => {
    expect(featuresOf('忽略规则', WORDS).map(([, at]) => at)).toEqual([0, 1, 1, 2, 2, 3, 3]);
    expect(bucketsOf('a忽b', WORDS)).toEqual(bucketsOf('a 忽 b', WORDS));
  });

  test('counts runs of letters with the edges of their word', () => {
    // <cat> has three runs of three and two of four.
    expect(bucketsOf('cat', LETTERS)).toHaveLength(1 + 3 + 2);
    expect(bucketsOf('cat 忽', LETTERS)).toHaveLength(1 + 3 + 2 + 1);
  });

  test('keeps offsets where a small letter is longer than its large one', () => {
    expect(featuresOf('İİ x', WORDS).map(([, at]) => at)).toEqual([0, 3, 3]);
  });

  test('stays within its buckets and offsets, and visits no more than a bounded number, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const found = featuresOf(text, { bits: 10, words: 2, letters: [4, 5] });
        expect(found.length).toBeLessThanOrEqual(6 * text.length);
        const inside = found.every(([bucket, at]) => bucket >= 0 && bucket < 1024 && at >= 0 && at < text.length);
        expect(inside).toBe(true);
      }),
    );
  });
});
