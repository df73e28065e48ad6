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

  /** Takes more text and reports the runs that ended. Cost: O(length), next to nothing without digits. */
  push(text: string): void {
    const n = text.length;
    const first = this.#digits > 0 ? 0 : text.search(FIRST_DIGIT);
    for (let i = first < 0 ? n : first; i < n; i++) {
      const kind = KINDS[text.charCodeAt(i)] as number;
      if (kind === DIGIT) {
        if (this.#digits === 0) this.#start = this.#length + i;
        this.#digits++;
        this.#end = this.#length + i + 1;
      } else if (kind === 0 && this.#digits > 0) this.#close();
    }
    this.#length += n;
  }

  /** The run that the text ends in, if it has digits enough. */
  get open(): DigitRun | undefined {
    if (this.#digits < this.#fewest) return undefined;
    return { start: this.#start, end: this.#end, digits: this.#digits };
  }

  #close(): void {
    if (this.#digits >= this.#fewest) this.#found({ start: this.#start, end: this.#end, digits: this.#digits });
    this.#digits = 0;
  }
}

const FIRST_DIGIT = /[0-9]/;
