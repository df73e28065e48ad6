import { describe, expect, it } from 'vitest';
import { GENERATED, generateRows } from './generate-rows.ts';
import type { GeneratedRow } from './generated-row.ts';

const options = { seed: 'test', perFamily: 20 };
const rows = generateRows(options);
const measured = generateRows({ ...options, part: 'measure' });
const MAIN = ['en', 'de', 'fr', 'es', 'ru', 'zh', 'ja', 'ar'];

const grouped = (key: (row: GeneratedRow) => string | undefined): ReadonlyMap<string, readonly GeneratedRow[]> => {
  const groups = new Map<string, GeneratedRow[]>();
  for (const row of rows) {
    const name = key(row);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return groups;
};

describe('generateRows()', () => {
  it('gives the same rows for the same seed, and others for another', () => {
    const small = { seed: 'a', perFamily: 2 };
    expect(generateRows(small)).toEqual(generateRows(small));
    const texts = new Set(generateRows(small).map(({ text }) => text));
    const others = generateRows({ ...small, seed: 'b' });
    expect(others.filter(({ text }) => texts.has(text)).length).toBeLessThan(others.length / 20);
  });

  it('says no text twice', () => {
    expect(new Set(rows.map(({ text }) => text)).size).toBe(rows.length);
  });

  it('has no text of the training part in the measuring part', () => {
    const texts = new Set(rows.map(({ text }) => text));
    expect(measured.filter(({ text }) => texts.has(text))).toEqual([]);
  });

  it('gives every attack its harmless twin, in the same carrier and disguise', () => {
    const pairs = grouped(({ pair }) => pair);
    expect(pairs.size).toBeGreaterThan(8_000);
    for (const [pair, [first, second, ...more]] of pairs) {
      expect(more, pair).toEqual([]);
      expect([first?.label, second?.label], pair).toEqual(['attack', 'benign']);
      expect([second?.carrier, second?.language, second?.channel], pair).toEqual([
        first?.carrier,
        first?.language,
        first?.channel,
      ]);
    }
    expect(rows.filter(({ label, pair }) => label === 'attack' && pair === undefined)).toEqual([]);
  });

  it.each(GENERATED.languages)('has pairs enough in %s', (language) => {
    const wanted = MAIN.includes(language) ? 200 : 100;
    for (const part of [rows, measured]) {
      const attacks = part.filter((row) => row.language === language && row.label === 'attack');
      expect(attacks.length).toBeGreaterThanOrEqual(wanted);
    }
  });

  it('speaks at least twenty languages, and knows every family, carrier and disguise', () => {
    expect(GENERATED.languages.length).toBeGreaterThanOrEqual(20);
    const english = rows.filter(({ language }) => language === 'en');
    expect([...new Set(english.map(({ family }) => family))].sort()).toEqual([...GENERATED.families].sort());
    expect([...new Set(rows.map(({ carrier }) => carrier))].sort()).toEqual([...GENERATED.carriers].sort());
    const worn = new Set(rows.flatMap(({ obfuscation }) => obfuscation.split('+')));
    expect([...worn].sort()).toEqual(['none', ...GENERATED.obfuscations].sort());
  });

  it('leaves out what is held, and changes nothing else', () => {
    const hold = { families: ['override'], carriers: ['csv'], obfuscations: ['leet'], languages: ['fi'] };
    const kept = generateRows({ ...options, hold });
    const wanted = rows.filter(
      ({ family, carrier, obfuscation, language }) =>
        family !== 'override' && carrier !== 'csv' && !obfuscation.split('+').includes('leet') && language !== 'fi',
    );
    expect(kept).toEqual(wanted);
    expect(kept.length).toBeLessThan(rows.length);
  });

  it('dresses the same texts in one disguise when asked', () => {
    const small = { seed: 'dress', perFamily: 2, part: 'measure' } as const;
    const plain = generateRows({ ...small, disguise: 'none' });
    const dressed = generateRows({ ...small, disguise: 'zero-width' });
    expect(new Set(plain.map(({ obfuscation }) => obfuscation))).toEqual(new Set(['none']));
    expect(new Set(dressed.map(({ obfuscation }) => obfuscation))).toEqual(new Set(['zero-width']));
    expect(dressed.map(({ text }) => text.replaceAll('\u200b', ''))).toEqual(plain.map(({ text }) => text));
  });

  it('leaves no slot unfilled', () => {
    const plain = [...rows, ...measured].filter(({ obfuscation }) => obfuscation === 'none');
    expect(plain.filter(({ text }) => /\{[A-Za-z]+\d?\}|\{\w+:|undefined/.test(text))).toEqual([]);
  });

  it.each(['tool-definition', 'tool-result'])('keeps what stands in a %s well formed', (carrier) => {
    const carried = rows.filter((row) => row.carrier === carrier);
    expect(carried.length).toBeGreaterThan(100);
    for (const { text } of carried) expect(JSON.parse(text)).toBeTypeOf('object');
  });
});
