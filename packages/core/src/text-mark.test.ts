import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextMark } from './text-mark.ts';

function printOf(pieces: readonly string[]): string {
  const mark = new TextMark();
  for (const piece of pieces) mark.push(piece);
  return mark.print;
}

describe('TextMark', () => {
  it('is the same however a text is cut, and without the white space at its ends', () => {
    const pieces = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom(' ', '\n', '  a ')));
    fc.assert(
      fc.property(pieces, (cut) => {
        const text = cut.join('');
        expect(printOf(cut)).toBe(printOf([text]));
        expect(printOf([text])).toBe(printOf([text.trim()]));
      }),
    );
  });

  it('differs for texts that do', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        if (a.trim() !== b.trim()) expect(printOf([a])).not.toBe(printOf([b]));
      }),
      {
        examples: [
          ['ab', 'ba'],
          ['a b', 'ab'],
          ['{"n":1}', '{"n":2}'],
        ],
      },
    );
  });

  it('waits for 1,024 characters of white space, and takes more for text', () => {
    const gap = (chars: number) => printOf(['a', ' '.repeat(chars)]);
    expect(gap(1_024)).toBe(printOf(['a']));
    expect(gap(1_025)).not.toBe(printOf(['a']));
  });

  it('is empty without anything but white space', () => {
    const mark = new TextMark();
    mark.push(' \n');
    expect(mark.isEmpty).toBe(true);
    mark.push('a');
    expect(mark.isEmpty).toBe(false);
  });
});
