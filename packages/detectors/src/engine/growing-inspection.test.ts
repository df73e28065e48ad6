import type { Detector, Finding, InspectorQuestion } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInspector } from './create-inspector.ts';
import { MAX_HELD_CHARS, MAX_WHOLE_CHARS } from './growing-inspection.ts';
import { SAMPLES } from './testing/sample-detectors.ts';

const QUESTION: InspectorQuestion = { point: 'output', origin: { role: 'assistant', field: 'content' } };
const fingerprint = (value: string) => Buffer.from(value).toString('hex').slice(0, 32);
const inspector = createInspector({ detectors: SAMPLES, fingerprint });

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

function tailDetector(reach: Detector['reach'], inspect: Detector['inspect']): Detector {
  return {
    id: 'tail',
    version: '1',
    types: ['tail'],
    points: ['output'],
    cache: 'content',
    reach,
    triggers: [],
    inspect,
  };
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
      { numRuns: 1000 },
    );
  });

  it('finds the same when every unit comes alone', () => {
    fc.assert(
      fc.property(streamed, (whole) => {
        const { findings, late } = inspectStream(chunksOf(whole, [1]));
        expect(findings).toEqual(inspector.inspect(whole, QUESTION).findings);
        expect(late).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
