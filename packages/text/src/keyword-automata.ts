import { MAX_NARROW_STATES } from './dense-automaton.ts';
import type { FoundKeyword } from './keyword.ts';
import { KeywordAutomaton } from './keyword-automaton.ts';

/** As many automata as it takes for each to have a narrow table: a text is read once for each, which few of them make up for. */
export class KeywordAutomata {
  readonly #parts: readonly { readonly automaton: KeywordAutomaton; readonly numbers: readonly number[] }[];

  /** @param keywords in lower case, not empty each; their indexes are what `scan` reports. Cost: about 1 us a unit. */
  constructor(keywords: readonly string[]) {
    this.#parts = partsOf(keywords).map((numbers) => ({
      automaton: new KeywordAutomaton(numbers.map((number) => keywords[number] ?? '')),
      numbers,
    }));
  }

  /**
   * Reports each occurrence, see `KeywordAutomaton.scan()`; those of one automaton after those of another.
   * @param from what a scan of the text before returned
   */
  scan(text: string, found: FoundKeyword, from?: readonly number[]): readonly number[] {
    return this.#parts.map(({ automaton, numbers }, part) =>
      automaton.scan(text, (keyword, end) => found(numbers[keyword] as number, end), from?.[part]),
    );
  }
}

/** Neighbours of the alphabet share states, so parts are cut from them in order. */
function partsOf(keywords: readonly string[]): readonly (readonly number[])[] {
  const order = [...keywords.keys()].sort((a, b) => ((keywords[a] ?? '') < (keywords[b] ?? '') ? -1 : 1));
  const parts: number[][] = [];
  let states = MAX_NARROW_STATES;
  let before = '';
  for (const number of order) {
    const keyword = keywords[number] ?? '';
    const own = keyword.length - sharedStart(before, keyword);
    if (states + own > MAX_NARROW_STATES) {
      parts.push([]);
      states = 1 + keyword.length;
    } else states += own;
    parts.at(-1)?.push(number);
    before = keyword;
  }
  return parts;
}

function sharedStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}
