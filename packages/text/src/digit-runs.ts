const DIGIT = 1;
const SEPARATOR = 2;
const KINDS = new Uint8Array(65_536);
for (const char of '0123456789') KINDS[char.charCodeAt(0)] = DIGIT;
for (const char of ' .-/()+') KINDS[char.charCodeAt(0)] = SEPARATOR;

/** Digits with nothing but separators between them. `end` is behind the last digit. */
export interface DigitRun {
  readonly start: number;
  readonly end: number;
  readonly digits: number;
}

/** Finds maximal runs of digits in a text that may come in pieces. Offsets are from the text's start. */
export class DigitRunScanner {
  readonly #found: (run: DigitRun) => void;
  readonly #fewest: number;
  #start = 0;
  #end = 0;
  #digits = 0;
  #length = 0;

  /** @param fewest digits of the shortest run that is reported */
  constructor(fewest: number, found: (run: DigitRun) => void) {
    this.#fewest = fewest;
    this.#found = found;
  }

  /** Takes more text and reports the runs that ended. Cost: O(length), next to nothing where there are no digits. */
  push(text: string): void {
    const n = text.length;
    const base = this.#length;
    let digits = this.#digits;
    let end = this.#end;
    let i = digits > 0 ? 0 : nextDigit(text, 0);
    while (i < n) {
      if (digits === 0) this.#start = base + i;
      let kind = DIGIT;
      for (; i < n; i++) {
        kind = KINDS[text.charCodeAt(i)] as number;
        if (kind === 0) break;
        if (kind === DIGIT) {
          digits++;
          end = base + i + 1;
        }
      }
      if (kind !== 0) break;
      if (digits >= this.#fewest) this.#found({ start: this.#start, end, digits });
      digits = 0;
      i = nextDigit(text, i + 1);
    }
    this.#digits = digits;
    this.#end = end;
    this.#length = base + n;
  }

  /** The run that the text ends in, if it has digits enough. */
  get open(): DigitRun | undefined {
    if (this.#digits < this.#fewest) return undefined;
    return { start: this.#start, end: this.#end, digits: this.#digits };
  }
}

const NEXT_DIGIT = /[0-9]/g;

/** Offset of the next digit; the text's length when there is none. */
function nextDigit(text: string, from: number): number {
  NEXT_DIGIT.lastIndex = from;
  return NEXT_DIGIT.test(text) ? NEXT_DIGIT.lastIndex - 1 : text.length;
}
