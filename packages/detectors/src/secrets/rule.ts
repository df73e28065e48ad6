import { SallyportError } from '@sallyport/core';
import { type CharClass, charClass, isBehindEscape, runEnd, runStart } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import { CHECKS, type Check } from './checks.ts';
import intros from './intros.json' with { type: 'json' };
import { entropyBits, isPlaceholder } from './value-shape.ts';

/** One line of `rules.json`. Lengths in UTF-16 units. */
export interface RuleRow {
  /** Unique: the trigger's name. Several rules may share a `type`. */
  readonly rule: string;
  readonly type: string;
  readonly what: string;
  /** One of them stands in or before every match, whatever its case. */
  readonly keywords: readonly string[];
  /** Matched from the start of the value; bounded quantifiers only. */
  readonly pattern: string;
  /** Every character that the pattern can take: tells how far a value that is still arriving reaches. */
  readonly body: string;
  /** Longest value. */
  readonly maxChars: number;
  /** 0..1, for a value that passes its check. */
  readonly score: number;
  /** The keyword stands inside the value, behind `min` to `max` characters of the set `of`, the first of them of the set `first`. */
  readonly lookback?: { readonly min: number; readonly max: number; readonly of: string; readonly first?: string };
  /** The value follows the keyword and what `intros.json` says stands between them. */
  readonly intro?: string;
  /** The value starts within this many characters behind the keyword. */
  readonly near?: number;
  /** The keyword begins a word, or a part of one (`myOktaToken`): `okta` is not in `lookTable`. For short names before a value. */
  readonly startsWord?: boolean;
  /** Set that must not stand directly before the value; letters and digits unless told. */
  readonly edge?: string;
  /** Set that must not follow; what a value can end in, unless told. */
  readonly after?: string;
  /** The pattern takes punctuation that may close a sentence instead; it is left out unless a quote closes the value. */
  readonly mayEndSentence?: boolean;
  /** Words before the keyword that make it something public: `csrf_token`, `nextPageToken`. */
  readonly notBehind?: readonly string[];
  /** Shannon entropy below which a value is made up, bits per character, default 2.5. */
  readonly minEntropy?: number;
  /** Name of a check in `checks.ts`, default `plain`. */
  readonly check?: string;
}

/** A rule, ready to run at the offsets where its trigger fired. Each call is bounded by `maxChars` and the keyword's surroundings. */
export interface Rule {
  readonly name: string;
  readonly type: string;
  readonly keywords: readonly string[];
  /** Characters before the keyword belong to the match, so that one may begin before any of the keyword has arrived. */
  readonly leads: boolean;
  readonly maxChars: number;
  /** All expressions, for the linter. */
  readonly patterns: readonly RegExp[];
  match(text: string, hit: number): Match | undefined;
  /** First offset of the text that may still become a match because of this hit; the text's length when none. */
  openFrom(text: string, hit: number): number;
  /** As `openFrom`, for a keyword that has not arrived whole: it may begin at `partial`. */
  openBefore(text: string, partial: number): number;
}

interface Compiled {
  readonly row: RuleRow;
  /** Keywords in lower case, longest first. */
  readonly keywords: readonly string[];
  readonly value: RegExp;
  readonly intro: RegExp | undefined;
  readonly body: CharClass;
  readonly edge: CharClass;
  readonly lead: CharClass;
  readonly leadFirst: CharClass;
  readonly check: Check;
}

const DEFAULT_MIN_ENTROPY = 2.5;
/** How far before a keyword a word of `notBehind` is looked for. */
export const PREFIX_CHARS = 16;

export function compileRule(row: RuleRow): Rule {
  const rule = compile(row);
  return {
    name: row.rule,
    type: row.type,
    leads: row.lookback !== undefined,
    keywords: row.keywords,
    maxChars: row.maxChars,
    patterns: rule.intro === undefined ? [rule.value] : [rule.value, rule.intro],
    match: (text, hit) => matchAt(rule, text, hit),
    openFrom: (text, hit) => openFrom(rule, text, hit),
    openBefore: (text, partial) => openBefore(rule, text, partial),
  };
}

function compile(row: RuleRow): Compiled {
  const edge = row.edge ?? (row.near === undefined ? 'A-Za-z0-9' : row.body);
  const after = row.after ?? row.body.replace(/[.:@$]/g, '');
  const ahead = after === '' ? '' : `(?![${after}])`;
  const intro = Object.entries(intros).find(([name]) => name === row.intro)?.[1];
  const check = CHECKS[row.check ?? 'plain'];
  if (check === undefined || (row.intro !== undefined && intro === undefined)) {
    throw new SallyportError('INTERNAL', { detail: `rule ${row.rule} names a check or an intro that is not there` });
  }
  return {
    row,
    keywords: row.keywords.map((keyword) => keyword.toLowerCase()).sort((a, b) => b.length - a.length),
    value: new RegExp(`(?:${row.pattern})${ahead}`, 'y'),
    intro: intro === undefined ? undefined : new RegExp(intro, 'y'),
    body: charClass(row.body),
    edge: charClass(edge),
    lead: charClass(row.lookback?.of ?? ''),
    leadFirst: charClass(row.lookback?.first ?? row.lookback?.of ?? ''),
    check,
  };
}

