import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ASCII_BYTES_MAX_CHARS, asciiBytes } from './ascii-bytes.ts';

describe('asciiBytes()', () => {
  it('gives the units of every text of ASCII alone, and nothing for any other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const bytes = asciiBytes(text);
        const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
        if (units.some((unit) => unit > 127)) expect(bytes).toBeUndefined();
        else expect([...(bytes ?? []).slice(0, text.length)]).toEqual(units);
      }),
    );
  });

  it('takes texts up to its limit, and is not misled by what does not fit', () => {
    expect(asciiBytes('a'.repeat(ASCII_BYTES_MAX_CHARS))?.[ASCII_BYTES_MAX_CHARS - 1]).toBe(97);
    expect(asciiBytes('\u20ac'.repeat(ASCII_BYTES_MAX_CHARS))).toBeUndefined();
    expect(asciiBytes('a'.repeat(ASCII_BYTES_MAX_CHARS + 1))).toBeUndefined();
  });
});
