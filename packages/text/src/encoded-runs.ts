import { hexAt } from './ascii.ts';
import { letterRowAround, mayBeLetterRow, openLetterRowFrom, type RowShape } from './letter-rows.ts';

/** A stretch of text that may be encoded: a token of base64's alphabets, or a row of hexadecimal pairs or of letters. */
export interface EncodedRun {
  readonly shape: 'token' | 'pairs' | RowShape;
  readonly start: number;
  readonly end: number;
  /** The token goes on over line breaks. */
  readonly broken: boolean;
}

/** Characters of the shortest token that is tried: 12 bytes in base64, 8 in hexadecimal. */
const MIN_TOKEN_CHARS = 16;
/** Pairs of the shortest row of hexadecimal pairs that is tried; as a row, at least 23 characters. */
const MIN_PAIRS = 8;
/** Line break and indentation between two lines of one token. */
const MAX_LINE_GAP_CHARS = 8;
const MAX_PAIR_GAP_CHARS = 2;

const NO_RUNS: readonly EncodedRun[] = [];

/** By UTF-16 unit: 1 for what tokens are made of. */
const TOKEN_UNITS = new Uint8Array(65_536);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')
  TOKEN_UNITS[char.charCodeAt(0)] = 1;

function isTokenAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && TOKEN_UNITS[text.charCodeAt(at)] === 1;
}

/**
 * Finds all runs, in order. Looks at every 16th character or so: a token that is long enough cannot hide between.
 * Cost: O(length), about 1 ns per character of ordinary text.
 */
export function findRuns(text: string): readonly EncodedRun[] {
  const n = text.length;
  let runs: EncodedRun[] | undefined;
  /** Nothing before this offset is looked at again. */
  let floor = 0;
  let probe = MIN_TOKEN_CHARS - 1;
  while (probe < n) {
    let at = probe;
    const lowest = probe - MIN_TOKEN_CHARS;
    while (at > lowest && TOKEN_UNITS[text.charCodeAt(at)] === 1) at--;
    const inToken = at === lowest;
    const here = inToken ? probe : at;
    const run =
      (mayBeLetterRow(text, here) ? lettersAround(text, here, floor) : undefined) ??
      (inToken ? tokenAround(text, probe, floor) : rowAfter(text, at + 1, floor));
    if (run === undefined) {
      probe = at + MIN_TOKEN_CHARS;
      continue;
    }
    runs ??= [];
    runs.push(run);
    floor = run.broken ? shortLastLine(text, run) : run.end;
    probe = floor + MIN_TOKEN_CHARS - 1;
  }
  return runs ?? NO_RUNS;
}

/** The token around `at`, at least 16 characters long there, with the lines that go on with it. */
function tokenAround(text: string, at: number, floor: number): EncodedRun {
  let start = at;
  while (start > floor && TOKEN_UNITS[text.charCodeAt(start - 1)] === 1) start--;
  let end = tokenEnd(text, at);
  let broken = false;
  for (let lineStart = start; end - lineStart >= MIN_TOKEN_CHARS; ) {
    lineStart = lineGapEnd(text, end);
    if (!isTokenAt(text, lineStart)) break;
    end = tokenEnd(text, lineStart);
    broken = true;
  }
  return { shape: 'token', start, end, broken };
}

/** Start of the last line of a token when it is short, else the token's end: a short line may begin something else. */
function shortLastLine(text: string, run: EncodedRun): number {
  let start = run.end;
  while (isTokenAt(text, start - 1)) start--;
  return run.end - start < MIN_TOKEN_CHARS ? start : run.end;
}

function tokenEnd(text: string, at: number): number {
  let end = at;
  while (isTokenAt(text, end)) end++;
  return end;
}

/** Where the line break and indentation at `at` end; `text.length` when there is no line break or it is too long. */
function lineGapEnd(text: string, at: number): number {
  let lineBreak = false;
  for (let end = at; end < text.length && end - at <= MAX_LINE_GAP_CHARS; end++) {
    const unit = text.charCodeAt(end);
    if (unit === 10 || unit === 13) lineBreak = true;
    else if (unit !== 32 && unit !== 9) return lineBreak ? end : text.length;
  }
  return text.length;
}

