import { readFileSync } from 'node:fs';
import type { Finding, InspectorQuestion, RequestContext } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInspector } from '../engine/create-inspector.ts';
import { contextLeakDetector } from './detector.ts';
import { condense, GRAM_CHARS, GramIndex, mayShareRun, sharedRuns } from './gram-index.ts';

interface Case extends Partial<RequestContext> {
  readonly name: string;
  readonly text: string;
  /** Types of what is found, in order and each once. */
  readonly expect: readonly string[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));

/** A clock that stands still: how much is read at a time must not depend on how busy the machine is. */
const nowMs = () => 0;
const inspector = createInspector({ detectors: [contextLeakDetector], fingerprint: (value) => value, nowMs });

function question({ instructions = [], definitions = [], canaries = [] }: Partial<RequestContext>): InspectorQuestion {
  const request = { instructions, definitions, canaries };
  return { point: 'output', origin: { role: 'assistant', field: 'content' }, request };
}

function findings(text: string, context: Partial<RequestContext>): readonly Finding[] {
  return inspector.inspect(text, question(context)).findings;
}

describe('contextLeakDetector', () => {
  test.each(cases)('finds exactly what it should in: $name', (each) => {
    const types = [...new Set(findings(each.text, each).map(({ type }) => type))];
    expect(types).toEqual(each.expect);
  });

  test('has positives for every type and near-misses', () => {
    expect([...new Set(cases.flatMap((each) => each.expect))].sort()).toEqual([...contextLeakDetector.types].sort());
    expect(cases.filter((each) => each.expect.length === 0).length).toBeGreaterThanOrEqual(7);
  });

  test('abstains where no request is at hand', () => {
    const { lines } = inspector.inspect('x', { point: 'output', origin: { role: 'assistant', field: 'content' } });
    expect(lines).toContainEqual(expect.objectContaining({ status: 'abstained', reason: 'no-request' }));
  });

  test('finds nothing in what tells a caller its own request again', () => {
    const leaking = cases.find((each) => each.expect.includes('system-prompt-leak'));
    const context = leaking ?? {};
    const text = leaking?.text ?? '';
    for (const role of ['system', 'definition', 'user'] as const) {
      const ask = { ...question(context), origin: { role, field: 'instructions' } };
      expect(inspector.inspect(text, ask).findings, role).toEqual([]);
      expect(inspector.stream(ask).push(text).clearTo, role).toBe(text.length);
    }
    expect(findings(text, context)).not.toEqual([]);
  });

  test('scores a longer leak higher', () => {
    const prompt = cases[0]?.instructions?.[0] ?? '';
    const score = (share: number) =>
      findings(prompt.slice(0, prompt.length * share), { instructions: [prompt] })[0]?.score ?? 0;
    expect(score(1)).toBeGreaterThan(score(0.4));
    expect(score(1)).toBeGreaterThan(0.8);
  });

  test('names the decodings that revealed a leak', () => {
    const encoded = cases.find(({ name }) => name === 'base64');
    expect(encoded && findings(encoded.text, encoded)[0]?.via).toEqual(['base64']);
  });

  test('finds in a stream, however it is cut, what it finds in the whole', () => {
    const withContext = cases.filter(({ text }) => text.length < 400);
    fc.assert(
      fc.property(
        fc.constantFrom(...withContext),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (each, sizes) => {
          const stream = inspector.stream(question(each));
          const found: Finding[] = [];
          const text = `Well. ${each.text} And so on, as ever.`;
          for (let at = 0; at < text.length; ) {
            const size = sizes.next().value ?? 1;
            found.push(...stream.push(text.slice(at, at + size)).findings);
            at += size;
          }
          found.push(...stream.end().findings);
          expect(found).toEqual(findings(text, each));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('holds a stream only while its end repeats the context', () => {
    const prompt = 'The vault opens at seven with the copper key of the north gate.';
    const stream = inspector.stream(question({ instructions: [prompt] }));
    const plain = 'An answer of its own words. ';
    expect(stream.push(plain).clearTo).toBe(plain.length);
    const held = stream.push('The vault opens at seven with').clearTo;
    expect(held).toBeLessThan(plain.length + 'The vault op'.length + 1);
    expect(stream.push(' cheese.').clearTo).toBe(plain.length + 'The vault opens at seven with cheese.'.length);
  });
});

describe('sharedRuns()', () => {
  test('gives every stretch of at least a gram that stands in both texts', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.string({ maxLength: 30 }), (before, after) => {
        const shared = 'the quick brown fox jumps';
        const index = new GramIndex([condense(shared)]);
        const runs = sharedRuns(condense(`${before}${shared}${after}`), [index])[0] ?? [];
        const longest = Math.max(0, ...runs.map(({ start, end }) => end - start));
        expect(longest).toBeGreaterThanOrEqual(condense(shared).length);
      }),
    );
  });

  test('is empty for an index of nothing and for texts shorter than a gram', () => {
    expect(sharedRuns(condense('anything at all'), [new GramIndex([])])).toEqual([[]]);
    const short = condense('a'.repeat(GRAM_CHARS - 1));
    expect(sharedRuns(short, [new GramIndex([short])])).toEqual([[]]);
  });
});

describe('mayShareRun()', () => {
  test('never says no to a text with a run that is long enough, whatever stands between its letters', () => {
    const context = condense('the quick brown fox jumps over the lazy dog and then goes home');
    const index = new GramIndex([context]);
    const noise = fc.constantFrom('', ' ', '-', '\n\n', '...', '*'.repeat(80));
    const shape = fc.record({
      before: fc.string({ maxLength: 90 }),
      from: fc.nat(30),
      chars: fc.integer({ min: GRAM_CHARS, max: 40 }),
      noises: fc.array(noise, { minLength: 40, maxLength: 40 }),
    });
    fc.assert(
      fc.property(shape, ({ before, from, chars, noises }) => {
        const shared = [...'thequickbrownfoxjumpsoverthelazydogandthengoeshome'].slice(from, from + chars);
        const text = before + shared.map((letter, at) => letter + (noises[at] ?? '')).join('');
        const longest = Math.max(
          0,
          ...sharedRuns(condense(text), [index])
            .flat()
            .map(({ start, end }) => end - start),
        );
        for (let fewest = GRAM_CHARS; fewest <= longest; fewest += 1) {
          expect(mayShareRun(text, [index], fewest)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('turns ordinary text away', () => {
    const index = new GramIndex([condense('You are a helpful assistant who answers questions.')]);
    const text = 'Mix flour and water, let it rest for an hour, then bake it until the crust is brown. '.repeat(20);
    expect(mayShareRun(text, [index], 20)).toBe(false);
    expect(mayShareRun(text, [index], GRAM_CHARS)).toBe(true);
  });
});
