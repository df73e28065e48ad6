import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { subjectOf } from '../matches/fixtures/subject-of.ts';
import { secretsDetector } from './detector.ts';

interface Case {
  readonly name: string;
  readonly parts: readonly string[];
  readonly expect: readonly { readonly from: number; readonly to: number }[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => JSON.parse(line));
const subject = subjectOf(secretsDetector);

/** The rest of the text, the value, and how sure the detector is of it. */
function split(name: string) {
  const found = cases.find((each) => each.name === name);
  const [at] = found?.expect ?? [];
  if (found === undefined || at === undefined) throw new Error(`no case ${name}`);
  const text = (from: number, to?: number) => found.parts.slice(from, to).join('');
  return { before: text(0, at.from), value: text(at.from, at.to), after: text(at.to) };
}

function scoreOf({ before, value, after }: ReturnType<typeof split>): number {
  return subject.inspect(`${before}${value}${after}`)[0]?.score ?? 0;
}

/** Another character of the same kind, three from the end: in each of these forms it belongs to the checksum. */
function mistyped(value: string): string {
  const at = value.length - 3;
  const old = value[at] ?? '';
  const other = ['4', 'q', 'Q'].find((char) => /[0-9]/.test(char) === /[0-9]/.test(old) && char !== old) ?? 'z';
  const cased = /[A-Z]/.test(old) ? other.toUpperCase() : other.toLowerCase();
  return `${value.slice(0, at)}${cased === old ? 'z' : cased}${value.slice(at + 1)}`;
}

describe('checksums', () => {
  test.each([
    ['gitlab-routable-token in a line of text', 0.94],
    ['grafana-token with its checksum', 0.6],
    ['age-key with its checksum', 0.6],
    ['nostr-private-key in a line of text', 0.6],
    ['bitcoin-private-key in a line of text', 0],
    ['extended-private-key in a line of text', 0],
    ['stellar-seed in a line of text', 0],
  ])('of %s: 0.99 where it is right, %d where a character is wrong', (name, wrong) => {
    const found = split(name);
    expect(scoreOf(found)).toBe(0.99);
    expect(scoreOf({ ...found, value: mistyped(found.value) })).toBe(wrong);
  });

  test('a Discord token whose first part is the id of its owner is the more certain', () => {
    expect(scoreOf(split('discord-bare-token in a line of text'))).toBe(0.97);
    expect(scoreOf(split('discord-bare-token whose first part is no id, less certain'))).toBe(0.6);
  });
});
