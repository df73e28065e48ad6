import { describe, expect, it } from 'vitest';
import { INTEGRITIES, type MemoryLabel, READERS } from './flow-facts.ts';
import { worseLabel } from './worse-label.ts';

const ALL: readonly MemoryLabel[] = INTEGRITIES.flatMap((integrity) =>
  (['atom', 'free'] as const).flatMap((shape) =>
    READERS.map((readers) => ({
      integrity,
      shape,
      readers,
      origin: { path: `${integrity} ${shape} ${readers}`, line: 1 },
    })),
  ),
);
const rank = ({ integrity, shape, readers }: MemoryLabel) => [
  INTEGRITIES.indexOf(integrity),
  Number(shape === 'free'),
  Number(readers === 'session'),
];

describe('worseLabel()', () => {
  it('is as bad as the worse of both in each way, and keeps the place of the first where the other is no worse', () => {
    for (const one of ALL) {
      for (const other of ALL) {
        const both = worseLabel(one, other);
        const [ofOne, ofOther] = [rank(one), rank(other)];
        expect(rank(both)).toEqual(ofOne.map((value, at) => Math.max(value, ofOther[at] ?? 0)));
        expect(both.origin).toBe((ofOther[0] ?? 0) > (ofOne[0] ?? 0) ? other.origin : one.origin);
      }
    }
  });

  it('is the same object where the other changes nothing', () => {
    for (const one of ALL) expect(worseLabel(one, { ...one, origin: { path: '', line: 2 } })).toBe(one);
  });
});
