import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountedNames, OTHER } from './counted-names.ts';

function counted(max: number, names: readonly string[]): CountedNames {
  const counts = new CountedNames(max);
  for (const name of names) counts.add(name);
  return counts;
}

const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', OTHER), { maxLength: 60 });
const sumOf = (counts: CountedNames) => counts.entries().reduce((sum, [, count]) => sum + count, 0);

describe('CountedNames', () => {
  it('counts exactly while the names fit, and never loses anything of the sum', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 8 }), (given, max) => {
        const counts = counted(max, given);
        expect(counts.size).toBeLessThanOrEqual(max);
        expect(counts.total).toBe(given.length);
        expect(sumOf(counts)).toBe(given.length);
        for (const [name, count] of counts.entries()) {
          const exact = given.filter((each) => each === name).length;
          if (max >= 6) expect(count).toBe(exact);
          else if (name !== OTHER) expect(count).toBeLessThanOrEqual(exact);
        }
      }),
    );
  });

  it('merges without losing anything of the sum', () => {
    fc.assert(
      fc.property(names, names, (some, others) => {
        const merged = counted(3, some);
        merged.merge(counted(3, others));
        expect(merged.total).toBe(some.length + others.length);
        expect(sumOf(merged)).toBe(some.length + others.length);
      }),
    );
  });

  it('lets a flood of names that come once drive out none that came often', () => {
    const counts = counted(4, ['mail', 'mail', 'mail', 'web', 'web', 'files', 'files']);
    for (let n = 0; n < 10_000; n += 1) counts.add(`flood-${n}`);
    expect(counts.entries().slice(0, 3)).toEqual([
      ['mail', 3],
      ['files', 2],
      ['web', 2],
    ]);
    expect(counts.of(OTHER)).toBe(9_999);
  });

  it('keeps a name that could pass for the others apart from nothing', () => {
    const counts = counted(2, [OTHER, 'a', 'a', 'b']);
    expect(counts.entries()).toEqual([
      ['a', 2],
      ['b', 1],
      [OTHER, 1],
    ]);
  });
});