function matchAt(rule: Compiled, text: string, hit: number): Match | undefined {
  const from = valueStart(rule, text, hit);
  if (from === undefined) return undefined;
  const { near } = rule.row;
  return near === undefined ? valueAt(rule, text, from) : valueNear(rule, text, { from, to: from + near });
}

/** Tries each run of the rule's characters that starts within the reach of its keyword. */
function valueNear(rule: Compiled, text: string, { from, to }: { from: number; to: number }): Match | undefined {
  const stop = Math.min(to, text.length - 1);
  for (let start = from; start <= stop; start++) {
    if (!rule.body(text.charCodeAt(start))) continue;
    const match = start === 0 || !rule.edge(text.charCodeAt(start - 1)) ? valueAt(rule, text, start) : undefined;
    if (match !== undefined) return match;
    start = runEnd(text, start, { of: rule.body, limit: to + 1 });
  }
  return undefined;
}

function valueAt({ row, value: pattern, check }: Compiled, text: string, start: number): Match | undefined {
  pattern.lastIndex = start;
  if (!pattern.test(text) || pattern.lastIndex - start > row.maxChars) return undefined;
  const whole = text.slice(start, pattern.lastIndex);
  const value = row.mayEndSentence === true ? withoutFullStop(whole, text, start) : whole;
  if (isPlaceholder(value) || entropyBits(value) < (row.minEntropy ?? DEFAULT_MIN_ENTROPY)) return undefined;
  const score = check(value, row.score);
  return score > 0 ? { type: row.type, score, start, end: start + value.length, value } : undefined;
}

/** Where the value starts, or may start for a rule with `near`; undefined where the surroundings rule it out. */
function valueStart(rule: Compiled, text: string, hit: number): number | undefined {
  const { row } = rule;
  if (row.lookback !== undefined) return leadStart(rule, text, hit);
  if (row.intro === undefined && row.near === undefined) return standsAlone(rule, text, hit) ? hit : undefined;
  const keyword = rule.keywords.find((word) => text.slice(hit, hit + word.length).toLowerCase() === word);
  if (keyword === undefined || isPublic(row, text, hit) || (row.startsWord === true && !beginsWord(text, hit)))
    return undefined;
  const keywordEnd = hit + keyword.length;
  if (rule.intro === undefined) return keywordEnd;
  rule.intro.lastIndex = keywordEnd;
  return rule.intro.test(text) ? rule.intro.lastIndex : undefined;
}

function leadStart(rule: Compiled, text: string, keywordStart: number): number | undefined {
  const { min, max } = rule.row.lookback ?? { min: 0, max: 0 };
  const start = runStart(text, keywordStart, { of: rule.lead, limit: keywordStart - max - 1 });
  const length = keywordStart - start;
  const fits = length >= min && length <= max && rule.leadFirst(text.charCodeAt(start));
  return fits && standsAlone(rule, text, start) ? start : undefined;
}

function standsAlone(rule: Compiled, text: string, start: number): boolean {
  return start === 0 || !rule.edge(text.charCodeAt(start - 1)) || isBehindEscape(text, start);
}

function beginsWord(text: string, hit: number): boolean {
  const [before, first] = [text[hit - 1] ?? '', text[hit] ?? ''];
  return !/[A-Za-z]/.test(before) || (/[a-z]/.test(before) && /[A-Z]/.test(first));
}

function isPublic(row: RuleRow, text: string, hit: number): boolean {
  if (row.notBehind === undefined) return false;
  const before = text
    .slice(Math.max(0, hit - PREFIX_CHARS), hit)
    .toLowerCase()
    .replace(/[^a-z]{1,3}$/, '');
  return row.notBehind.some((word) => before.endsWith(word));
}

function withoutFullStop(value: string, text: string, start: number): string {
  const quote = text[start - 1] ?? '';
  if (`"'\``.includes(quote) && quote !== '' && text[start + value.length] === quote) return value;
  return value.replace(/[.,;:?)]{1,4}$/, '');
}

function openFrom(rule: Compiled, text: string, hit: number): number {
  const from = valueStart(rule, text, hit);
  if (from === undefined) return text.length;
  const { maxChars, near } = rule.row;
  if (near !== undefined) {
    const start = runStart(text, text.length, { of: rule.body, limit: Math.max(from, text.length - maxChars - 1) });
    return start <= from + near && text.length - start <= maxChars ? start : text.length;
  }
  const end = runEnd(text, from, { of: rule.body, limit: from + maxChars + 1 });
  return end === text.length && end - from <= maxChars ? from : text.length;
}

function openBefore(rule: Compiled, text: string, partial: number): number {
  const { lookback, intro, near } = rule.row;
  if (intro !== undefined || near !== undefined) return text.length;
  if (lookback === undefined) return standsAlone(rule, text, partial) ? partial : text.length;
  const start = runStart(text, partial, { of: rule.lead, limit: partial - lookback.max - 1 });
  const fits = partial - start <= lookback.max && (start === text.length || rule.leadFirst(text.charCodeAt(start)));
  return fits && standsAlone(rule, text, start) ? start : text.length;
}
