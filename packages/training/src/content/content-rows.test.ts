import { describe, expect, test } from 'vitest';
import { contentRow } from './content-rows.ts';
import { generateContentRows } from './generate-content-rows.ts';

const NO_CONCEPTS = () => new Set<string>();

function known(row: object, concepts: () => ReadonlySet<string> = NO_CONCEPTS) {
  return contentRow({ id: '1', text: 'a text', label: 'attack', lang: 'en', ...row }, concepts);
}

describe('contentRow()', () => {
  test('knows every answer of a harmless row, and none of an injection', () => {
    const answers = known({ label: 'benign', kind: 'benign_chat', source: 'clinc150' })?.answers ?? {};
    expect(new Set(Object.values(answers))).toEqual(new Set([0]));
    expect(known({ kind: 'direct_injection', source: 'neuralchemy' })).toBeUndefined();
  });

  test('sorts harmful requests by what they speak of, and leaves open what lies near', () => {
    const { answers } = known({ kind: 'harmful_request', source: 'advbench' }, () => new Set(['fraud', 'kill'])) ?? {};
    expect(answers).toMatchObject({ illicit: 1, fraud: 1, malware: 0, violence: undefined, hate: 0, harm: 1 });
  });

  test('takes functional tests of hate by their function, and counts weak labels less', () => {
    const threat = known({ kind: 'toxicity', source: 'mhc', meta: { func: 'threat_dir_h' } });
    expect(threat?.answers).toMatchObject({ hate: 1, 'hate-threatening': 1, violence: undefined, fraud: 0 });
    const tweet = known({ kind: 'toxicity', source: 'davidson_tweets', meta: { class: '1' } });
    expect(tweet?.answers).toMatchObject({ harassment: 1, hate: undefined });
    expect(tweet?.weight).toBeLessThan(threat?.weight ?? 0);
  });

  test('reads nothing of what is no row', () => {
    for (const value of [undefined, null, 'text', {}, { text: 1 }, { text: 'a', label: 'benign' }]) {
      expect(contentRow(value, NO_CONCEPTS)).toBeUndefined();
    }
  });
});

describe('generateContentRows()', () => {
  const rows = generateContentRows('seed', ['An ordinary sentence. ']);

  test('gives the same rows for the same seed, and others for another', () => {
    expect(generateContentRows('seed', ['An ordinary sentence. '])).toEqual(rows);
    expect(generateContentRows('other', ['An ordinary sentence. '])).not.toEqual(rows);
  });

  test('fills every slot', () => {
    expect(rows.filter(({ text }) => /[{}]/.test(text))).toEqual([]);
  });

  test('has at least 100 rows of every type, and harmless ones with the same words', () => {
    const counts = new Map<string, number>();
    for (const { answers } of rows) {
      for (const [type, answer] of Object.entries(answers))
        if (answer === 1) counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    expect(counts.size).toBe(17);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(100);
    expect(rows.filter(({ answers }) => answers.harm === 0).length).toBeGreaterThan(2_000);
  });

  test('leaves other kinds of harm open in most rows, and never those of its own kind', () => {
    const hate = rows.filter(({ answers }) => answers.hate === 1);
    const open = hate.filter(({ answers }) => answers.sexual === undefined).length / hate.length;
    expect(open).toBeGreaterThan(0.7);
    expect(open).toBeLessThan(0.8);
    expect(hate.every(({ answers }) => answers.harassment !== undefined)).toBe(true);
  });
});
