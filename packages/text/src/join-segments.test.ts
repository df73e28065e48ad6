import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinSegments } from './join-segments.ts';

it('joinSegments() leaves nothing between the parts', () => {
  expect(joinSegments(['ig', '', 'nore']).text).toBe('ignore');
});

it('joinSegments() maps any range back to the parts that it covers', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 6 })), fc.nat(), fc.nat(), (texts, a, b) => {
      const joined = joinSegments(texts);
      const [start = 0, end = 0] = [a, b].map((n) => n % (joined.text.length + 1)).sort((x, y) => x - y);
      const parts = joined.toParts(start, end);
      const covered = parts.map((span) => texts[span.part]?.slice(span.start, span.end) ?? '');
      expect(covered.join('')).toBe(joined.text.slice(start, end));
      expect(covered).not.toContain('');
    }),
  );
});
