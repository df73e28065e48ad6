import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply } from './call-lane.ts';
import { PlaceholderTable } from './placeholders.ts';
import { RestoredText } from './restored-text.ts';

function table(): PlaceholderTable {
  const placeholders = new PlaceholderTable();
  placeholders.place('email', 'f1', 'ada@example.org');
  placeholders.place('iban', 'f2', 'X');
  return placeholders;
}

describe('RestoredText', () => {
  it('`push()` gives the same reading at every chunking, and maps every offset into the wire text', () => {
    const part = fc.constantFrom('[EMAIL_1]', '[IBAN_1]', '[=IBAN_1]', 'word ', '[', 'E', '[EMAIL_', '1]', '😀');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), fc.array(fc.nat(80), { maxLength: 10 }), (parts, cuts) => {
        const wire = parts.join('');
        const whole = new RestoredText(table());
        const expected = whole.push(wire) + whole.end();
        const split = new RestoredText(table());
        const points = [0, ...[...cuts].sort((a, b) => a - b).filter((cut) => cut < wire.length), wire.length];
        let got = '';
        for (let at = 1; at < points.length; at += 1) got += split.push(wire.slice(points[at - 1], points[at]));
        got += split.end();
        expect(got).toBe(expected);
        let last = 0;
        for (let offset = 0; offset <= got.length; offset += 1) {
          const mapped = split.toWire(offset);
          expect(mapped).toBeGreaterThanOrEqual(last);
          expect(mapped).toBeLessThanOrEqual(wire.length);
          last = mapped;
        }
        expect(split.toWire(got.length)).toBe(wire.length);
        // What a wire offset leads to leads back to it, but for an offset within a placeholder, which leads to its start.
        for (let offset = 0; offset <= wire.length; offset += 1) {
          const restored = split.toRestored(offset);
          expect(restored).toBeLessThanOrEqual(got.length);
          expect(split.toWire(restored)).toBeLessThanOrEqual(offset);
          expect(split.toRestored(split.toWire(restored))).toBe(restored);
        }
        const edits = split.restores({ start: 0, end: wire.length }, () => true);
        expect(apply(wire, edits)).toBe(expected);
      }),
    );
  });

  it('`toWire()` never clears half of a placeholder', () => {
    const text = new RestoredText(table());
    expect(text.push('to [EMAIL_1].')).toBe('to ada@example.org.');
    expect(text.toWire(3)).toBe(3);
    expect(text.toWire(8)).toBe(3);
    expect(text.toWire(18)).toBe(12);
    expect(text.spanToWire({ start: 5, end: 9 })).toEqual({ start: 3, end: 12 });
  });

  it('`toRestored()` leads to where a text begins, and within a placeholder to the start of its value', () => {
    const text = new RestoredText(table());
    text.push('to [EMAIL_1].');
    expect([3, 7, 12, 13].map((offset) => text.toRestored(offset))).toEqual([3, 3, 18, 19]);
  });

  it('`restores()` leaves a placeholder where its sink is not allowed, and always undoes escapes', () => {
    const text = new RestoredText(table());
    text.push('[EMAIL_1] [=EMAIL_1]');
    expect(text.restores({ start: 0, end: 99 }, () => false)).toEqual([{ start: 10, end: 20, text: '[EMAIL_1]' }]);
  });
});
