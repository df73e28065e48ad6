import { isAlphanumeric, isDigit, runStart } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import { CHECKS, type CheckName, checkNamed } from './check-digits.ts';
import { closesFreely, opensFreely } from './digit-run.ts';
import table from './identifiers.json' with { type: 'json' };
import type { Kind } from './kind.ts';
import { nearWords } from './near-words.ts';

/** Digits in a row (separators between them) that every number of the table has, but for four in a tax number of India. */
const MIN_DIGITS = 4;
/** How far before its number a word may stand; behind another number it belongs to that one. */
const WORD_CHARS = 40;
/** The printed form of a number, called one, whose check digits are wrong: mistyped, or made up. */
const BAD_CHECK_SCORE = 0.5;
/** Letters before the first digit: `AB 12 34 56 C`, `ABCDE1234F`. */
const MAX_LEAD_CHARS = 6;

interface Identifier {
  readonly type: string;
  readonly check: CheckName;
  /** Score without a word before it; 0 where it needs one. */
  readonly alone: number;
  readonly named: number;
  /** Score behind its word where the check digits are wrong; 0 where that makes it another number. */
  readonly mistyped: number;
  readonly isNamed: (text: string, start: number) => boolean;
}

/** A beginning of a form, by the class of the next character: `9` for a digit, `A` or `a` for a letter, separators as they are. */
interface Beginning {
  readonly next: Map<string, Beginning>;
  /** What is whole here. */
  readonly identifiers: Identifier[];
}

const newBeginning = (): Beginning => ({ next: new Map(), identifiers: [] });
const FORMS = newBeginning();
let maxFormChars = 0;

/** One line of the table. */
interface Entry {
  readonly type: string;
  readonly forms: readonly string[];
  readonly check: string;
  /** Scores without a word, by form. */
  readonly alone: Readonly<Partial<Record<string, number>>>;
  readonly named: number;
  readonly words: readonly string[];
  /** Forms that count behind a word though their check digits are wrong. */
  readonly mistyped: readonly string[];
}

const ENTRIES: readonly Entry[] = table.identifiers;

for (const { type, forms, check, alone, named, words, mistyped } of ENTRIES) {
  const isNamed = nearWords(words, WORD_CHARS);
  for (const form of forms) {
    const score = alone[form] ?? 0;
    add(form, {
      type,
      check: checkNamed(check),
      alone: score,
      named,
      isNamed,
      mistyped: mistyped.includes(form) ? BAD_CHECK_SCORE : 0,
    });
  }
}

/** Small letters count where nothing but the number's own characters makes it. */
function add(form: string, identifier: Identifier): void {
  maxFormChars = Math.max(maxFormChars, form.length);
  const spellings = form.includes(' ') ? [form] : [form, form.replaceAll('A', 'a')];
  for (const written of new Set(spellings)) {
    let at = FORMS;
    for (const sign of written) at = stepTo(at, sign);
    at.identifiers.push(identifier);
    // What stands behind a whole number may make something else of it.
    for (const mark of './-_ ') stepTo(at, mark);
  }
}

function stepTo(from: Beginning, sign: string): Beginning {
  const known = from.next.get(sign) ?? newBeginning();
  from.next.set(sign, known);
  return known;
}

/** Numbers that a country, a bank or a maker gives: their forms, check digits and words are in `identifiers.json`. */
export const identifier: Kind = {
  types: table.identifiers.map(({ type }) => type),
  trigger: { digits: MIN_DIGITS },
  maxChars: maxFormChars,
  matches: (text, hits) => {
    const found: Match[] = [];
    let done = 0;
    for (const hit of hits) {
      let at = Math.max(done, leadOf(text, hit));
      while (at < text.length) {
        const match = longestAt(text, at);
        if (match !== undefined) found.push(match);
        const next = nextToken(text, match?.end ?? at);
        if (next === undefined) break;
        at = next;
      }
      done = Math.max(done, at);
    }
    return found;
  },
  openFrom: (text) => {
    const limit = Math.max(0, text.length - maxFormChars - 1);
    for (let at = limit; at < text.length; at++) {
      const isStart = isAlphanumeric(text.charCodeAt(at)) && !isAlphanumeric(text.charCodeAt(at - 1));
      if (isStart && beginsForm(text, at)) return at;
    }
    return text.length;
  },
};