function lettersAround(text: string, at: number, floor: number): EncodedRun | undefined {
  const row = letterRowAround(text, at, floor);
  return row === undefined ? undefined : { ...row, broken: false };
}

/** The row around the pair at `at` or one further; `undefined` when there is none. */
function rowAfter(text: string, at: number, floor: number): EncodedRun | undefined {
  const pair = TOKEN_UNITS[text.charCodeAt(at)] === 1 ? at : at + 1;
  if (hexAt(text, pair) > 15) return undefined;
  let end = pairEnd(text, pair);
  if (end < 0) return undefined;
  let start = pair;
  let pairs = 1;
  for (let before = pairBefore(text, start); before >= floor; before = pairBefore(text, start)) {
    start = before;
    pairs++;
  }
  for (let next = nextPair(text, end); next >= 0; next = nextPair(text, end)) {
    end = pairEnd(text, next);
    pairs++;
  }
  return pairs >= MIN_PAIRS ? { shape: 'pairs', start, end, broken: false } : undefined;
}

/** End of the pair `hh` or `0xhh` that is the whole token at `start`; -1 when there is none. */
function pairEnd(text: string, start: number): number {
  const digits = hexAt(text, start) === 0 && (text.charCodeAt(start + 1) | 32) === 120 ? start + 2 : start;
  if (hexAt(text, digits) > 15 || hexAt(text, digits + 1) > 15) return -1;
  return isTokenAt(text, digits + 2) ? -1 : digits + 2;
}

function nextPair(text: string, end: number): number {
  let at = end;
  while (at - end <= MAX_PAIR_GAP_CHARS && isPairSeparator(text.charCodeAt(at))) at++;
  return at > end && at - end <= MAX_PAIR_GAP_CHARS && pairEnd(text, at) >= 0 ? at : -1;
}

/** Start of the pair that ends right before the separators before `start`; -1 when there is none. */
function pairBefore(text: string, start: number): number {
  let end = start;
  while (start - end <= MAX_PAIR_GAP_CHARS && isPairSeparator(text.charCodeAt(end - 1))) end--;
  if (end === start || start - end > MAX_PAIR_GAP_CHARS) return -1;
  const from = isTokenAt(text, end - 3) ? end - 4 : end - 2;
  return from >= 0 && !isTokenAt(text, from - 1) && pairEnd(text, from) === end ? from : -1;
}

function isPairSeparator(unit: number): boolean {
  return unit === 32 || unit === 44 || unit === 58 || unit === 59 || unit === 10;
}

/**
 * Offset from which the end of `text` may be part of a run once more text follows; `text.length` when it cannot.
 * @param runs what `findRuns` gave for `text`
 */
export function openRunFrom(text: string, runs: readonly EncodedRun[]): number {
  const n = text.length;
  const last = runs.at(-1);
  let token = n;
  while (token > (last?.end ?? 0) && TOKEN_UNITS[text.charCodeAt(token - 1)] === 1) token--;
  let open = Math.min(token, openRowFrom(text, token), openLetterRowFrom(text));
  if (last === undefined) return open;
  const goesOn =
    last.end === n || (last.shape === 'token' && endsInLongLine(text, last) && isLineGap(text, last.end, token));
  if (goesOn) open = Math.min(open, last.start);
  return open;
}

function endsInLongLine(text: string, run: EncodedRun): boolean {
  return !run.broken || shortLastLine(text, run) === run.end;
}

/** Whether a run that ends at `from` may go on at `to`: a line break is between, or may still come at the end. */
function isLineGap(text: string, from: number, to: number): boolean {
  if (to - from > MAX_LINE_GAP_CHARS) return false;
  let lineBreak = to === text.length;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10 || unit === 13) lineBreak = true;
    else if (unit !== 32 && unit !== 9) return false;
  }
  return lineBreak;
}

/** Start of the row of pairs that the last, perhaps unfinished, token would go on with. */
function openRowFrom(text: string, token: number): number {
  const n = text.length;
  if (!/^(?:0x)?[\da-f]{0,2}$|^0$/i.test(text.slice(token, token + 5))) return n;
  let start = pairEnd(text, token) === n ? token : pairBefore(text, token);
  if (start < 0) return n;
  for (let before = pairBefore(text, start); before >= 0; before = pairBefore(text, start)) start = before;
  return start;
}
