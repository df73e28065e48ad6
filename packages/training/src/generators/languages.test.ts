import { describe, expect, it } from 'vitest';
import { CARRIERS } from './carrier.ts';
import { LANGUAGES, type Language, structuresOf } from './languages.ts';

const SCRIPTS: Readonly<Record<string, RegExp>> = {
  Latin: /\p{Script=Latin}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Greek: /\p{Script=Greek}/u,
  Arabic: /\p{Script=Arabic}/u,
  Hebrew: /\p{Script=Hebrew}/u,
  Devanagari: /\p{Script=Devanagari}/u,
  Bengali: /\p{Script=Bengali}/u,
  Thai: /\p{Script=Thai}/u,
  Han: /\p{Script=Han}/u,
  Japanese: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]/u,
  Hangul: /\p{Script=Hangul}/u,
};
/** Made up for each text, and in no list. */
const MADE = ['word', 'brand', 'mail', 'url', 'number', 'day', 'name', 'file', 'paragraph', 'pages'];

const scriptOf = ({ script }: Language): RegExp => SCRIPTS[script === 'English' ? 'Latin' : script] ?? /$^/;
const phrasesOf = ({ slots, structures }: Language): readonly string[] => [
  ...Object.values(slots).flat(),
  ...structures.flatMap(({ attack, benign }) => [attack ?? '', benign]).filter((text) => text !== ''),
];
const namesIn = (texts: readonly string[]): ReadonlySet<string> =>
  new Set(
    texts
      .flatMap((text) => [...text.matchAll(/\{([A-Za-z]+)\d?\}/g)].map(([, name = '']) => name))
      .map((name) => name.charAt(0).toLowerCase() + name.slice(1)),
  );
const plain = (text: string): string => text.replace(/\{[^}]*\}|!\[[^\]]*\]|\(\S*\)/g, ' ');

describe.each([...LANGUAGES])('the table of %s', (_tag, language) => {
  it('is written in its script', () => {
    const script = scriptOf(language);
    for (const phrase of phrasesOf(language)) {
      const words = plain(phrase).match(/\p{L}[\p{L}\p{M}]*/gu) ?? [];
      const foreign = words.filter(
        (word) => ![...word].every((letter) => script.test(letter) || !/\p{L}/u.test(letter)),
      );
      const latin = foreign.filter((word) => /^[A-Za-z]+$/.test(word));
      expect(latin, `mixed or foreign letters in: ${phrase}`).toEqual(
        language.script === 'Han' || language.script === 'Japanese' ? latin : foreign,
      );
    }
    const letters = phrasesOf(language).map(plain).join('').match(/\p{L}/gu) ?? [];
    const own = letters.filter((letter) => script.test(letter));
    expect(own.length / letters.length).toBeGreaterThan(0.97);
  });

  it('names only lists that are there, and has no list that nothing names', () => {
    const texts = [...phrasesOf(language), ...structuresOf(language).flatMap((one) => [one.attack ?? '', one.benign])];
    const around = CARRIERS.flatMap(({ templates, measure }) => [...templates, ...measure]);
    const named = namesIn([...texts, ...around, '{filler}']);
    const there = Object.keys(language.slots);
    expect([...named].filter((name) => !there.includes(name) && !MADE.includes(name) && name !== 'text')).toEqual([]);
    expect(there.filter((name) => !named.has(name))).toEqual([]);
  });

  it('says nothing twice, and has no stray space, mark of direction or markup', () => {
    const phrases = phrasesOf(language);
    for (const list of Object.values(language.slots)) expect(new Set(list).size).toBe(list.length);
    expect(
      phrases.filter((phrase) =>
        /^\s|\s$|[^\n ] {2}|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/.test(phrase),
      ),
    ).toEqual([]);
    const lists = Object.values(language.slots).flat();
    expect(lists.filter((phrase) => /[<>`]|&\w+;|\]\(/.test(phrase))).toEqual([]);
  });

  it('keeps structures for measuring, and others for training', () => {
    const attacks = structuresOf(language).filter(({ attack }) => attack !== undefined);
    const kept = attacks.filter(({ measure }) => measure);
    expect(kept.length / attacks.length).toBeGreaterThan(0.2);
    expect(kept.length / attacks.length).toBeLessThan(0.45);
  });

  it('never says the same as attack and as twin', () => {
    for (const { attack, benign } of structuresOf(language)) expect(attack).not.toBe(benign);
  });
});
