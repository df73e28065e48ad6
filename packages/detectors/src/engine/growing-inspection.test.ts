import type { Detector, Finding, InspectorQuestion } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../catalogue.ts';
import { createInspector } from './create-inspector.ts';
import { MAX_HELD_CHARS, MAX_WHOLE_CHARS } from './growing-inspection.ts';
import { SAMPLES } from './testing/sample-detectors.ts';

const QUESTION: InspectorQuestion = { point: 'output', origin: { role: 'assistant', field: 'content' } };
const fingerprint = (value: string) => Buffer.from(value).toString('hex').slice(0, 32);
/** A clock that stands still: how much is read at a time must not depend on how busy the machine is. */
const nowMs = () => 0;
const inspector = createInspector({ detectors: SAMPLES, fingerprint, nowMs });

const base64 = (text: string) => Buffer.from(text).toString('base64');
const tags = (text: string) => [...text].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('');

/** Pieces that match, that nearly match, that hide a match, and what stands between. */
const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ' ',
      '\n',
      '. ',
      'the quick brown fox ',
      'is ',
      'a',
      'be ad ',
      '&',
      '%',
      '\\',
      '=',
      '12 ',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'joe@example.com',
      'ann.lee@mail.com ',
      '12345678',
      '1234567',
      '123456789',
      'secret: hunter2',
      'secret key = abcd',
      '![x](http://e.com/q)',
      '![',
      'secret',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'jo\u200be@example.com',
      'joe&#64;example.com',
      'joe%40example.com',
      '%256Aoe@mail.com',
      's\u0435cret: hunter2',
      '\uff4aoe@mail.com',
      'привет ',
      '漢字',
      'e\u0301',
      '\u0301',
      '\ud83d\ude00',
      '\u00a0',
      '\u200d',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['mail joe@example.com and more', 'the secret: hunter2 is here'].flatMap((text) => [
        base64(text),
        Buffer.from(text).toString('hex'),
        base64(base64(text)),
        base64(text).replace(/(.{20})/g, '$1\n'),
      ]),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      tags('joe@example.com'),
      [...Buffer.from('joe@example.com')].map((byte) => byte.toString(16)).join(' '),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
);
const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
const filler = fc.constantFrom('', 'lorem ipsum dolor sit amet '.repeat(60), 'x y z '.repeat(200));
const streamed = fc.tuple(text, filler, text).map((parts) => parts.join(''));

function chunksOf(whole: string, sizes: readonly number[]): string[] {
  const chunks: string[] = [];
  for (let at = 0, i = 0; at < whole.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(whole.slice(at, at + size));
    at += size;
  }
  return chunks;
}

interface Streamed {
  readonly findings: readonly Finding[];
  /** Findings that begin in text that was clear before they were returned. */
  readonly late: readonly Finding[];
}

function inspectStream(chunks: readonly string[], by = inspector): Streamed {
  const stream = by.stream(QUESTION);
  const findings: Finding[] = [];
  const late: Finding[] = [];
  let clearTo = 0;
  for (const step of [...chunks.map((chunk) => () => stream.push(chunk)), () => stream.end()]) {
    const advance = step();
    findings.push(...advance.findings);
    late.push(...advance.findings.filter(({ span }) => span.start < clearTo));
    expect(advance.clearTo).toBeGreaterThanOrEqual(clearTo);
    clearTo = advance.clearTo;
  }
  expect(clearTo).toBe(chunks.join('').length);
  return { findings: findings.sort((a, b) => a.span.start - b.span.start || compare(a, b)), late };
}

function compare(a: Finding, b: Finding): number {
  return b.span.end - a.span.end || (a.type < b.type ? -1 : 1);
}

