import { COMPATIBLE, CONFUSABLE, classOf, HIGH_SURROGATE } from './char-class.ts';

/** Letters that no script of a gate explains from which a text counts as one that it doesn't cover: a name stays below. */
export const UNCOVERED_LETTERS_MIN = 12;

/** Scripts beside Latin; punctuation and symbols (2000 to 2BFF) have no letters of theirs. A text without such units is told apart for nothing. */
const BEYOND_LATIN = /[\u0370-\u1fff\u2c00-\uffff]/;
const PAGE_CHARS = 256;
const COVERED = 1;
const UNCOVERED = 2;

/**
 * Tells whether texts are written in scripts that somebody knows. Letters that stand for those of another script, such as
 * mathematical ones, count for what they are folded to, and digits, signs and marks for nothing.
 * @param scripts Unicode script names, such as `Latin` and `Devanagari`
 */
export class ScriptGate {
  readonly #letter: RegExp;
  readonly #pages: (Uint8Array | undefined)[] = new Array(PAGE_CHARS).fill(undefined);

  constructor(scripts: readonly string[]) {
    const known = [...scripts, 'Common', 'Inherited'].map((name) => `\\p{scx=${name}}`).join('');
    this.#letter = new RegExp(`^[\\p{L}--[${known}]]$`, 'v');
  }

  /** Cost: nothing to speak of without letters beyond Latin, else a few us per KB; ends where it is decided. */
  covers(text: string): boolean {
    return this.uncoveredIn(text) < UNCOVERED_LETTERS_MIN;
  }

  /** How many letters are not covered, counted up to `UNCOVERED_LETTERS_MIN`. */
  uncoveredIn(text: string): number {
    const first = text.search(BEYOND_LATIN);
    if (first < 0) return 0;
    let count = 0;
    for (let at = first; at < text.length && count < UNCOVERED_LETTERS_MIN; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit < 0x370) continue;
      const isHigh = unit >= 0xd800 && unit <= 0xdbff;
      const uncovered = isHigh ? this.#isUncovered(text.codePointAt(at) ?? unit) : this.#classOf(unit) === UNCOVERED;
      if (isHigh) at += 1;
      count += Number(uncovered);
    }
    return count;
  }

  #classOf(unit: number): number {
    const page = this.#pages[unit >> 8] ?? this.#buildPage(unit >> 8);
    return page[unit & 255] ?? COVERED;
  }

  #buildPage(index: number): Uint8Array {
    const page = new Uint8Array(PAGE_CHARS);
    for (let low = 0; low < PAGE_CHARS; low += 1) {
      page[low] = this.#isUncovered(index * PAGE_CHARS + low) ? UNCOVERED : COVERED;
    }
    this.#pages[index] = page;
    return page;
  }

  #isUncovered(codePoint: number): boolean {
    const letter = String.fromCodePoint(codePoint);
    if (!this.#letter.test(letter)) return false;
    const kind = classOf(letter.charCodeAt(0));
    if (kind === HIGH_SURROGATE) return letter.normalize('NFKC') === letter;
    return kind !== CONFUSABLE && kind !== COMPATIBLE;
  }
}
