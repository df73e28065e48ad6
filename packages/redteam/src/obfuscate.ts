import tables from './obfuscations.json' with { type: 'json' };

/** How the text of an attack is disguised, beside `plain` and the languages that it is written in (`in-de`). */
export const DISGUISES = [
  'plain',
  'base64',
  'hex',
  'rot13',
  'reversed',
  'leet',
  'spacing',
  'homoglyph',
  'zero-width',
  'fullwidth',
  'splitting',
] as const;
export type Disguise = (typeof DISGUISES)[number];

const LEADS: Readonly<Record<string, string>> = tables.leads;
const LEET: Readonly<Record<string, string>> = tables.leet;
const HOMOGLYPHS: Readonly<Record<string, string>> = tables.homoglyphs;
const ZERO_WIDTH_SPACE = '\u200b';
/** From printable ASCII to its full-width form (Unicode, Halfwidth and Fullwidth Forms). */
const FULLWIDTH_OFFSET = 0xfee0;
const A = 65;
const LETTERS = 26;

/** @returns the pieces that are sent: one, or two where the text is split */
export function obfuscated(text: string, disguise: Disguise): readonly string[] {
  if (disguise !== 'splitting') return [disguised(text, disguise)];
  const letters = [...text];
  const middle = Math.ceil(letters.length / 2);
  return [letters.slice(0, middle).join(''), letters.slice(middle).join('')];
}

/** What an order in disguise begins with, so that a model knows what to do with it; empty where it needs nothing. */
export function leadOf(disguise: Disguise): string {
  return LEADS[disguise] ?? '';
}

function disguised(text: string, disguise: Exclude<Disguise, 'splitting'>): string {
  switch (disguise) {
    case 'plain':
      return text;
    case 'base64':
      return Buffer.from(text).toString('base64');
    case 'hex':
      return Buffer.from(text).toString('hex');
    case 'rot13':
      return text.replace(/[a-z]/gi, rotated);
    case 'reversed':
      return [...text].reverse().join('');
    case 'leet':
      return text.replace(/[aeiost]/gi, (letter) => LEET[letter.toLowerCase()] ?? letter);
    case 'spacing':
      return text
        .split(' ')
        .map((word) => [...word].join(' '))
        .join('   ');
    case 'homoglyph':
      return text.replace(/[a-zA-Z]/g, (letter) => HOMOGLYPHS[letter] ?? letter);
    case 'zero-width':
      return [...text].join(ZERO_WIDTH_SPACE);
    case 'fullwidth':
      return text.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + FULLWIDTH_OFFSET));
  }
}

function rotated(letter: string): string {
  const first = letter < 'a' ? A : A + 32;
  return String.fromCharCode(((letter.charCodeAt(0) - first + LETTERS / 2) % LETTERS) + first);
}
