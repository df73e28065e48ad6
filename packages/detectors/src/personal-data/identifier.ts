import { isAlphanumeric, isDigit, runStart } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import { CHECKS, type CheckName } from './check-digits.ts';
import { closesFreely, opensFreely } from './digit-run.ts';
import table from './identifiers.json' with { type: 'json' };
import type { Kind } from './kind.ts';
import { nearWords } from './near-words.ts';

/** Digits in a row (separators between them) that every number of the table has, but for four in a tax number of India. */
const MIN_DIGITS = 4;
/** How far before its number a word may stand; behind another number it belongs to that one. */
const WORD_CHARS = 40;
/** Letters before the first digit: `AB 12 34 56 C`, `ABCDE1234F`. */
const MAX_LEAD_CHARS = 6;

interface Identifier {
  readonly type: string;
  readonly check: CheckName;
  /** Score without a word before it; 0 where it needs one. */
  readonly alone: number;
  readonly named: number;
  readonly isNamed: (text: string, start: number) => boolean;
}

/** Numbers by how they are written: `9` for a digit, `A` for a letter, separators as they are. */
const BY_FORM = new Map<string, Identifier[]>();
/** Every beginning of a form, and each form with a mark behind it that may make something else of it. */
const BEGINNINGS = new Set<string>();
let maxFormChars = 0;

for (const { type, forms, check, alone, named, words } of table.identifiers) {
  const isNamed = nearWords(words, WORD_CHARS);
  for (const form of forms) {
    const score = Object.entries(alone).find(([written]) => written === form)?.[1] ?? 0;
    add(form, { type, check: checkNamed(check), alone: score, named, isNamed });
  }
}

function checkNamed(name: string): CheckName {
  if (name in CHECKS) return name as CheckName;
  throw new RangeError(`no check is called ${name}`);
}

/** Small letters count where nothing but the number's own characters makes it. */
function add(form: string, identifier: Identifier): void {
  maxFormChars = Math.max(maxFormChars, form.length);
  for (const written of form.includes(' ') ? [form] : [form, form.replaceAll('A', 'a')]) {
    const known = BY_FORM.get(written);
    if (known?.includes(identifier)) continue;
    BY_FORM.set(written, [...(known ?? []), identifier]);
    for (let end = 1; end <= written.length; end++) BEGINNINGS.add(written.slice(0, end));
    for (const mark of './-_') BEGINNINGS.add(written + mark);
  }
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
      if (isStart && BEGINNINGS.has(formOf(text, at, text.length))) return at;
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
  let form = '';
  let best: Match | undefined;
  for (let at = start; at < text.length; at++) {
    form += signOf(text.charCodeAt(at));
    if (!BEGINNINGS.has(form)) break;
    const match = isEnd(text, at + 1) ? bestOf(text, { form, start, end: at + 1 }) : undefined;
    if (match !== undefined) best = match;
  }
  return best;
}

/** A letter or digit behind a hyphen makes a part of a longer name of it: `123-45-6789-A`. */
function isEnd(text: string, end: number): boolean {
  if (!closesFreely(text, end)) return false;
  return !(text[end] === '-' && isAlphanumeric(text.charCodeAt(end + 1)));
}

interface Written {
  readonly form: string;
  readonly start: number;
  readonly end: number;
}

function bestOf(text: string, { form, start, end }: Written): Match | undefined {
  let best: Match | undefined;
  for (const { type, check, alone, named, isNamed } of BY_FORM.get(form) ?? []) {
    const value = text
      .slice(start, end)
      .replace(/[^0-9A-Za-z]/g, '')
      .toUpperCase();
    if (!CHECKS[check](value)) continue;
    const score = isNamed(text, start) ? named : alone;
    if (score > (best?.score ?? 0)) best = { type, score, start, end, value };
  }
  return best;
}

function formOf(text: string, start: number, end: number): string {
  let form = '';
  for (let at = start; at < end; at++) form += signOf(text.charCodeAt(at));
  return form;
}

function signOf(code: number): string {
  if (isDigit(code)) return '9';
  if (code >= 65 && code <= 90) return 'A';
  return code >= 97 && code <= 122 ? 'a' : String.fromCharCode(code);
}
