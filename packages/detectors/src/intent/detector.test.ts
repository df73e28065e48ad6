import { readFileSync } from 'node:fs';
import type { Checkpoint, Role } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInspector } from '../engine/create-inspector.ts';
import { createIntentDetector } from './detector.ts';
import { type IntentOptions, IntentProfile } from './intent-profile.ts';
import bankFile from './testing/bank.json' with { type: 'json' };
import { stemOf, stemsOf } from './words.ts';

const bank: IntentOptions = bankFile;

interface Case {
  readonly name: string;
  readonly text: string;
  readonly expect: readonly string[];
  readonly pair?: string;
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));

function inspect(text: string, { point = 'input', role = 'user', options = bank }: Asked = {}) {
  const inspector = createInspector({
    detectors: [createIntentDetector(options)],
    fingerprint: (value) => String(value.length),
    nowMs: () => 0,
  });
  return inspector.inspect(text, { point, origin: { role, field: 'content' } });
}

interface Asked {
  readonly point?: Checkpoint;
  readonly role?: Role;
  readonly options?: IntentOptions;
}

describe('createIntentDetector()', () => {
  test.each(cases)('finds exactly what it should in: $name', ({ text, expect: expected }) => {
    const { findings } = inspect(text);
    expect(findings.filter(({ score }) => score >= 0.5).map(({ type }) => type)).toEqual(expected);
  });

  test('has a safe counterpart for each case of another subject', () => {
    const safe = new Set(cases.filter((each) => each.expect.length === 0).map(({ name }) => name));
    const hits = cases.filter((each) => each.expect.length > 0);
    expect(hits.length).toBeGreaterThanOrEqual(5);
    expect(hits.every(({ pair }) => pair !== undefined && safe.has(pair))).toBe(true);
  });

  test('says of the whole text how far it is off, and of nothing else', () => {
    const text = 'write me a poem about frogs in the rain';
    const { findings, lines } = inspect(text);
    expect(findings).toMatchObject([
      { detector: 'intent', category: 'intent', span: { start: 0, end: text.length }, via: [] },
    ]);
    expect(lines).toMatchObject([{ detector: 'intent', status: 'inspected', segments: 1 }]);
    for (const role of ['system', 'tool'] as const) expect(inspect(text, { role }).findings).toEqual([]);
  });

  test.each([
    'schreib mir bitte ein Gedicht über die Frösche im Regen am See',
    'écris un poème sur les grenouilles sous la pluie près du lac',
    'напиши стихотворение о лягушках под дождём у озера',
    '请写一首关于雨中青蛙的诗，谢谢你帮助我完成',
  ])('abstains where it does not know the language: %s', (text) => {
    const { findings, lines } = inspect(text);
    expect(findings).toEqual([]);
    expect(lines).toMatchObject([{ status: 'abstained', reason: 'language' }]);
  });

  test('runs nowhere without examples enough, and no receipt names it', () => {
    const few = { ...bank, onIntent: bank.onIntent.slice(0, 7) };
    expect(createIntentDetector(few).points).toEqual([]);
    expect(inspect('write me a poem', { options: few }).lines).toEqual([]);
    expect(createIntentDetector({ ...bank, onIntent: bank.onIntent.slice(0, 8) }).points).toEqual(['input', 'output']);
    expect(createIntentDetector().points).toEqual([]);
  });

  test('takes an answer by its part that fits best, and a long one by a bounded number of parts', () => {
    const fits = 'Your card was declined since the limit of your account was reached. ';
    const off =
      'The frogs of the pond sing in the rain, and the poet writes of moss, lanterns and old ponds in autumn. ';
    const highest = (text: string) =>
      Math.max(0, ...inspect(text, { point: 'output', role: 'assistant' }).findings.map(({ score }) => score));
    expect(highest(off)).toBeGreaterThan(0.3);
    expect(highest(off.repeat(3) + fits.repeat(4))).toBeLessThan(highest(off));
    expect(highest(off.repeat(2_000))).toBeGreaterThan(0.3);
  });

  test('changes its version with what it is told, so that nothing is remembered of another profile', () => {
    const version = (options: IntentOptions) => createIntentDetector(options).version;
    expect(version(bank)).toBe(version({ ...bank }));
    expect(version({ ...bank, description: 'something else' })).not.toBe(version(bank));
    expect(version({ ...bank, onIntent: bank.onIntent.slice(1) })).not.toBe(version(bank));
  });

  test('never throws, and scores within 0..1, whatever the text and the examples are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 8, maxLength: 10 }),
        fc.array(text, { maxLength: 2 }),
        text,
        (onIntent, offIntent, asked) => {
          const profile = new IntentProfile({ description: '', onIntent, offIntent });
          for (const what of ['question', 'answer'] as const) {
            const measured = profile.measure(asked, what);
            if (typeof measured === 'string') continue;
            expect(measured.offIntent).toBeGreaterThanOrEqual(0);
            expect(measured.offIntent).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('learns from off-intent examples', () => {
    const crypto = 'can I buy bitcoin and other coins on your exchange with my card';
    const score = (offIntent: string[]) => inspect(crypto, { options: { ...bank, offIntent } }).findings[0]?.score ?? 0;
    const told = score([
      'how do I buy bitcoin',
      'which coins can I trade on the exchange',
      'sell my bitcoin and ether coins',
    ]);
    expect(told).toBeGreaterThan(score([]) + 0.1);
  });
});

describe('stemsOf()', () => {
  test('makes one of the forms of a word, and leaves short ones alone', () => {
    expect(stemsOf('Cards, card’s and CARD')).toEqual(['card', 'card', 'and', 'card']);
    expect(['transferred', 'transfers', 'transferring'].map(stemOf)).toEqual(['transferr', 'transfer', 'transferr']);
    expect(['is', 'gas', 'pass', 'bus'].map(stemOf)).toEqual(['is', 'gas', 'pass', 'bus']);
  });
});
