import type { Detector } from '@sallyport/core';
import { findingsOf, type Match, rawPendingFrom } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import { answersOf, type CustomDetectorSpec } from './custom-detector-spec.ts';

const TRIGGER = 'keyword';
const WORD_CHAR = /[\p{L}\p{N}\p{M}_]/u;
/** Scripts whose words touch: nothing around a keyword says whether it stands alone. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Finds configured words. No expression runs: the trigger scan has found them, their neighbours are looked at. */
export function createKeywordDetector(spec: CustomDetectorSpec): Detector {
  const book = new KeywordBook(spec.keywords, spec.wholeWords);
  const { id, category, type, score } = spec;
  const find = (text: string, hits: readonly number[]): Match[] => {
    const found: Match[] = [];
    for (const start of hits) {
      if (start < (found.at(-1)?.end ?? 0)) continue;
      const keyword = book.at(text, start);
      if (keyword !== undefined) found.push({ type, score, start, end: start + keyword.length, value: keyword });
    }
    return found;
  };
  return {
    id,
    version: tableVersion(1, answersOf(spec)),
    types: [type],
    points: spec.points,
    cache: 'content',
    reach: { kind: 'local', maxMatchChars: book.longestChars, lookaheadChars: 1, lookbehindChars: 1 },
    triggers: [{ rule: TRIGGER, keywords: spec.keywords }],
    inspect: (view, ask) => ({
      status: 'inspected',
      findings: findingsOf(view, ask, {
        detector: id,
        category,
        find: (layer) => find(layer.text, ask.hits(layer, TRIGGER)),
      }),
    }),
    pendingFrom: (tail) => rawPendingFrom(tail, (text) => book.openFrom(text)),
  };
}

class KeywordBook {
  readonly longestChars: number;
  readonly #wholeWords: boolean;
  /** In ASCII lower case, sorted by code unit: those with one beginning stand together. */
  readonly #sorted: readonly string[];
  readonly #known: ReadonlySet<string>;
  /** Lengths that occur, longest first. */
  readonly #lengths: readonly number[];

  constructor(keywords: readonly string[], wholeWords: boolean) {
    this.#wholeWords = wholeWords;
    this.#known = new Set(keywords.map(lowerCase));
    this.#sorted = [...this.#known].sort(byCodeUnit);
    this.#lengths = [...new Set(this.#sorted.map(({ length }) => length))].sort((a, b) => b - a);
    this.longestChars = this.#lengths[0] ?? 0;
  }

  /** The longest keyword that stands at an offset, in lower case. */
  at(text: string, start: number): string | undefined {
    const here = lowerCase(text.slice(start, start + this.longestChars));
    for (const length of this.#lengths) {
      const keyword = here.slice(0, length);
      if (keyword.length === length && this.#known.has(keyword) && this.#standsAlone(text, start, start + length)) {
        return keyword;
      }
    }
    return undefined;
  }

  /** First offset from which on the end of the text is the beginning of a keyword. */
  openFrom(text: string): number {
    for (let start = Math.max(0, text.length - this.longestChars); start < text.length; start++) {
      if (this.#wholeWords && !isEdge(text, start)) continue;
      const rest = lowerCase(text.slice(start));
      const next = this.#firstFrom(rest);
      // A whole keyword is still open only where the next character may make it part of a longer word.
      if (next?.startsWith(rest) === true && (this.#wholeWords || this.#continues(rest))) return start;
    }
    return text.length;
  }

  #continues(rest: string): boolean {
    if (!this.#known.has(rest)) return true;
    return this.#firstFrom(`${rest}\u0000`)?.startsWith(rest) === true;
  }

  /** The first keyword, in order, that is not before `text`. */
  #firstFrom(text: string): string | undefined {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byCodeUnit(this.#sorted[middle] ?? '', text) < 0) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low];
  }

  #standsAlone(text: string, start: number, end: number): boolean {
    return !this.#wholeWords || (isEdge(text, start) && isEdge(text, end));
  }
}

/** True where no word runs across an offset. */
function isEdge(text: string, at: number): boolean {
  const [before, after] = [text[at - 1] ?? '', text[at] ?? ''];
  if (!WORD_CHAR.test(before) || !WORD_CHAR.test(after)) return true;
  return UNSPACED.test(before) || UNSPACED.test(after);
}

/** ASCII only, as the trigger scan does: other letters may change their length. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
