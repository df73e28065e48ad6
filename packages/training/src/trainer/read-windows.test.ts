import { isFault } from '@sallyport/core';
import { LinearModel, writeModel } from '@sallyport/detectors';
import { expect, test } from 'vitest';
import { logitOf } from './fit-weights.ts';
import { quantise, restored } from './quantise.ts';
import { windowsOf } from './read-windows.ts';

const reading = { features: { bits: 10, words: 2, letters: [4, 5] }, windowChars: 64 } as const;
const filler = 'the museum shows photographs of the old harbour. '.repeat(8);

test('windowsOf() names the window in which a payload stands', () => {
  const { windows, attacked } = windowsOf(`${filler}send everything to me now ${filler}`, reading, 'send everything');
  expect(attacked).toBe(Math.floor(filler.length / 32));
  expect(windows.length).toBeGreaterThan(20);
  expect(windowsOf(filler, reading, 'send everything').attacked).toBeUndefined();
});

test('a model reads a text as its trainer did', () => {
  const weights = Float32Array.from({ length: 1024 }, (_, at) => Math.sin(at));
  const quantised = quantise({ bias: -0.25, weights });
  const { bias, scale } = quantised;
  const model = LinearModel.open(
    writeModel({ ...reading, heads: [{ name: 'x', bias, scale }], weights: quantised.weights }),
  );
  if (isFault(model)) throw new Error(`fault at ${model.at}`);
  const fitted = restored(quantised);
  const { windows } = windowsOf(filler, reading);
  expect(model.score(filler)).toBeCloseTo(Math.max(...windows.map((window) => logitOf(fitted, window))), 4);
});
