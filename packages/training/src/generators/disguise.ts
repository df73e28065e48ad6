import { obfuscated } from '@sallyport/redteam';
import tables from './disguises.json' with { type: 'json' };
import type { Seeded } from './seeded.ts';

/** Disguises of the drills, and those that stand here beside them. `none` is no disguise. */
export const DISGUISES = [
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
  'base32',
  'morse',
  'pig-latin',
  'url-encoded',
  'html-entities',
  'unicode-tags',
  'json-splitting',
  'diacritics',
  'punctuation',
  'case-alternation',
  'typos',
  'emoji',
] as const;
export type Disguise = (typeof DISGUISES)[number];

const MORSE: Readonly<Record<string, string>> = tables.morse;
const SCRIPTS: Readonly<Record<string, readonly string[]>> = tables.scripts;
const NAMED: Readonly<Record<string, string>> = tables.named;
const WHOLE: ReadonlySet<string> = new Set(tables.whole);
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** From printable ASCII to its tag character (Unicode, block Tags). */
const TAG_OFFSET = 0xe0000;
const LETTER = /\p{L}/gu;

/** Disguises that a text of this script can wear; `English` is Latin without marks. */
export function disguisesFor(script: string): readonly Disguise[] {
  const scripts = script === 'English' ? ['Latin', 'English'] : [script];
  return DISGUISES.filter((disguise) => {
    const wanted = SCRIPTS[disguise];
    return wanted === undefined || wanted.some((one) => scripts.includes(one));
  });
}

/** Two disguises, one within the other, that leave a text which can still be read back. */
export function drawnMixture(script: string, seeded: Seeded): readonly Disguise[] {
  const wearable = disguisesFor(script);
  const inner = wearable.filter((one) => tables.inner.includes(one));
  const outer = wearable.filter((one) => tables.outer.includes(one));
  return [seeded.pick(inner), seeded.pick(outer)];
}

/**
 * @param share how many of the words are disguised, 0..1; disguises of the whole text disregard it
 * Cost: linear in the text.
 */
export function disguise(text: string, worn: Disguise, options: { seeded: Seeded; share: number }): string {
  const { seeded, share } = options;
  if (WHOLE.has(worn)) return wholeIn(text, worn);
  return text
    .split(/(\s+)/u)
    .map((word) => (word.trim() === '' || !seeded.happens(share) ? word : wordIn(word, worn, seeded)))
    .join('');
}

/** What goes before a text in disguise: nothing, its name, or what to do with it. */
export function leadOf(worn: Disguise, label: 'attack' | 'benign', seeded: Seeded): string {
  const method = NAMED[worn];
  return method === undefined ? '' : seeded.pick(tables.leads[label]).replace('{method}', method);
}

function wholeIn(text: string, worn: Disguise): string {
  switch (worn) {
    case 'splitting':
      return obfuscated(text, worn)
        .map((piece, at) => `[${at + 1}/2] ${piece}`)
        .join('\n');
    case 'json-splitting':
      return JSON.stringify(Object.fromEntries(thirds(text).map((piece, at) => [`p${at + 1}`, piece])));
    case 'base32':
      return base32(Buffer.from(text));
    case 'morse':
      return text
        .toLowerCase()
        .split(/\s+/)
        .map((word) => [...word].flatMap((letter) => MORSE[letter] ?? []).join(' '))
        .join(' / ');
    case 'url-encoded':
      return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
    case 'html-entities':
      return [...text].map((letter) => `&#${letter.codePointAt(0)};`).join('');
    case 'unicode-tags':
      return text.replace(/[ -~]/g, (letter) => String.fromCodePoint(TAG_OFFSET + letter.charCodeAt(0)));
    case 'pig-latin':
      return text.replace(/\b([b-df-hj-np-tv-xz]*)([a-z]+)/gi, '$2$1ay');
    case 'base64':
    case 'hex':
    case 'rot13':
    case 'reversed':
      return obfuscated(text, worn).join('');
    default:
      return text;
  }
}

function wordIn(word: string, worn: Disguise, seeded: Seeded): string {
  switch (worn) {
    case 'leet':
    case 'spacing':
    case 'homoglyph':
    case 'zero-width':
    case 'fullwidth':
      return obfuscated(word, worn).join('');
    case 'diacritics':
      return word.replace(LETTER, (letter) => (seeded.happens(0.5) ? letter + seeded.pick(tables.marks) : letter));
    case 'punctuation':
      return [...word].join(seeded.pick(tables.points));
    case 'case-alternation':
      return [...word].map((letter, at) => (at % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase())).join('');
    case 'emoji':
      return [...word].join(seeded.pick(tables.emoji));
    case 'typos':
      return misspelt(word, seeded);
    default:
      return word;
  }
}

/** One slip of the finger: two letters change places, one is lost, or one is doubled. */
function misspelt(word: string, seeded: Seeded): string {
  const letters = [...word];
  if (letters.length < 4) return word;
  const at = seeded.below(letters.length - 2) + 1;
  const slip = seeded.below(3);
  const [letter = '', next = ''] = letters.slice(at);
  letters.splice(at, 2, ...(slip === 0 ? [next, letter] : slip === 1 ? [next] : [letter, letter, next]));
  return letters.join('');
}

function thirds(text: string): readonly string[] {
  const letters = [...text];
  const size = Math.max(1, Math.ceil(letters.length / 3));
  return [0, 1, 2].map((part) => letters.slice(part * size, (part + 1) * size).join(''));
}

/** RFC 4648, section 6. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = bits.match(/.{1,5}/g) ?? [];
  const text = digits.map((five) => BASE32.charAt(Number.parseInt(five.padEnd(5, '0'), 2))).join('');
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}
