/** Letters and digits of a text, lower case, with the place of each in the original. */
export interface Condensed {
  readonly codes: Uint16Array;
  /** `at[i]` is the offset of `codes[i]` in the original text. */
  readonly at: Uint32Array;
  readonly length: number;
}

/** Length of a gram in condensed characters: long enough that few ordinary phrases share one, short enough for short prompts. */
export const GRAM_CHARS = 10;

const NOT_WORD = 0;
const ASCII_FOLD = buildAsciiFold();
const LETTER_OR_DIGIT = /[\p{L}\p{N}\p{M}]/u;

function buildAsciiFold(): Uint8Array {
  const table = new Uint8Array(128);
  for (let code = 0; code < 128; code += 1) {
    const char = String.fromCharCode(code);
    if (/[0-9a-z]/.test(char)) table[code] = code;
    else if (/[A-Z]/.test(char)) table[code] = code + 32;
  }
  return table;
}

/**
 * Keeps letters and digits only, folded to lower case, so that white space, markup, punctuation and characters put
 * between the letters make no difference. Surrogates are kept as they are. Cost: O(n), about 4 ns per ASCII character.
 */
export function condense(text: string): Condensed {
  const codes = new Uint16Array(text.length);
  const at = new Uint32Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const folded = code < 128 ? ASCII_FOLD[code] : foldWide(text, index, code);
    if (folded === NOT_WORD || folded === undefined) continue;
    codes[length] = folded;
    at[length] = index;
    length += 1;
  }
  return { codes, at, length };
}

function foldWide(text: string, index: number, code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) return code;
  // CJK letters have no case: skip the property test, which is the dear part.
  if (code >= 0x3400 && code <= 0x9fff) return code;
  const char = text.charAt(index);
  if (!LETTER_OR_DIGIT.test(char)) return NOT_WORD;
  const lower = char.toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : code;
}

/** Condensed characters as a string. */
export function flatText(text: Condensed, start = 0, end = text.length): string {
  let out = '';
  for (let from = start; from < end; from += 8192) {
    out += String.fromCharCode(...text.codes.subarray(from, Math.min(end, from + 8192)));
  }
  return out;
}

const MULTIPLIER = 0x01000193;
const LEADING = leadingPower();

function leadingPower(): number {
  let power = 1;
  for (let step = 1; step < GRAM_CHARS; step += 1) power = Math.imul(power, MULTIPLIER);
  return power;
}

function rolled(hash: number, outgoing: number, incoming: number): number {
  return (Math.imul(hash - Math.imul(outgoing, LEADING), MULTIPLIER) + incoming) | 0;
}

/** A polynomial hash has weak low bits; the table is addressed by them. */
function scramble(hash: number): number {
  let mixed = hash ^ (hash >>> 15);
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  mixed ^= mixed >>> 13;
  return mixed === 0 ? 1 : mixed;
}

/** A set of gram hashes in one typed array: membership costs a few nanoseconds and no allocation. */
export class GramIndex {
  readonly #slots: Int32Array;
  /** One bit for each of sixteen places a gram: nearly every gram of ordinary text is turned away by one look. */
  readonly #bits: Int32Array;
  readonly #mask: number;
  /** Grams put in, repeats counted. */
  readonly grams: number;

  constructor(texts: readonly Condensed[]) {
    let grams = 0;
    for (const text of texts) grams += Math.max(0, text.length - GRAM_CHARS + 1);
    let capacity = 16;
    while (capacity < grams * 2) capacity *= 2;
    this.grams = grams;
    this.#slots = new Int32Array(capacity);
    this.#bits = new Int32Array(capacity / 4);
    this.#mask = capacity - 1;
    for (const text of texts) this.#addAll(text);
  }

