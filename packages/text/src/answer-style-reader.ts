import type { AnswerStyle, StyleReader } from '@sallyport/core';
import { readAsset } from './read-asset.ts';

/** Characters of an answer that are read, UTF-16 units. */
export const STYLE_CHARS_MAX = 8_192;
/** Words below which no language is told, and runs of words below which no repetition is. */
export const LANGUAGE_WORDS_MIN = 8;
export const REPETITION_RUNS_MIN = 32;
/** Places in which runs are remembered: a further one of the same place takes it. */
const RUN_PLACES = 1_024;

const NO_WORD = 0x811c9dc5 | 0;
/** The most frequent words of languages in Latin letters: which language a text is in shows in them first. */
const FUNCTION_WORDS = Object.entries(readAsset('function-words.json') as Record<string, readonly string[]>);
const LANGUAGES = FUNCTION_WORDS.map(([language]) => language);
/** By number of the word, in which languages it is one. */
const OF_WORD = new Map<number, number[]>();
for (const [at, [, words]] of FUNCTION_WORDS.entries()) {
  for (const word of words) {
    const key = numberOf(word);
    OF_WORD.set(key, [...(OF_WORD.get(key) ?? []), at]);
  }
}
/** A language is told where its words are such a share of all, and so many times those of the next one. */
const SHARE_MIN = 0.08;
const AHEAD_MIN = 1.2;

/** Scripts by the first unit behind them, in the order of Unicode. Source: Unicode 15.1, Blocks.txt. */
const SCRIPTS: readonly (readonly [until: number, script: string])[] = [
  [0x0250, 'latin'],
  [0x0370, 'other'],
  [0x0400, 'greek'],
  [0x0530, 'cyrillic'],
  [0x0590, 'other'],
  [0x0600, 'hebrew'],
  [0x0780, 'arabic'],
  [0x0900, 'other'],
  [0x0980, 'devanagari'],
  [0x0e00, 'other'],
  [0x0e80, 'thai'],
  [0x1e00, 'other'],
  [0x1f00, 'latin'],
  [0x2000, 'greek'],
  [0x3040, 'other'],
  [0x3100, 'japanese'],
  [0x3400, 'other'],
  [0xa000, 'chinese'],
  [0xac00, 'other'],
  [0xd7b0, 'korean'],
  [0x10000, 'other'],
];
const SCRIPT_NAMES = [...new Set(SCRIPTS.map(([, script]) => script))];
const LATIN = SCRIPT_NAMES.indexOf('latin');
const JAPANESE = SCRIPT_NAMES.indexOf('japanese');
const CHINESE = SCRIPT_NAMES.indexOf('chinese');
/** Of each 16 units: which script. */
const SCRIPT_OF = new Uint8Array(0x1_0000 >> 4);
for (let at = 0; at < SCRIPT_OF.length; at += 1) {
  const script = SCRIPTS.find(([until]) => at << 4 < until)?.[1] ?? 'other';
  SCRIPT_OF[at] = SCRIPT_NAMES.indexOf(script);
}
/** Japanese is mixed with ideographs: so much of its own letters tells it. */
const KANA_MIN = 0.1;
const FROM_IDEOGRAPHS = 0x2e80;

/**
 * Reads in which language an answer is and how much of it repeats, as it comes.
 * Cost: 15 us per KB, of the first 8 KB; 5 KB of memory.
 */
export class AnswerStyleReader implements StyleReader {
  #left = STYLE_CHARS_MAX;
  readonly #scripts = new Float64Array(SCRIPT_NAMES.length);
  readonly #hits = new Float64Array(LANGUAGES.length);
  #latin = 0;
  #words = 0;
  #word = NO_WORD;
  /** The words before, newest last. */
  #first = 0;
  #second = 0;
  #third = 0;
  readonly #seen = new Int32Array(RUN_PLACES);
  #runs = 0;
  #repeated = 0;

  push(text: string): void {
    const until = Math.min(text.length, this.#left);
    this.#left -= until;
    for (let at = 0; at < until; at += 1) {
      const unit = text.charCodeAt(at);
      if (!isLetter(unit)) {
        this.#endWord();
        continue;
      }
      if (unit < 0x250) this.#latin += 1;
      else {
        const script = SCRIPT_OF[unit >> 4] as number;
        this.#scripts[script] = (this.#scripts[script] as number) + 1;
      }
      this.#word = added(this.#word, unit);
      if (unit >= FROM_IDEOGRAPHS) this.#endWord();
    }
  }

  read(): AnswerStyle {
    this.#endWord();
    const language = this.#language();
    const repetition = this.#runs < REPETITION_RUNS_MIN ? undefined : this.#repeated / this.#runs;
    return {
      ...(language !== undefined && { language }),
      ...(repetition !== undefined && { repetition: Math.round(repetition * 100) / 100 }),
    };
  }

  #language(): string | undefined {
    if (this.#words < LANGUAGE_WORDS_MIN) return undefined;
    this.#scripts[LATIN] = this.#latin;
    const letters = this.#scripts.reduce((sum, count) => sum + count, 0);
    const script = this.#scripts.indexOf(Math.max(...this.#scripts));
    if ((this.#scripts[JAPANESE] as number) >= KANA_MIN * letters && (script === CHINESE || script === JAPANESE))
      return 'japanese';
    if (script !== LATIN) return SCRIPT_NAMES[script];
    const most = Math.max(...this.#hits);
    const next = Math.max(...this.#hits.filter((_, at) => at !== this.#hits.indexOf(most)));
    const isTold = most >= SHARE_MIN * this.#words && most >= AHEAD_MIN * next;
    return isTold ? LANGUAGES[this.#hits.indexOf(most)] : 'latin';
  }

  #endWord(): void {
    const word = this.#word;
    if (word === NO_WORD) return;
    this.#word = NO_WORD;
    this.#words += 1;
    const languages = OF_WORD.get(word);
    if (languages !== undefined) for (const at of languages) this.#hits[at] = (this.#hits[at] as number) + 1;
    const run = added(added(added(this.#first, this.#second), this.#third), word);
    this.#first = this.#second;
    this.#second = this.#third;
    this.#third = word;
    if (this.#words < 4) return;
    this.#runs += 1;
    const place = (run >>> 8) % RUN_PLACES;
    if (this.#seen[place] === run) this.#repeated += 1;
    else this.#seen[place] = run;
  }
}

/** FNV-1a, of whole units. */
function added(sum: number, unit: number): number {
  return Math.imul(sum ^ smallUnit(unit), 0x0100_0193);
}

function numberOf(word: string): number {
  let sum = NO_WORD;
  for (let at = 0; at < word.length; at += 1) sum = added(sum, word.charCodeAt(at));
  return sum;
}

/** Capital letters of ASCII and Latin-1 as small ones. */
function smallUnit(unit: number): number {
  return (unit >= 65 && unit <= 90) || (unit >= 0xc0 && unit <= 0xde) ? unit | 32 : unit;
}

/** Digits are none: what only counts is neither a language nor a repetition. */
function isLetter(unit: number): boolean {
  if (unit < 0x80) {
    const small = unit | 32;
    return small >= 97 && small <= 122;
  }
  return unit >= 0xc0 && (unit < 0x2000 || unit >= 0x3040);
}
