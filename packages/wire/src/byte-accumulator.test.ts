import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteAccumulator } from './index.ts';

describe('ByteAccumulator', () => {
  test('gives back what was appended, in order, and begins again', () => {
    const runs = fc.array(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 }), { maxLength: 3 });
    fc.assert(
      fc.property(runs, (lists) => {
        const accumulator = new ByteAccumulator();
        for (const list of lists) {
          for (const piece of list) accumulator.append(piece);
          const whole = Buffer.concat(list);
          expect(accumulator.length).toBe(whole.length);
          expect(whole.equals(accumulator.take())).toBe(true);
          expect(accumulator.length).toBe(0);
        }
      }),
    );
  });

  test('keeps one piece as it is, and what was taken stays what it was', () => {
    const accumulator = new ByteAccumulator();
    const piece = Uint8Array.of(1, 2);
    accumulator.append(piece);
    expect(accumulator.take()).toBe(piece);
    accumulator.append(piece);
    accumulator.append(piece);
    const taken = accumulator.take();
    accumulator.append(Uint8Array.of(9));
    accumulator.append(Uint8Array.of(9));
    expect([...taken]).toEqual([1, 2, 1, 2]);
  });

  test('keeps no hold of the pieces once there are two: their buffers may be used again', () => {
    const accumulator = new ByteAccumulator();
    const network = new Uint8Array(4).fill(1);
    for (let at = 0; at < 4; at += 1) accumulator.append(network.subarray(at, at + 1));
    network.fill(7);
    expect([...accumulator.take()]).toEqual([1, 1, 1, 1]);
  });
});
