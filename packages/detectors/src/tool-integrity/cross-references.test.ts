import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crossReferences } from './cross-references.ts';

interface Case {
  readonly name: string;
  readonly own: string;
  readonly others: readonly string[];
  readonly text: string;
  readonly expect: readonly { readonly match: string; readonly score: number }[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));
const readerOf = ({ own, others }: Pick<Case, 'own' | 'others'>) => ({
  own,
  names: new Set(others.map((name) => name.toLowerCase())),
});

describe('crossReferences()', () => {
  test.each(cases)('finds exactly what it should in: $name', (each) => {
    const found = crossReferences(each.text, readerOf(each));
    expect(found.map(({ span, score }) => ({ match: each.text.slice(span.start, span.end).trim(), score }))).toEqual(
      each.expect,
    );
  });

  test('has positives of both scores and at least twenty near-misses', () => {
    const scores = new Set(cases.flatMap((each) => each.expect.map(({ score }) => score)));
    expect([...scores].sort()).toEqual([0.5, 0.9]);
    expect(cases.filter((each) => each.expect.length === 0).length).toBeGreaterThanOrEqual(20);
  });

  test('stops at twenty of them', () => {
    const text = 'Never call send_email.\n'.repeat(100);
    expect(crossReferences(text, { own: 'a', names: new Set(['a', 'send_email']) })).toHaveLength(20);
  });

  test('reads 65,536 characters and no more', () => {
    const reader = { own: 'a', names: new Set(['send_email']) };
    const sentence = 'Never call send_email';
    expect(crossReferences(`${'x'.repeat(65_536 - sentence.length - 2)}. ${sentence}`, reader)).toHaveLength(1);
    expect(crossReferences(`${'x'.repeat(65_536)}. ${sentence}`, reader)).toHaveLength(0);
  });

  test('never throws, and stays within the text, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom('never call ', 'send_email', '. ', '\n', 'before ', '%20', '&#x73;', 'any other tool'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        for (const { span } of crossReferences(text, { own: 'a', names: new Set(['a', 'send_email']) })) {
          expect(span.start).toBeLessThan(span.end);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });
});
