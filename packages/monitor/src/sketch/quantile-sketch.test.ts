import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binEnd, QuantileSketch, SKETCH_ACCURACY, SKETCH_MAX_BINS } from './quantile-sketch.ts';

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

const level = fc.double({ min: 0.5, max: 5_000, noNaN: true });
const levels = fc.array(level, { minLength: 1, maxLength: 300 });

describe('QuantileSketch', () => {
  it('gives quantiles of the same rank within its accuracy', () => {
    fc.assert(
      fc.property(levels, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
        const found = sketchOf(values).quantile(share) ?? Number.NaN;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(SKETCH_ACCURACY * exact * 1.000_001);
      }),
    );
  });

  it('merged is the sketch of all values', () => {
    fc.assert(
      fc.property(levels, levels, (some, others) => {
        const merged = sketchOf(some);
        merged.merge(sketchOf(others));
        const whole = sketchOf([...some, ...others]);
        expect(merged.count).toBe(whole.count);
        expect(merged.sum).toBeCloseTo(whole.sum, 6);
        for (const share of [0, 0.5, 0.9, 1]) expect(merged.quantile(share)).toBe(whole.quantile(share));
      }),
    );
  });

  it('keeps so many bins and no more, whatever comes, and high quantiles right', () => {
    const sketch = new QuantileSketch();
    for (let power = -9; power <= 9; power += 0.005) sketch.add(10 ** power);
    expect(sketch.bytes).toBe(SKETCH_MAX_BINS * 4);
    const exact = 10 ** (-9 + 18 * 0.99);
    expect(Math.abs((sketch.quantile(0.99) ?? 0) - exact) / exact).toBeLessThan(0.03);
    sketch.add(1e300);
    sketch.add(Number.POSITIVE_INFINITY);
    expect(sketch.bytes).toBe(SKETCH_MAX_BINS * 4);
    expect(sketch.quantile(1)).toBeCloseTo(1e9, -8);
  });

  it('takes zeros, and nothing that is no amount', () => {
    const sketch = sketchOf([0, 0, 0, 8, Number.NaN, -1, Number.NEGATIVE_INFINITY]);
    expect(sketch.count).toBe(4);
    expect(sketch.sum).toBe(8);
    expect(sketch.quantile(0.5)).toBe(0);
    expect(sketch.quantile(0.99)).toBeCloseTo(8, 0);
    expect(new QuantileSketch().quantile(0.5)).toBeUndefined();
  });

  it('comes back from what was written down as it was', () => {
    fc.assert(
      fc.property(levels, fc.nat(3), (values, zeros) => {
        const sketch = sketchOf([...values, ...new Array<number>(zeros).fill(0)]);
        const written = JSON.parse(JSON.stringify(sketch.bins()));
        const back = QuantileSketch.of(written);
        expect(back.bins()).toEqual(written);
        expect([back.count, back.sum, back.quantile(0.5)]).toEqual([sketch.count, sketch.sum, sketch.quantile(0.5)]);
      }),
    );
  });

  it('says in which bin a value is, and when the lowest one holds more than its own', () => {
    const { bins, isFolded } = sketchOf([1, 20, 20]).bins();
    expect(bins.map(([, count]) => count)).toEqual([1, 2]);
    const [, [index] = [0]] = bins;
    expect(binEnd(index)).toBeGreaterThanOrEqual(20);
    expect(binEnd(index - 1)).toBeLessThan(20);
    expect(isFolded).toBe(false);
    const wide = sketchOf(Array.from({ length: SKETCH_MAX_BINS }, (_, at) => 1.02 ** at));
    expect(wide.bins().isFolded).toBe(false);
    wide.add(0.1);
    expect(wide.bins().isFolded).toBe(true);
    expect(QuantileSketch.of(wide.bins()).bins().isFolded).toBe(true);
    const risen = sketchOf(Array.from({ length: 50 }, (_, at) => 1 + at));
    risen.add(1e8);
    expect(risen.bins().isFolded).toBe(true);
  });
});
