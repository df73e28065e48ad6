import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import safeRegex from 'safe-regex2';
import { describe, expect, test } from 'vitest';
import { subjectOf, unsoundCuts } from '../matches/fixtures/subject-of.ts';
import { personalDataDetector } from './detector.ts';
import labelled from './labelled.json' with { type: 'json' };
import plans from './phone-plans.json' with { type: 'json' };

interface Case {
  readonly name: string;
  readonly text: string;
  readonly expect: readonly { readonly type: string; readonly match: string }[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));
const texts = cases.map(({ text }) => text);
const subject = subjectOf(personalDataDetector);

function found(text: string): { type: string; match: string }[] {
  return subject.inspect(text).map(({ type, span }) => ({ type, match: text.slice(span.start, span.end) }));
}

test('every expression passes the linter for catastrophic backtracking', () => {
  const sources = [...plans.shapes, ...plans.notPhones, plans.trunkShape, ...plans.plans.map(({ starts }) => starts)];
  expect(sources.filter((source) => !safeRegex(source))).toEqual([]);
});

test('no expression of the labelled values repeats without a bound', () => {
  const sources = [...Object.values(labelled.parts), ...labelled.rows.flatMap(({ value, open }) => [value, open])];
  const unbounded = (source: string) => /[*+]|,\}/.test(source.replace(/\\.|\[(?:\\.|[^\]])*\]/g, 'x'));
  expect(sources.filter(unbounded)).toEqual([]);
  expect(['a+', '[a]*', 'a{2,}'].filter(unbounded)).toHaveLength(3);
});

describe('personalDataDetector', () => {
  test.each(cases)('finds exactly what it should in: $name', ({ text, expect: expected }) => {
    expect(found(text)).toEqual(expected);
  });

  test('has a positive and a near-miss for every type', () => {
    const positive = new Set(cases.flatMap((each) => each.expect.map(({ type }) => type)));
    expect([...positive].sort()).toEqual(personalDataDetector.types);
    expect(cases.filter((each) => each.expect.length === 0).length).toBeGreaterThan(40);
  });

  test('`pendingFrom()` never lets a later match begin in what it released', () => {
    expect(texts.flatMap((text) => unsoundCuts(subject, text).slice(0, 1))).toEqual([]);
  }, 60_000);

  test('`pendingFrom()` holds a match that one which is being written may take the place of', () => {
    const text = "driver's license number is A56319335CONTACT ADA@EXAMPLE.COM NOW";
    expect(unsoundCuts(subject, text)).toEqual([]);
    expect(subject.pendingFrom(text.slice(0, 48))).toBe(27);
  });

  test('`pendingFrom()` never lets a match slip when cases stand side by side', () => {
    const pieces = fc.tuple(
      fc.constantFrom(...texts),
      fc.constantFrom('', ' ', ', ', '\n', '- '),
      fc.constantFrom(...texts),
    );
    fc.assert(
      fc.property(pieces, ([first, between, second]) => {
        expect(unsoundCuts(subject, `${first}${between}${second}`).slice(0, 1)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('`pendingFrom()` holds the current word of ordinary text and no more', () => {
    const text = 'We saw that the committee had asked for 3 more of them';
    for (let end = 1; end <= text.length; end++) {
      const head = text.slice(0, end);
      const word = head.length - (head.search(/[^ ]*$/) ?? 0);
      expect(head.length - subject.pendingFrom(head)).toBeLessThanOrEqual(word + 2);
    }
  });

  test('canonical values give one fingerprint to one thing', () => {
    const values = (text: string) => subject.inspect(text).map(({ fingerprint }) => fingerprint);
    expect(values('Ada@Example.com')).toEqual(values('ada@example.com'));
    expect(values('+1 (646) 555-2681')).toEqual(values('+16465552681'));
    expect(values('4111 1111 1111 1111')).toEqual(values('4111111111111111'));
    expect(values('DE89 3704 0044 0532 0130 00')).toEqual(values('de89370400440532013000'));
    expect(values('2A00:1450:4001:081B:0000:0000:0000:200E')).toEqual(values('2a00:1450:4001:81b::200e'));
  });

  test('private addresses score below public ones', () => {
    const score = (text: string) => subject.inspect(text)[0]?.score ?? 0;
    expect(score('192.168.1.20')).toBeLessThan(score('80.39.105.23'));
    expect(score('fd12:3456:789a::12ab')).toBeLessThan(score('2a00:1450:4001:81b::200e'));
  });

  test('names and addresses keep their order below 0.5, and are likely enough for the strict pack', () => {
    const score = (text: string) => subject.inspect(text)[0]?.score ?? 0;
    const [mentioned, announced, address] = [
      'It was returned by Michael Tran yesterday.',
      'My name is Michael Tran.',
      'We moved to 12 Main Street.',
    ].map(score) as [number, number, number];
    expect(mentioned).toBeGreaterThanOrEqual(0.3);
    expect(announced).toBeGreaterThan(mentioned);
    expect(address).toBeGreaterThan(mentioned);
    expect(Math.max(announced, address)).toBeLessThan(0.5);
  });

  test('spans stay within the text, in order and apart, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(...texts),
      fc.stringMatching(/^[0-9 .\-/()+]{0,40}$/),
      fc.string(),
      fc.stringMatching(/^[a-f0-9:.@]{0,40}$/),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (chunks) => {
        const text = chunks.join('');
        let last = 0;
        for (const { span, score, via } of subject.inspect(text)) {
          expect(span.start).toBeGreaterThanOrEqual(via.length > 0 ? 0 : last);
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
          expect(score > 0 && score <= 1).toBe(true);
          last = via.length > 0 ? last : span.end;
        }
      }),
      { numRuns: 300 },
    );
  });
});
