import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import safeRegex from 'safe-regex2';
import { describe, expect, test } from 'vitest';
import { subjectOf, unsoundCuts } from '../matches/fixtures/subject-of.ts';
import { SECRET_RULES, secretsDetector } from './detector.ts';
import type { Rule } from './rule.ts';

interface Case {
  readonly name: string;
  readonly parts: readonly string[];
  readonly expect: readonly { readonly type: string; readonly from: number; readonly to: number }[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));
const texts = cases.map(({ parts }) => parts.join(''));
const subject = subjectOf(secretsDetector);

function offsetsOf(text: string, word: string): readonly number[] {
  const offsets: number[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) offsets.push(at);
  return offsets;
}

describe('secretsDetector', () => {
  test.each(cases)('finds exactly what it should in: $name', ({ parts, expect: expected }) => {
    const found = subject.inspect(parts.join('')).map(({ type, span }) => ({ type, ...span }));
    const offset = (part: number) => parts.slice(0, part).join('').length;
    expect(found).toEqual(expected.map(({ type, from, to }) => ({ type, start: offset(from), end: offset(to) })));
  });

  test('has a positive case for every type', () => {
    const covered = new Set(cases.flatMap((each) => each.expect.map(({ type }) => type)));
    expect(secretsDetector.types.filter((type) => !covered.has(type))).toEqual([]);
  });

  test('`pendingFrom()` never lets a later match begin in what it released', () => {
    expect(texts.flatMap((text) => unsoundCuts(subject, text).slice(0, 1))).toEqual([]);
  }, 60_000);

  test('`pendingFrom()` never lets a match slip when cases stand side by side', () => {
    const short = fc.constantFrom(...texts.filter((text) => text.length < 160));
    const pieces = fc.tuple(short, fc.constantFrom('', ' ', '\n', '="', ': '), short);
    fc.assert(
      fc.property(pieces, ([first, between, second]) => {
        expect(unsoundCuts(subject, `${first}${between}${second}`).slice(0, 1)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('`pendingFrom()` holds at most the beginning of a word of ordinary text', () => {
    const held = 'The committee met on Tuesday and asked for a desk-based review of the risk. '
      .split(' ')
      .map((word) => {
        const text = `We saw that ${word}`;
        return text.length - subject.pendingFrom(text);
      });
    expect(Math.max(...held)).toBeLessThanOrEqual(6);
  });

  test('spans stay within the text, in order and apart, whatever the text', () => {
    const pieces = fc.oneof(
      fc.constantFrom(...texts),
      fc.constantFrom(...SECRET_RULES.flatMap(({ keywords }) => keywords)),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (chunks) => {
        const text = chunks.join('');
        let last = 0;
        for (const { span, score } of subject.inspect(text)) {
          expect(span.start).toBeGreaterThanOrEqual(last);
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
          expect(score > 0 && score <= 1).toBe(true);
          last = span.end;
        }
        const pending = subject.pendingFrom(text);
        expect(pending >= 0 && pending <= text.length).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test('cases.jsonl itself looks like no secret to a scanner', () => {
  const raw = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8');
  expect(subject.inspect(raw).map(({ type, span }) => `${type} at ${span.start}`)).toEqual([]);
});

describe('rules', () => {
  const triesOf = (rule: Rule) =>
    texts.flatMap((text) => {
      const lower = text.toLowerCase();
      const hits = rule.keywords.flatMap((word) => offsetsOf(lower, word.toLowerCase()));
      return hits.length === 0 ? [] : [hits.some((hit) => rule.match(text, hit) !== undefined)];
    });

  test('every rule has a case that it finds, and one with its keyword that it leaves alone', () => {
    const lacking = SECRET_RULES.filter((rule) => !triesOf(rule).includes(true) || !triesOf(rule).includes(false));
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  test('there are at least 120', () => {
    expect(SECRET_RULES.length).toBeGreaterThanOrEqual(120);
  });

  test('every expression passes the linter for catastrophic backtracking', () => {
    const unsafe = SECRET_RULES.flatMap(({ patterns }) => patterns).filter(
      (pattern) => !safeRegex(pattern, { limit: 40 }),
    );
    expect(unsafe.map(String)).toEqual([]);
  });

  test('every name is unique and every rule has a keyword', () => {
    expect(new Set(SECRET_RULES.map(({ name }) => name)).size).toBe(SECRET_RULES.length);
    expect(SECRET_RULES.filter(({ keywords }) => keywords.length === 0)).toEqual([]);
  });
});
