import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FeatureOptions, forEachFeature } from './features.ts';
import { LinearModel } from './linear-model.ts';
import { type LinearWeights, readModel, writeModel } from './model-file.ts';

const FEATURES: FeatureOptions = { bits: 12, words: 2, letters: [3, 4] };
const LINE = { slope: 2, offset: -1 };

function weightsWith(change: Partial<LinearWeights> = {}): LinearWeights {
  const heads = [
    { name: 'one', bias: -1, scale: 0.01, calibration: { latin: LINE, cjk: LINE, other: LINE } },
    { name: 'two', bias: 0.5, scale: 0.02 },
  ];
  const weights = Int8Array.from({ length: 4096 * 2 }, (_, at) => ((at * 37) % 255) - 127);
  return { features: FEATURES, windowChars: 0, heads, weights, ...change };
}

function opened(weights: LinearWeights): LinearModel {
  const model = LinearModel.open(writeModel(weights));
  if (isFault(model)) throw new Error(`fault at ${model.at}`);
  return model;
}

/** The sum that a model stands for, as its definition says it. */
function plainLogit(text: string, { heads, weights }: LinearWeights, head: number): number {
  let sum = 0;
  let count = 0;
  forEachFeature(text, FEATURES, (bucket) => {
    sum += weights[bucket * heads.length + head] ?? 0;
    count += 1;
  });
  const { bias = 0, scale = 0 } = heads[head] ?? {};
  return bias + (sum * scale) / Math.sqrt(Math.max(1, count));
}

describe('LinearModel', () => {
  test('scores as its definition says, whatever it was asked before', () => {
    const weights = weightsWith();
    const model = opened(weights);
    const word = fc.oneof(fc.constantFrom('ignore', 'the', 'rules', '12', '规', 'Straße'), fc.string({ maxLength: 9 }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        const text = words.join(' ');
        const [one, two] = model.strongest(text);
        expect(one?.logit).toBeCloseTo(plainLogit(text, weights, 0), 9);
        expect(two?.logit).toBeCloseTo(plainLogit(text, weights, 1), 9);
      }),
    );
  });

  test('finds the window that says most in a long text, and nothing around it weakens it', () => {
    const heads = [{ name: 'one', bias: -2, scale: 0.1 }];
    const weights = new Int8Array(4096);
    forEachFeature('forbidden', FEATURES, (bucket) => {
      weights[bucket] = 100;
    });
    const model = opened({ features: FEATURES, windowChars: 64, heads, weights });
    const filler = 'mild weather in may '.repeat(400);
    const [window] = model.strongest(`${filler}forbidden ${filler}`);
    expect(window?.start).toBeLessThanOrEqual(filler.length);
    expect(window?.end).toBeGreaterThan(filler.length);
    expect((window?.end ?? 0) - (window?.start ?? 0)).toBeLessThanOrEqual(64);
    expect(model.score(`${filler}forbidden ${filler}`)).toBeGreaterThan(model.score(filler) + 1);
  });

  test('says its bias of a text without words', () => {
    expect(
      opened(weightsWith())
        .strongest('')
        .map(({ logit }) => logit),
    ).toEqual([-1, 0.5]);
    expect(opened(weightsWith({ windowChars: 16 })).score('... --- ...')).toBe(-1);
  });

  test('names its file by a digest', () => {
    expect(opened(weightsWith()).digest).toMatch(/^[0-9a-f]{64}$/);
    expect(opened(weightsWith()).digest).not.toBe(opened(weightsWith({ windowChars: 16 })).digest);
  });
});

describe('readModel()', () => {
  const bytes = writeModel(weightsWith());

  test('reads what writeModel() wrote', () => {
    expect(readModel(bytes)).toEqual(weightsWith());
    expect(writeModel(weightsWith())).toEqual(bytes);
  });

  test('takes no file that is cut or too long', () => {
    for (let length = 0; length < 600; length += 1) expect(isFault(readModel(bytes.subarray(0, length)))).toBe(true);
    expect(isFault(readModel(bytes.subarray(0, bytes.length - 1)))).toBe(true);
    expect(isFault(readModel(Buffer.concat([bytes, Buffer.of(0)])))).toBe(true);
  });

  test('yields a fault or a model of the size that it states, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        const read = readModel(changed);
        if (!isFault(read)) expect(read.weights.length).toBe(2 ** read.features.bits * read.heads.length);
      }),
    );
  });

  const HEAD = { name: 'x', bias: 0, scale: 1 };
  const RIGHT = { features: { bits: 12, words: 2 }, windowChars: 0, heads: [HEAD] };

  test.each([
    ['more buckets than memory should hold', { features: { bits: 30, words: 2 } }],
    ['a window that cannot be halved', { windowChars: 15 }],
    ['no head', { heads: [] }],
    ['a scale of nothing', { heads: [{ ...HEAD, scale: 0 }] }],
    ['a bias beyond all training', { heads: [{ ...HEAD, bias: 1e300 }] }],
    ['letters in the wrong order', { features: { bits: 12, words: 2, letters: [5, 3] } }],
    ['three words', { features: { bits: 12, words: 3 } }],
    ['half a calibration', { heads: [{ ...HEAD, calibration: { latin: LINE } }] }],
  ])('refuses a header with %s', (_name, wrong) => {
    const header = Buffer.from(JSON.stringify({ ...RIGHT, ...wrong }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(header.length);
    const file = Buffer.concat([bytes.subarray(0, 8), length, header, Buffer.alloc(4096)]);
    expect(readModel(file)).toEqual({ fault: 'MODEL_INVALID', at: '12' });
  });
});
