import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits, ByteOffsets, editLiteral, encodeLiteral } from './index.ts';

/** A well-formed text and one of its literals: every unit escaped or not, by choice. */
const literals = fc
  .array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }), fc.nat(2)), { maxLength: 12 })
  .map((parts) => {
    let literal = '';
    for (const [piece, how] of parts) {
      if (how === 0) literal += JSON.stringify(piece).slice(1, -1);
      else for (const unit of piece.split('')) literal += `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    }
    return { text: parts.map(([piece]) => piece).join(''), literal: `"${literal}"` };
  });

function insidePair(text: string, at: number): boolean {
  return at > 0 && /[\ud800-\udbff]/.test(text[at - 1] ?? '') && /[\udc00-\udfff]/.test(text[at] ?? '');
}

describe('editLiteral()', () => {
  test('gives the literal of the edited text, and keeps every character that is not edited', () => {
    fc.assert(
      fc.property(
        literals,
        fc.array(fc.nat(40), { maxLength: 6 }),
        fc.string({ unit: 'grapheme' }),
        (source, cuts, insert) => {
          const ends = [...new Set(cuts.map((cut) => Math.min(cut, source.text.length)))]
            .filter((at) => !insidePair(source.text, at))
            .sort((a, b) => a - b);
          const edits = [];
          for (let i = 0; i + 1 < ends.length; i += 2)
            edits.push({ start: ends[i] ?? 0, end: ends[i + 1] ?? 0, text: insert });
          const edited = editLiteral(source.literal, edits);
          expect(JSON.parse(edited)).toBe(applyEdits(source.text, edits));
          if (edits.length === 0) expect(edited).toBe(source.literal);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('keeps foreign escapes around an edit as they were', () => {
    expect(editLiteral('"\\u0041\\/b c\\n"', [{ start: 2, end: 3, text: '[X]"' }])).toBe('"\\u0041\\/[X]\\" c\\n"');
  });

  test('never splits a surrogate pair, escaped or not', () => {
    expect(JSON.parse(editLiteral('"a😀b"', [{ start: 2, end: 3, text: 'x' }]))).toBe('axb');
    expect(JSON.parse(editLiteral('"a\\ud83d\\ude00b"', [{ start: 0, end: 2, text: 'x' }]))).toBe('xb');
    expect(JSON.parse(editLiteral('"a😀b"', [{ start: 2, end: 2, text: 'x' }]))).toBe('ax😀b');
  });
});

describe('encodeLiteral()', () => {
  test('writes a literal that reads back as the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => JSON.parse(encodeLiteral(text)) === text));
  });
});

describe('ByteOffsets', () => {
  test('agrees with the UTF-8 length of each prefix', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.constantFrom(0, 1, 40),
        fc.nat(),
        (piece, times, where) => {
          const text = `a${'é😀'.repeat(times * 20)}${piece}`;
          let at = where % (text.length + 1);
          if (insidePair(text, at)) at -= 1;
          expect(new ByteOffsets(text, Buffer.byteLength(text)).at(at)).toBe(Buffer.byteLength(text.slice(0, at)));
        },
      ),
    );
  });
});
