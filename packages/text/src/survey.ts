import { hexAt, isAsciiLetter } from './ascii.ts';
import { CONFUSABLE, classOf, INERT, MARK } from './char-class.ts';
import { openEscapeFrom } from './escapes.ts';
import { wordAround } from './fold-word.ts';

/** A stretch of text that may be encoded: a token of base64's alphabets, or a row of hexadecimal pairs. */
export interface EncodedRun {
  readonly shape: 'token' | 'pairs';
  readonly start: number;
  readonly end: number;
  /** The token goes on over line breaks. */
  readonly broken: boolean;
}

export interface Survey {
  /** Folding may change something. */
  readonly foldable: boolean;
  readonly runs: readonly EncodedRun[];
  /** Offset from which the reading may change when more text follows. */
  readonly openFrom: number;
}

/** Characters of the shortest token that is tried: 12 bytes in base64, 8 in hexadecimal. */
export const MIN_TOKEN_CHARS = 16;
/** Pairs of the shortest row of hexadecimal pairs that is tried. */
export const MIN_PAIRS = 8;
/** Line break and indentation between two lines of one token. */
const MAX_LINE_GAP_CHARS = 8;

const NO_RUNS: readonly EncodedRun[] = [];

const TOKEN = 0;
const BREAK = 1;
const ESCAPE = 2;
const KINDS = new Uint8Array(128).fill(BREAK);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')
  KINDS[char.charCodeAt(0)] = TOKEN;
for (const char of '&%\\') KINDS[char.charCodeAt(0)] = ESCAPE;

/** Finds in one pass what there may be to undo. Cost: O(length), about 1 ns per ASCII character. */
export function survey(text: string): Survey {
  const n = text.length;
  const runs = new RunCollector(text);
  let foldable = false;
  let tokenStart = 0;
  for (let i = 0; i < n; i++) {
    const unit = text.charCodeAt(i);
    const kind = unit < 128 ? (KINDS[unit] ?? BREAK) : ESCAPE;
    if (kind === TOKEN) continue;
    const length = i - tokenStart;
    if (length >= MIN_TOKEN_CHARS || length === 2 || length === 4 || (runs.joining && length > 0)) {
      runs.token(tokenStart, i);
    }
    tokenStart = i + 1;
    if (kind === ESCAPE && !foldable) foldable = unit < 128 ? mayEscape(text, i, unit) : classOf(unit) !== INERT;
  }
  const lastLength = n - tokenStart;
  if (lastLength >= 2) runs.token(tokenStart, n);
  const openFrom = Math.min(runs.openFrom(tokenStart), openEscapeFrom(text), openUnicodeFrom(text));
  return { foldable, runs: runs.finish(), openFrom };
}

function mayEscape(text: string, at: number, unit: number): boolean {
  const next = text.charCodeAt(at + 1);
  if (unit === 38) return next === 35 || isAsciiLetter(next);
  if (unit === 37) return hexAt(text, at + 1) < 16 && hexAt(text, at + 2) < 16;
  return next === 120 || next === 117;
}

/** Puts tokens together to runs, in order. */
class RunCollector {
  readonly #text: string;
  #runs: EncodedRun[] | undefined;
  #start = -1;
  #end = -1;
  #broken = false;
  #pairs = 0;
  #pairsStart = 0;
  #pairsEnd = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether a token was seen that may go on over a line break. */
  get joining(): boolean {
    return this.#start >= 0;
  }

