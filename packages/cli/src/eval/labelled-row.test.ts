import { describe, expect, test } from 'vitest';
import { type Head, parseRow } from './labelled-row.ts';

function positiveFor(row: object, head: Head): boolean | undefined {
  return parseRow(JSON.stringify({ text: 'x', ...row }), {
    file: 'f',
    line: 1,
    head,
    supports: (type) => type === 'EMAIL',
  })?.positive;
}

describe('parseRow()', () => {
  const place = { file: 'set', line: 7, head: 'injection', supports: () => true } as const;

  test('takes what the row says and fills in what it does not', () => {
    expect(parseRow('{"id":"a","text":"t","label":"attack","kind":"jailbreak","source":"s"}', place)).toEqual({
      id: 'a',
      text: 't',
      source: 's',
      kind: 'jailbreak',
      spans: [],
      positive: true,
    });
    expect(parseRow('{"text":"t","label":"benign"}', place)).toMatchObject({
      id: 'set:7',
      source: 'set',
      positive: false,
    });
  });

  test.each(['', 'no json', '[]', '"text"', 'null', '{"label":"attack"}', '{"text":1}'])('%j is no row', (line) => {
    expect(parseRow(line, place)).toBeUndefined();
  });

  test.each([
    ['injection', { label: 'attack', kind: 'indirect_injection' }, true],
    ['injection', { label: 'attack' }, true],
    ['injection', { label: 'attack', kind: 'harmful_request' }, undefined],
    ['injection', { label: 'benign', kind: 'benign_chat' }, false],
    ['content', { label: 'attack', kind: 'harmful_request' }, true],
    ['content', { label: 'attack', kind: 'jailbreak' }, undefined],
    ['secrets', { label: 'secret' }, true],
    ['secrets', { label: 'benign' }, false],
    ['pii', { spans: [{ start: 0, end: 1, type: 'email' }] }, true],
    ['pii', { spans: [{ start: 0, end: 1, type: 'PERSON' }] }, false],
    ['pii', { spans: [] }, false],
    ['injection', { spans: [] }, undefined],
    ['injection', { label: 'odd' }, undefined],
  ] as const)('for %s, %j is %s', (head, row, expected) => {
    expect(positiveFor(row, head)).toBe(expected);
  });

  test('spans that are none are left out, types are upper case', () => {
    const line = JSON.stringify({ text: 'x', spans: [{ start: 0, end: 1, type: 'email' }, { start: 0 }, null] });
    expect(parseRow(line, { ...place, head: 'pii' })?.spans).toEqual([{ start: 0, end: 1, type: 'EMAIL' }]);
  });
});
