import { readFileSync } from 'node:fs';
import type { Checkpoint, Finding } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInspector } from '../engine/create-inspector.ts';
import { internalAddress } from './addresses.ts';
import { toolMisuseDetector } from './detector.ts';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly expect: readonly { readonly type: string; readonly match: string }[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));
const inspector = createInspector({
  detectors: [toolMisuseDetector],
  fingerprint: (value) => value,
  nowMs: () => 0,
});

function findings(text: string, point: Checkpoint = 'tool-call'): readonly Finding[] {
  return inspector.inspect(text, { point, origin: { role: 'assistant', field: 'arguments' } }).findings;
}

describe('toolMisuseDetector', () => {
  test.each(cases)('finds exactly what it should in: $name', (each) => {
    const found = findings(each.text).map(({ type, span }) => ({ type, match: each.text.slice(span.start, span.end) }));
    const sorted = (list: readonly { readonly type: string }[]) => list.map((one) => JSON.stringify(one)).sort();
    expect(sorted(found)).toEqual(sorted(each.expect));
  });

  test('has positives for every type and at least thirty near-misses', () => {
    const positive = new Set(cases.flatMap((each) => each.expect.map(({ type }) => type)));
    expect([...positive].sort()).toEqual([...toolMisuseDetector.types].sort());
    expect(cases.filter((each) => each.expect.length === 0).length).toBeGreaterThanOrEqual(30);
  });

  test('says nothing of what people write, or of what a tool answers', () => {
    for (const point of ['input', 'output', 'tool-result', 'tool-definition', 'ingest'] as const) {
      expect(findings("x' OR '1'='1 ../../../etc/passwd http://169.254.169.254/", point)).toEqual([]);
    }
  });

  test('finds what stands behind any number of its own triggers', () => {
    expect(findings(`${'; '.repeat(5_000)}rm -rf /`).map(({ type }) => type)).toContain('shell-injection');
    expect(findings(`${'127. '.repeat(5_000)}http://169.254.169.254/`).map(({ type }) => type)).toContain(
      'internal-address',
    );
  });

  test('never throws, and stays within the text, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '../',
        "' or ",
        '${',
        '{{',
        '$(',
        '://',
        '[::',
        '127.',
        '0x',
        '%2e',
        ';',
        '|',
        'union ',
        '\0',
        '/etc/',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        for (const { span, score } of findings(text)) {
          expect(span.start).toBeLessThan(span.end);
          expect(span.end).toBeLessThanOrEqual(text.length);
          expect(score).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('internalAddress()', () => {
  test.each([
    ['169.254.169.254', 0.95],
    ['http://[::ffff:a9fe:a9fe]/', 0.95],
    ['http://[64:ff9b::169.254.169.254]/', 0.95],
    ['http://localhost/', 0.65],
    ['http://LOCALHOST./', 0.65],
    ['http://127.0.0.1/', 0.65],
    ['http://0/', 0.9],
    ['http://2130706433/', 0.9],
    ['http://0x7f.0.0.1/', 0.9],
    ['http://017700000001/', 0.9],
    ['http://%31%32%37.0.0.1/', 0.9],
    ['https://192.168.1.1/', 0.55],
    ['https://db.corp/', 0.55],
    ['http://[fd12:3456::1]/', 0.55],
    ['http://app.127.0.0.1.sslip.io/', 0.9],
    ['http://127-0-0-1.nip.io/', 0.9],
    ['file:///x', 0.75],
  ])('%s scores %d', (token, score) => {
    expect(internalAddress(token)?.score).toBe(score);
  });

  test.each([
    'https://example.com/',
    '8.8.8.8',
    'http://8.8.8.8.nip.io/',
    'C:/x',
    '10',
    '12.5',
    'a:b',
    'file:',
    'http://',
    '',
  ])('%s leads nowhere inside', (token) => {
    expect(internalAddress(token)).toBeUndefined();
  });
});
