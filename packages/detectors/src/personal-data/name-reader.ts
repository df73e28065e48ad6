import { charClass, isAlphanumeric } from '../matches/char-class.ts';
import table from './person-names.json' with { type: 'json' };

const MAX_WORDS = 5;
const MAX_WORD_CHARS = 25;
const MAX_PARTICLES = 3;
const MAX_PARTICLE_CHARS = 5;

const PARTICLES = new Set(table.particles);
const NOT_NAMES = new Set(table.notNames);
const COMPANIES = new Set(table.companies);
const LEGAL_FORMS = new Set(table.legalForms);

const UPPER = /\p{Lu}/u;
const isSmallAscii = charClass('a-z');

/** Capitalised words in a row that may be the name of a person. */
export interface ReadName {
  readonly end: number;
  /** In small letters; no particles. */
  readonly words: readonly string[];
  /** Whether the end of the text decided where it ends. */
  readonly isOpen: boolean;
  /** Whether a word behind it makes a company, an institution or a place of it. */
  readonly isOther: boolean;
  /** Whether it is the name of a firm: its owner's, mostly. */
  readonly isFirm: boolean;
}

interface ReadWord {
  readonly end: number;
  readonly lower: string;
  readonly isOpen: boolean;
}

/** Reads a name from its first capital. Cost: 0.2-0.5 us. */
export function readName(text: string, start: number): ReadName | undefined {
  const first = readWord(text, start);
  if (first === undefined || NOT_NAMES.has(first.lower)) return undefined;
  const words = [first.lower];
  let end = first.end;
  let isOpen = first.isOpen;
  while (!isOpen) {
    const gap = gapEnd(text, end);
    isOpen = gap >= text.length;
    if (gap === end || isOpen) break;
    const at = particlesEnd(text, gap);
    isOpen = at >= text.length;
    const word = isOpen ? undefined : readWord(text, at);
    if (word === undefined) break;
    isOpen = word.isOpen;
    const isFirm = LEGAL_FORMS.has(word.lower);
    if (isFirm || COMPANIES.has(word.lower)) return { end, words, isOpen, isFirm, isOther: !isFirm };
    if (
      words.length >= MAX_WORDS ||
      NOT_NAMES.has(word.lower) ||
      isAcronym(text.slice(at, word.end), text.slice(start, start + 2))
    )
      break;
    words.push(word.lower);
    end = word.end;
  }
  return { end, words, isOpen: isOpen || end + 1 >= text.length, isOther: false, isFirm: false };
}

/** One space, or none where nothing that belongs to a name follows. */
function gapEnd(text: string, end: number): number {
  const code = text.charCodeAt(end);
  return code === 32 || code === 160 ? end + 1 : end;
}

/** Behind `van der `; where there is no such thing, or no capital behind it, `at` itself. The end of the text where it may still come. */
function particlesEnd(text: string, at: number): number {
  let next = at;
  for (let i = 0; i < MAX_PARTICLES; i++) {
    let end = next;
    while (end - next <= MAX_PARTICLE_CHARS && isSmallAscii(text.charCodeAt(end))) end++;
    if (end >= text.length && end - next <= MAX_PARTICLE_CHARS) return text.length;
    if (end === next || text[end] !== ' ' || !PARTICLES.has(text.slice(next, end))) break;
    next = end + 1;
    if (next >= text.length) return text.length;
  }
  return isCapital(text, next) ? next : at;
}

/** The word that begins with a capital at `start`; undefined where it is none of a name. Cost: 0.1 us. */
export function readWord(text: string, start: number): ReadWord | undefined {
  if (!isCapital(text, start)) return undefined;
  let end = start + 1;
  while (end - start < MAX_WORD_CHARS && end < text.length) {
    if (isNameLetter(text.charCodeAt(end))) end++;
    else if (isJoint(text.charAt(end)) && isNameLetter(text.charCodeAt(end + 1)) && !isPossessive(text, end)) end += 2;
    else break;
  }
  if (end - start >= MAX_WORD_CHARS) return undefined;
  const isInitial = end === start + 1 && text[end] === '.';
  if (isInitial) end++;
  // What is glued to it makes an identifier, a host, a file or an address of it.
  const after = text.charCodeAt(end);
  if (after === 95 || after === 64 || (after >= 48 && after <= 57)) return undefined;
  const isGlued = !isInitial && (text[end] === '.' || text[end] === ':' || text[end] === '\\');
  if (isGlued && (isAlphanumeric(text.charCodeAt(end + 1)) || text[end + 1] === ':')) return undefined;
  return { end, lower: text.slice(start, end).toLowerCase(), isOpen: end + 2 >= text.length };
}

export function isCapital(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return code >= 65 && code <= 90;
  return isNameLetter(code) && UPPER.test(text.charAt(at));
}

/** A letter of the alphabets in which names have capitals: Latin, Greek, Cyrillic. */
export function isNameLetter(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return (code >= 0xc0 && code < 0x530 && code !== 0xd7 && code !== 0xf7) || (code >= 0x1e00 && code < 0x2000);
}

const isJoint = (char: string): boolean => char === "'" || char === '’' || char === '-';

function isPossessive(text: string, at: number): boolean {
  return text[at] !== '-' && text.charCodeAt(at + 1) === 115 && !isNameLetter(text.charCodeAt(at + 2));
}

/** `Ann Smith MD`: capitals alone are no name, unless all of it is written so. */
function isAcronym(word: string, first: string): boolean {
  const isAllCapitals = (letters: string) => letters.toUpperCase() === letters;
  return word.length > 1 && !word.endsWith('.') && isAllCapitals(word) && !isAllCapitals(first);
}
