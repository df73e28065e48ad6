import { readFileSync } from 'node:fs';
import type { Checkpoint, Finding, Role } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInspector } from '../engine/create-inspector.ts';
import { CONTENT_TYPES } from './content-types.ts';
import { contentDetector } from './detector.ts';
import { CONCEPTS } from './lexicon.ts';
import { readingOf } from './reading.ts';
import { segmented } from './spelling.ts';
import { contentHits, windowsIn } from './trigger-gate.ts';
import { isTrigger } from './trigger-words.ts';
import tuning from './tuning.json' with { type: 'json' };

interface Pair {
  readonly type: string;
  readonly hit: string;
  readonly safe: string;
}

const pairs = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Pair => JSON.parse(line));
const inspector = createInspector({ detectors: [contentDetector], fingerprint: (value) => value });
/** Where the starter policies flag. */
const FLAGGED = 0.5;

function findings(text: string, point: Checkpoint = 'input', role: Role = 'user'): readonly Finding[] {
  return inspector.inspect(text, { point, origin: { role, field: 'content' } }).findings;
}

function scoreOf(text: string, type: string): number {
  return findings(text).find((finding) => finding.type === type)?.score ?? 0;
}

function conceptsIn(text: string): readonly string[] {
  return readingOf(text, 0, text.length).mentions.map(({ concept }) => CONCEPTS[concept] ?? '');
}

describe('contentDetector', () => {
  test.each(pairs)('finds $type in: $hit', ({ type, hit }) => {
    expect(scoreOf(hit, type)).toBeGreaterThanOrEqual(FLAGGED);
  });

  test.each(pairs)('flags nothing in: $safe', ({ safe }) => {
    expect(findings(safe).filter(({ score }) => score >= FLAGGED)).toEqual([]);
  });

  test('has a pair for every type', () => {
    expect([...new Set(pairs.map(({ type }) => type))].sort()).toEqual([...CONTENT_TYPES].sort());
  });

  test('judges what a model answers as it judges what a user says', () => {
    const [{ hit }] = pairs as [Pair];
    expect(findings(hit, 'output', 'assistant')).toEqual(findings(hit));
  });

  test('leaves alone what an operator wrote, which names all that is forbidden', () => {
    for (const { hit } of pairs) expect(findings(hit, 'input', 'system')).toEqual([]);
  });

  test('finds one harmful sentence in a long harmless text, and says where', () => {
    const hit = pairs.find(({ type }) => type === 'self-harm-intent')?.hit ?? '';
    const text = `${calm}${hit} ${calm}`;
    const found = findings(text).find(({ type }) => type === 'self-harm-intent');
    expect(found?.score).toBeGreaterThanOrEqual(FLAGGED);
    expect(text.slice(found?.span.start, found?.span.end)).toContain('kill myself');
    expect((found?.span.end ?? 0) - (found?.span.start ?? 0)).toBeLessThan(200);
  });

  test('never throws, and stays within the text, whatever it is', () => {
    const bits = [
      'kill',
      ' you',
      ' women',
      '"',
      '. ',
      ' n',
      'o',
      't',
      ' b',
      '*',
      '12',
      ' year old',
      '死',
      ' sex',
      '\u0301',
      '\n',
    ];
    const piece = fc.oneof(fc.constantFrom(...bits), fc.string({ unit: 'binary', maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        for (const { span, score } of findings(text)) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.start).toBeLessThan(span.end);
          expect(span.end).toBeLessThanOrEqual(text.length);
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThan(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('readingOf()', () => {
  test.each([
    ['h4te', 'hate'],
    ['h a t e', 'hate'],
    ['haaaaate', 'hate'],
    ['Ihatewomen', 'group'],
    ['wmoen', 'group'],
    ['f*ck', 'profanity'],
    ['b@stard', 'insult'],
  ])('reads %s as what it stands for', (text, concept) => {
    expect(conceptsIn(text)).toContain(concept);
  });

  test('tells apart what is said, what is denied and what is quoted', () => {
    const standingOf = (text: string) => {
      const { mentions } = readingOf(text, 0, text.length);
      return mentions.find(({ concept }) => CONCEPTS[concept] === 'dehumanise')?.standing;
    };
    expect(standingOf('women are vermin')).toBe(0);
    expect(standingOf('women are not vermin')).toBe(1);
    expect(standingOf('he said "women are vermin" to me')).toBe(2);
    expect(standingOf('not now. women are vermin')).toBe(0);
  });

  test.each([
    ['a 12-year-old', 'minor-age'],
    ['aged 17', 'minor-age'],
    ['18 years old', 'adult-age'],
    ['35yo', 'adult-age'],
  ])('reads the age in: %s', (text, concept) => {
    expect(conceptsIn(text)).toContain(concept);
  });

  test('takes no number for an age that is none', () => {
    expect(conceptsIn('room 12, 0 years, 1999 year')).not.toContain('minor-age');
  });
});

const calm = 'The train leaves at nine and the table by the window is laid for lunch. '.repeat(40);

describe('windowsIn()', () => {
  const windows = (text: string) => windowsIn(text, contentHits(text));

  test('reads nothing where no word weighs', () => {
    expect(windows(calm)).toEqual([]);
  });

  test('reads around a word that weighs, however far in', () => {
    const [window, ...others] = windows(`${calm}suicide ${calm}`);
    expect(others).toEqual([]);
    expect(window?.start).toBe(calm.length - 280);
    expect(window?.end).toBe(calm.length + 'suicide'.length + 320);
  });

  test.each(['women', 'kill', 'problem', 'animals'])(
    'reads nothing for `%s` alone, of which texts are full',
    (word) => {
      expect(windows(`${calm}${word} ${calm}`)).toEqual([]);
      expect(windows(`${calm}${`${word} `.repeat(9)}${calm}`)).toEqual([]);
    },
  );

  test.each(['women are animals', 'they kill women', 'vermin, all those women'])('reads where two meet: %s', (said) => {
    expect(windows(`${calm}${said} ${calm}`)).toHaveLength(1);
  });

  test('takes no word for another that it is part of', () => {
    for (const word of ['assign', 'rather', 'method', 'skill']) expect(windows(`${calm}${word} ${calm}`)).toEqual([]);
  });

  test.each(['f*ck', 'sh1t', 'v3rmin', 's u i c i d e'])('reads around a disguised word: %s', (word) => {
    expect(windows(`${calm}${word} ${calm}`)).toHaveLength(1);
  });

  test('every trigger is a concept of the lexicon', () => {
    expect(tuning.triggers.filter((concept) => !CONCEPTS.includes(concept))).toEqual([]);
    expect(CONCEPTS.filter((_, at) => isTrigger(at)).length).toBe(tuning.triggers.length);
  });
});

describe('segmented()', () => {
  test('cuts what was written together, and nothing else', () => {
    expect(segmented('ihatewomen')).toEqual(['i', 'hate', 'women']);
    expect(segmented('refrigerator')).toBeUndefined();
  });
});