  #addAll({ codes, length }: Condensed): void {
    let hash = 0;
    for (let at = 1 - GRAM_CHARS; at <= length - GRAM_CHARS; at += 1) {
      hash = rolled(hash, at > 0 ? (codes[at - 1] ?? 0) : 0, codes[at + GRAM_CHARS - 1] ?? 0);
      if (at >= 0) this.#add(scramble(hash));
    }
  }

  #add(hash: number): void {
    const word = (hash >>> 5) & (this.#bits.length - 1);
    this.#bits[word] = (this.#bits[word] ?? 0) | (1 << hash);
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== 0) {
      if (this.#slots[slot] === hash) return;
      slot = (slot + 1) & this.#mask;
    }
    this.#slots[slot] = hash;
  }

  /** Whether the gram is in the set; a wrong yes happens about once in a million for a long context. */
  has(hash: number): boolean {
    if (((this.#bits[(hash >>> 5) & (this.#bits.length - 1)] ?? 0) & (1 << hash)) === 0) return false;
    let slot = hash & this.#mask;
    for (;;) {
      const held = this.#slots[slot];
      if (held === hash) return true;
      if (held === 0) return false;
      slot = (slot + 1) & this.#mask;
    }
  }
}

/** Units that are read for one gram at most before a text counts as one that may share anything. */
const PROBE_MAX_UNITS = 64;
/** Looking at more offsets than every fourth is no quicker than to read the whole text. */
const STEP_MIN_UNITS = 4;

/**
 * Whether a text may share a run of at least `fewest` condensed characters with one of the indexes; a wrong yes costs
 * time alone. Such a run holds a gram at every offset but its last ones, so that it is enough to look at some offsets.
 * Cost: O(n), about 2 us per KB for a run of 20, less for longer ones.
 */
export function mayShareRun(text: string, indexes: readonly GramIndex[], fewest: number): boolean {
  const step = fewest - GRAM_CHARS + 1;
  if (step < STEP_MIN_UNITS) return true;
  for (let at = 0; at < text.length; at += step) {
    const gram = gramFrom(text, at);
    if (gram === MANY_UNITS) return true;
    if (gram === NO_GRAM) return false;
    for (const index of indexes) if (index.has(gram)) return true;
  }
  return false;
}

/** No hash is 0, and none a fraction. */
const NO_GRAM = 0;
const MANY_UNITS = 0.5;

/** The gram that begins at or behind an offset of a text that is not condensed. */
function gramFrom(text: string, from: number): number {
  const end = Math.min(text.length, from + PROBE_MAX_UNITS);
  let hash = 0;
  let chars = 0;
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at);
    const folded = code < 128 ? (ASCII_FOLD[code] as number) : foldWide(text, at, code);
    if (folded === NOT_WORD) continue;
    hash = (Math.imul(hash, MULTIPLIER) + folded) | 0;
    chars += 1;
    if (chars === GRAM_CHARS) return scramble(hash);
  }
  return end === text.length ? NO_GRAM : MANY_UNITS;
}

/** A stretch of condensed characters, `end` exclusive, of which every gram is in the index. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/** Maximal runs shared with each of the indexes, ascending, in one pass. Cost: O(n), about 8 ns per character. */
export function sharedRuns(text: Condensed, indexes: readonly GramIndex[]): readonly (readonly Run[])[] {
  const { codes, length } = text;
  const found: Run[][] = indexes.map(() => []);
  const starts = new Int32Array(indexes.length).fill(-1);
  let hash = 0;
  for (let at = 1 - GRAM_CHARS; at <= length - GRAM_CHARS; at += 1) {
    hash = rolled(hash, at > 0 ? (codes[at - 1] ?? 0) : 0, codes[at + GRAM_CHARS - 1] ?? 0);
    if (at < 0) continue;
    const gram = scramble(hash);
    for (let which = 0; which < indexes.length; which += 1) {
      const start = starts[which] ?? -1;
      if (indexes[which]?.has(gram) === true) {
        if (start < 0) starts[which] = at;
      } else if (start >= 0) {
        found[which]?.push({ start, end: at + GRAM_CHARS - 1 });
        starts[which] = -1;
      }
    }
  }
  for (const [which, start] of starts.entries()) if (start >= 0) found[which]?.push({ start, end: length });
  return found;
}
