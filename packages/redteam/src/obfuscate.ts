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
  'percent',
  'escapes',
  'html-entity',
  'hex-pairs',
  'bidi',
  'tag-block',
  'variation-selector',
  'splitting',
] as const;
export type Disguise = (typeof DISGUISES)[number];

const LEADS: Readonly<Record<string, string>> = tables.leads;
const LEET: Readonly<Record<string, string>> = tables.leet;
const HOMOGLYPHS: Readonly<Record<string, string>> = tables.homoglyphs;
const ZERO_WIDTH_SPACE = '\u200b';
/** From printable ASCII to its full-width form (Unicode, Halfwidth and Fullwidth Forms). */
const FULLWIDTH_OFFSET = 0xfee0;
/** Right-to-left override, and what ends it (Unicode, bidirectional controls). */
const [OVERRIDE, POP] = ['\u202e', '\u202c'];
/** From printable ASCII to its tag character (Unicode, block Tags). */
const TAG_OFFSET = 0xe0000;
/** Variation selectors: the first 16 bytes, and the others. */
const [SELECTORS, MORE_SELECTORS, SELECTORS_FIRST] = [0xfe00, 0xe0100, 16];
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
    case 'percent':
      return [...Buffer.from(text)].map((byte) => `%${hexOf(byte)}`).join('');
    case 'escapes':
      return [...Buffer.from(text)].map((byte) => `\\x${hexOf(byte)}`).join('');
    case 'html-entity':
      return [...text].map((letter) => `&#${letter.codePointAt(0)};`).join('');
    case 'hex-pairs':
      return [...Buffer.from(text)].map(hexOf).join(' ');
    case 'bidi':
      return text.replace(/\S+/g, (word) => `${OVERRIDE}${POP}${word.slice(0, 1)}${OVERRIDE}${POP}${word.slice(1)}`);
    case 'tag-block':
      return text.replace(/[ -~]/g, (letter) => String.fromCodePoint(TAG_OFFSET + letter.charCodeAt(0)));
    case 'variation-selector':
      return `\u{1f600}${[...Buffer.from(text)].map(selectorOf).join('')}`;
  }
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function selectorOf(byte: number): string {
  const more = MORE_SELECTORS - SELECTORS_FIRST;
  return String.fromCodePoint(byte + (byte < SELECTORS_FIRST ? SELECTORS : more));
}

function rotated(letter: string): string {
  const first = letter < 'a' ? A : A + 32;
  return String.fromCharCode(((letter.charCodeAt(0) - first + LETTERS / 2) % LETTERS) + first);
}