/** Reports every `needle` in what it is shown, by its place there. */
function needleDetector(reach: Detector['reach'], rest: Partial<Detector> = {}): Detector {
  return {
    id: reach.kind,
    version: '1',
    types: ['needle'],
    points: ['output'],
    cache: 'content',
    reach,
    triggers: [],
    inspect: ({ raw }) => ({
      status: 'inspected',
      findings: [...raw.matchAll(/needle/g)].map(({ index }) => ({
        detector: reach.kind,
        category: 'custom',
        type: 'needle',
        score: 1,
        span: { start: index, end: index + 6 },
        via: [],
        fingerprint: '',
      })),
    }),
    ...rest,
  };
}

const LOCAL = { kind: 'local', maxMatchChars: 6, lookaheadChars: 0, lookbehindChars: 0 } as const;

/** On a clock that stands still: what took long to read is not read again at once. */
function streamOf(detector: Detector) {
  return createInspector({ detectors: [detector], fingerprint, nowMs: () => 0 }).stream(QUESTION);
}

describe('InspectedStream', () => {
  it('finds in every chunking what inspect() finds in the whole, and clears nothing that it finds later', () => {
    fc.assert(
      fc.property(
        streamed,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
        (whole, sizes) => {
          const { findings, late } = inspectStream(chunksOf(whole, sizes));
          expect(findings).toEqual(inspector.inspect(whole, QUESTION).findings);
          expect(late).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('finds the same when every unit comes alone', () => {
    fc.assert(
      fc.property(streamed, (whole) => {
        const { findings, late } = inspectStream(chunksOf(whole, [1]));
        expect(findings).toEqual(inspector.inspect(whole, QUESTION).findings);
        expect(late).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });

  it('finds the same with the built-in detectors', () => {
    const catalogue = createCatalogue().filter(({ reach }) => reach.kind === 'local');
    const builtIn = createInspector({ detectors: catalogue, fingerprint, nowMs });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(streamed, sizes, (whole, lengths) => {
        const { findings, late } = inspectStream(chunksOf(whole, lengths), builtIn);
        expect(findings).toEqual(builtIn.inspect(whole, QUESTION).findings);
        expect(late).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('clears plain words as soon as the next one begins', () => {
    const stream = inspector.stream(QUESTION);
    expect(stream.push('It rained. ').clearTo).toBe(11);
    expect(stream.push('The').clearTo).toBe(11);
    expect(stream.push(' quick ').clearTo).toBe(21);
    expect(stream.push('').clearTo).toBe(21);
  });

  it('holds what may still become a match, and lets it go when it does not', () => {
    const stream = inspector.stream(QUESTION);
    expect(stream.push('write to joe').clearTo).toBe(9);
    expect(stream.push('@example').clearTo).toBe(9);
    expect(stream.push('.org or ')).toEqual({ findings: [], clearTo: 28 });
  });

  it('returns a match once nothing can change it any more, and never again', () => {
    const stream = inspector.stream(QUESTION);
    expect(stream.push('joe@example.com').findings).toEqual([]);
    expect(stream.push(' ').findings.map(({ span }) => span)).toEqual([{ start: 0, end: 15 }]);
    expect(stream.push('and more text ').findings).toEqual([]);
    expect(stream.end()).toEqual({ findings: [], clearTo: 30 });
  });

  it('is empty when nothing was said', () => {
    expect(inspector.stream(QUESTION).end()).toEqual({ findings: [], clearTo: 0 });
  });

  it('does not wait for a detector that cannot say what is pending, and still returns what it finds', () => {
    const stream = streamOf(needleDetector(LOCAL));
    expect(stream.push('a need').clearTo).toBe(6);
    expect(stream.push('le and a haystack').findings.map(({ span }) => span)).toEqual([{ start: 2, end: 8 }]);
  });

  it('runs a windowed detector whenever the text grew by its stride, and reports a match once', () => {
    const stream = streamOf(needleDetector({ kind: 'window', windowChars: 40, strideChars: 20 }));
    const findings = [];
    for (const chunk of chunksOf(`${'hay '.repeat(8)}needle ${'hay '.repeat(40)}needle`, [5])) {
      findings.push(...stream.push(chunk).findings);
    }
    expect(findings.map(({ span }) => span.start)).toEqual([32]);
    expect(stream.end().findings.map(({ span }) => span.start)).toEqual([199]);
  });

  it('runs a detector that needs everything at the end, and says before that it did not run', () => {
    const stream = streamOf(needleDetector({ kind: 'whole' }));
    expect(stream.push('a needle in the hay. ')).toEqual({ findings: [], clearTo: 21 });
    expect(stream.lines).toEqual([
      { detector: 'whole', version: '1', segments: 1, status: 'skipped', reason: 'stream-not-ended' },
    ]);
    expect(stream.end().findings.map(({ span }) => span.start)).toEqual([2]);
    expect(stream.lines).toEqual([{ detector: 'whole', version: '1', segments: 1, status: 'inspected' }]);
  });

  it('skips a detector that needs everything when there is too much, and says so', () => {
    const stream = streamOf(needleDetector({ kind: 'whole' }));
    stream.push('a needle in the hay. ');
    stream.push('hay '.repeat(MAX_WHOLE_CHARS / 4));
    expect(stream.end().findings).toEqual([]);
    expect(stream.lines).toMatchObject([{ status: 'abstained', reason: 'length' }]);
  });

  it('goes on without a detector that fails, and says so', () => {
    const inspect = () => {
      throw new Error('quotes the text');
    };
    const pendingFrom = () => Number.NaN;
    for (const rest of [{ inspect }, { pendingFrom }]) {
      const stream = streamOf(needleDetector(LOCAL, rest));
      stream.push('a needle in the hay. ');
      expect(stream.push('and more ').clearTo).toBe(30);
      expect(stream.lines).toEqual([
        { detector: 'local', version: '1', segments: 1, status: 'failed', reason: 'detector-threw' },
      ]);
    }
  });

  it('stops a detector when its budget is spent, and says so', () => {
    let now = 0;
    const slow = needleDetector(LOCAL, {
      id: 'slow',
      inspect: () => {
        now += 50;
        return { status: 'inspected', findings: [] };
      },
    });
    const detectors = [slow, needleDetector(LOCAL)];
    const budgeted = createInspector({ detectors, fingerprint, budgets: { callMs: 40 }, nowMs: () => now });
    const stream = budgeted.stream(QUESTION);
    stream.push('a needle in the hay. ');
    expect(stream.lines.map(({ status }) => status)).toEqual(['inspected', 'timed-out']);
  });

  it('holds back so much and no more, and says when it had to let go', () => {
    const stream = streamOf(needleDetector(LOCAL, { pendingFrom: () => 0 }));
    let { clearTo } = stream.push('hay '.repeat(MAX_HELD_CHARS / 4));
    expect(clearTo).toBe(0);
    ({ clearTo } = stream.push('hay '.repeat(MAX_HELD_CHARS / 16)));
    expect(clearTo).toBe(0.75 * MAX_HELD_CHARS);
    expect(stream.lines).toMatchObject([{ detector: 'local' }, { detector: 'stream', reason: 'held-too-long' }]);
  });

  it('says that decoding was cut short', () => {
    const stream = inspector.stream(QUESTION);
    stream.push(`${base64(base64(base64(base64('nothing to be seen here, move on'))))} `);
    stream.end();
    expect(stream.lines.at(-1)).toMatchObject({ detector: 'decoding', status: 'abstained', reason: 'encoding' });
  });

  it('keeps up with an encoded run of any length', () => {
    const stream = inspector.stream(QUESTION);
    const run = base64(`${'nothing '.repeat(6_000)} joe@example.com ${'nothing '.repeat(6_000)}`);
    for (const chunk of chunksOf(run, [400])) stream.push(chunk);
    const { findings } = stream.end();
    expect(findings.map(({ type, via }) => [type, via])).toEqual([['mail', ['base64']]]);
  });
});