/** Where the first token begins that the digits at `hit` may belong to. */
function leadOf(text: string, hit: number): number {
  const limit = hit - MAX_LEAD_CHARS;
  const start = runStart(text, hit, { of: isAlphanumeric, limit });
  const isApart = start === hit && (text[hit - 1] === ' ' || text[hit - 1] === '-');
  return isApart ? runStart(text, hit - 1, { of: isAlphanumeric, limit }) : start;
}

/** Start of the next token of the same run, which has a digit; undefined where the run ends. */
function nextToken(text: string, from: number): number | undefined {
  let at = from;
  while (isAlphanumeric(text.charCodeAt(at))) at++;
  while (at < text.length && ' ./()+-'.includes(text.charAt(at))) at++;
  if (at === from) return undefined;
  for (let i = at; i < at + MAX_LEAD_CHARS && isAlphanumeric(text.charCodeAt(i)); i++)
    if (isDigit(text.charCodeAt(i))) return at;
  return undefined;
}

function longestAt(text: string, start: number): Match | undefined {
  if (!opensFreely(text, start)) return undefined;
  let best: Match | undefined;
  let form: Beginning | undefined = FORMS;
  for (let at = start; at < text.length; at++) {
    form = form.next.get(signOf(text, at));
    if (form === undefined) break;
    if (form.identifiers.length > 0 && isEnd(text, at + 1)) best = bestOf(text, { form, start, end: at + 1 }) ?? best;
  }
  return best;
}

/** Whether all from `start` to the end of the text is the beginning of a number. */
function beginsForm(text: string, start: number): boolean {
  let form: Beginning | undefined = FORMS;
  for (let at = start; at < text.length && form !== undefined; at++) form = form.next.get(signOf(text, at));
  return form !== undefined;
}

/** A letter or digit behind a hyphen makes a part of a longer name of it: `123-45-6789-A`. */
function isEnd(text: string, end: number): boolean {
  if (!closesFreely(text, end)) return false;
  return !(text[end] === '-' && isAlphanumeric(text.charCodeAt(end + 1)));
}

/** Groups of digits on either side make a part of a longer number, or of a table, of it. */
function standsBeside(text: string, start: number, end: number): boolean {
  const isGap = (at: number) => text[at] === ' ' || text[at] === '-';
  return (isGap(end) && isDigit(text.charCodeAt(end + 1))) || (isGap(start - 1) && isDigit(text.charCodeAt(start - 2)));
}

interface Written {
  readonly form: Beginning;
  readonly start: number;
  readonly end: number;
}

function bestOf(text: string, { form, start, end }: Written): Match | undefined {
  let best: Match | undefined;
  const isBeside = standsBeside(text, start, end);
  for (const { type, check, alone, named, mistyped, isNamed } of form.identifiers) {
    const value = text
      .slice(start, end)
      .replace(/[^0-9A-Za-z]/g, '')
      .toUpperCase();
    const isSound = CHECKS[check](value);
    const isCalled = (isSound || (mistyped > 0 && !isBeside)) && isNamed(text, start);
    const score = isCalled ? (isSound ? named : mistyped) : isSound && !isBeside ? alone : 0;
    if (score > (best?.score ?? 0)) best = { type, score, start, end, value };
  }
  return best;
}

function signOf(text: string, at: number): string {
  const code = text.charCodeAt(at);
  if (isDigit(code)) return '9';
  if (code >= 65 && code <= 90) return 'A';
  return code >= 97 && code <= 122 ? 'a' : text.charAt(at);
}
