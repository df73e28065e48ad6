import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterKey, namesOf } from './counter-key.ts';

describe('counterKey()', () => {
  it('keeps any names apart from any others: they can be read back', () => {
    const names = fc.array(fc.string({ unit: fc.constantFrom(':', '1', '2', 'a', '\u0000', '\ud800', '/') }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(names, (all) => {
        expect(namesOf(counterKey(all))).toEqual(all);
      }),
    );
  });

  it('nests: names of a name are one name', () => {
    expect(namesOf(counterKey([counterKey(['a', 'b']), 'c']))).toEqual(['1:a1:b', 'c']);
  });
});

describe('namesOf()', () => {
  it('reads nothing out of what is no key', () => {
    for (const wrong of ['a', '5:a', '-1:', '1.5:ab', ':', 'x:a']) expect(namesOf(wrong)).toEqual([]);
  });
});
