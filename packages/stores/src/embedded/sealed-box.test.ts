import { SallyportError } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSealedBox } from './sealed-box.ts';

const box = createSealedBox(Buffer.alloc(32, 1));

describe('createSealedBox()', () => {
  it('opens what it sealed, and seals nothing twice alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, label) => {
        const sealed = box.seal(text, label);
        expect(box.open(sealed, label)).toBe(text);
        expect(Buffer.from(box.seal(text, label)).equals(sealed)).toBe(false);
      }),
    );
  });

  it('opens nothing that was changed, cut, moved to another label or sealed under another key', () => {
    const sealed = box.seal('a needle', 'one');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(() => box.open(changed, 'one')).toThrow(SallyportError);
      expect(() => box.open(sealed.subarray(0, at), 'one')).toThrow(SallyportError);
    }
    expect(() => box.open(sealed, 'two')).toThrow(SallyportError);
    expect(() => createSealedBox(Buffer.alloc(32, 2)).open(sealed, 'one')).toThrow(SallyportError);
  });
});