  token(start: number, end: number): void {
    const length = end - start;
    if (this.#start >= 0) {
      if (isLineGap(this.#text, this.#end, start)) {
        this.#end = end;
        this.#broken = true;
        if (length < MIN_TOKEN_CHARS) this.#closeToken();
        return;
      }
      this.#closeToken();
    }
    if (length >= MIN_TOKEN_CHARS) {
      this.#start = start;
      this.#end = end;
      this.#broken = false;
    } else if (isPair(this.#text, start, end)) this.#pair(start, end);
  }

  openFrom(tokenStart: number): number {
    const n = this.#text.length;
    let open = tokenStart < n ? tokenStart : n;
    const closed = this.#runs?.at(-1);
    if (closed?.end === n) open = Math.min(open, closed.start);
    if (this.#start >= 0 && (this.#end === n || isLineGap(this.#text, this.#end, tokenStart))) {
      open = Math.min(open, this.#start);
    }
    if (this.#pairs > 0) {
      const tail = this.#pairsEnd <= tokenStart ? tokenStart : n;
      const within = n - tail <= 4 || this.#pairsEnd === n;
      if (within && (this.#pairsEnd === n || isPairGap(this.#text, this.#pairsEnd, tail))) {
        open = Math.min(open, this.#pairsStart);
      }
    }
    return open;
  }

  finish(): readonly EncodedRun[] {
    this.#closeToken();
    this.#closePairs();
    return this.#runs?.sort((a, b) => a.start - b.start) ?? NO_RUNS;
  }

  #pair(start: number, end: number): void {
    if (this.#pairs > 0 && isPairGap(this.#text, this.#pairsEnd, start)) {
      this.#pairs++;
    } else {
      this.#closePairs();
      this.#pairs = 1;
      this.#pairsStart = start;
    }
    this.#pairsEnd = end;
  }

  #closeToken(): void {
    if (this.#start < 0) return;
    this.#runs ??= [];
    this.#runs.push({ shape: 'token', start: this.#start, end: this.#end, broken: this.#broken });
    this.#start = -1;
  }

  #closePairs(): void {
    if (this.#pairs >= MIN_PAIRS) {
      this.#runs ??= [];
      this.#runs.push({ shape: 'pairs', start: this.#pairsStart, end: this.#pairsEnd, broken: false });
    }
    this.#pairs = 0;
  }
}

function isLineGap(text: string, from: number, to: number): boolean {
  if (to - from > MAX_LINE_GAP_CHARS || to <= from) return false;
  let lineBreak = false;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10 || unit === 13) lineBreak = true;
    else if (unit !== 32 && unit !== 9) return false;
  }
  return lineBreak;
}

/** One or two separators between hexadecimal pairs. */
function isPairGap(text: string, from: number, to: number): boolean {
  if (to - from > 2) return false;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (unit !== 32 && unit !== 44 && unit !== 58 && unit !== 59 && unit !== 10) return false;
  }
  return true;
}

function isPair(text: string, start: number, end: number): boolean {
  if (end - start === 2) return hexAt(text, start) < 16 && hexAt(text, start + 1) < 16;
  if (end - start !== 4 || text.charCodeAt(start) !== 48 || (text.charCodeAt(start + 1) | 32) !== 120) return false;
  return hexAt(text, start + 2) < 16 && hexAt(text, start + 3) < 16;
}

/** Units that the end of a text is searched for the start of a cluster, a hidden run or a word that is still open. */
const MAX_OPEN_UNITS = 256;

/** Signs that a combining mark turns into another sign. */
function isComposing(unit: number): boolean {
  return unit === 60 || unit === 61 || unit === 62;
}

function openUnicodeFrom(text: string): number {
  const n = text.length;
  if (n === 0) return 0;
  let open = n;
  const last = text.charCodeAt(n - 1);
  if (last >= 0x80) open = openClusterFrom(text);
  else if (isComposing(last)) open = n - 1;
  return Math.min(open, openWordFrom(text));
}

/** Start of the invisible units, marks and surrogates at the end, with the character that they hang on. */
function openClusterFrom(text: string): number {
  const floor = Math.max(0, text.length - MAX_OPEN_UNITS);
  let at = text.length - 1;
  while (at > floor && hangs(text.charCodeAt(at))) at--;
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff && at > 0 ? at - 1 : at;
}

/** Marks, invisible units, and both halves of tags and supplementary selectors. */
function hangs(unit: number): boolean {
  if (unit < 0x80) return false;
  if (unit === 0xdb40 || (unit >= 0xdc00 && unit <= 0xddef)) return true;
  const kind = classOf(unit);
  return kind === MARK || (kind >= 3 && kind <= 5);
}

/** Start of a word with look-alikes that ends within two units of the end: what follows may show it as a disguise. */
function openWordFrom(text: string): number {
  const n = text.length;
  for (let at = n - 1; at >= Math.max(0, n - 2); at--) {
    const start = Math.max(0, at - MAX_OPEN_UNITS);
    const window = text.slice(start, at + 1);
    const word = wordAround(window, window.length - 1);
    for (let i = word.start; i < word.end; i++) {
      const unit = window.charCodeAt(i);
      if (unit >= 0x80 && classOf(unit) === CONFUSABLE) return start + word.start;
    }
  }
  return n;
}
