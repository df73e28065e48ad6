import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrequentNames } from './frequent-names.ts';

describe('FrequentNames', () => {
  it('keeps each name that makes up more than its part, whatever comes in which order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12), { maxLength: 300 }), fc.integer({ min: 1, max: 6 }), (all, max) => {
        const names = new FrequentNames(max);
        for (const each of all) names.add(`n${each}`);
        const often = [...new Set(all)].filter(
          (each) => all.filter((other) => other === each).length > all.length / (max + 1),
        );
        expect(names.names()).toEqual(expect.arrayContaining(often.map((each) => `n${each}`)));
        expect(names.names().length).toBeLessThanOrEqual(max);
        expect(names.isWhole).toBe(new Set(all).size <= max);
      }),
    );
  });

  it('names those that came most first', () => {
    const names = new FrequentNames(3);
    for (const name of ['b', 'a', 'c', 'c']) names.add(name);
    expect(names.names()).toEqual(['c', 'a', 'b']);
  });
});
