import type { Decoding, Span } from '@sallyport/core';
import { viewOf } from '@sallyport/text';
import { tableVersion } from '../matches/table-version.ts';
import table from './rules.json' with { type: 'json' };

/** A place where the text of one tool tells a model what to do about another. */
export interface CrossReference {
  /** In the raw text: the sentence. */
  readonly span: Span;
  readonly score: number;
  /** The other tool, as it is named; empty where it is every other one. */
  readonly about: string;
  /** The decodings that revealed it. */
  readonly via: readonly Decoding[];
}

/** A tool whose text is looked at, among those of its request. Names are in lower case. */
export interface CrossReader {
  /** Of all tools; its own may be among them. */
  readonly names: ReadonlySet<string>;
  readonly own: string;
}

/** Characters of one text that are read: a longer one is no description. */
export const CROSS_REFERENCES_MAX_CHARS = 65_536;

/** Names of fewer characters are words of any text. */
const NAME_MIN_CHARS = 3;
/** Characters of a sentence that are read: what is longer is read in pieces of this length. */
const SENTENCE_MAX_CHARS = 600;
/** Findings in one text; more say nothing more. */
const REFERENCES_MAX = 20;

const DIRECTIVE = new RegExp(table.directive, 'i');
const STRONG = Object.values(table.strong).map((pattern) => new RegExp(pattern, 'i'));
const EVERY_TOOL = new RegExp(table.everyTool, 'i');
const TOKEN = /[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?/gu;
const SENTENCE = new RegExp(`(?:[^.!?\\n]|[.!?](?!\\s|$)){1,${SENTENCE_MAX_CHARS}}`, 'g');
/** What makes a word a name of a program's: a joint, a digit, a capital behind a small letter. */
const PROGRAM_NAME = /[_\-.\d]|\p{Ll}\p{Lu}/u;
const QUOTES = '`"\'\u2018\u2019\u201c\u201d<[(';

/** Changes whenever the same definitions may give other findings. */
export const CROSS_REFERENCES_VERSION = tableVersion(1, table);

/**
 * Where a text of a definition names another tool of the request and says what to do about it: to call it before or
 * instead, never to call it. Definitions do so honestly (`use get_flights before book_flight`), so that alone scores low;
 * with words that hide something from the user, set rules aside, carry secrets or run another tool down, it scores high.
 * Disguises are read as what they say. Cost: O(n), however many tools there are.
 */
export function crossReferences(text: string, reader: CrossReader): readonly CrossReference[] {
  const found = new Map<string, CrossReference>();
  for (const layer of viewOf(text.slice(0, CROSS_REFERENCES_MAX_CHARS)).layers) {
    for (const { index, 0: sentence } of layer.text.matchAll(SENTENCE)) {
      if (found.size >= REFERENCES_MAX) break;
      const about = namedIn(sentence, reader);
      if (about === undefined || !DIRECTIVE.test(sentence)) continue;
      const span = layer.toRaw(index, index + sentence.length);
      const key = `${span.start} ${span.end}`;
      const score = STRONG.some((pattern) => pattern.test(layer.text)) ? table.strongScore : table.score;
      if (!found.has(key)) found.set(key, { span, about, via: layer.via, score });
    }
  }
  return [...found.values()];
}

/** The first other tool that a sentence names; empty for every other one. */
function namedIn(sentence: string, { names, own }: CrossReader): string | undefined {
  for (const { index, 0: word } of sentence.matchAll(TOKEN)) {
    const name = word.toLowerCase();
    if (name.length < NAME_MIN_CHARS || name === own || !names.has(name)) continue;
    if (PROGRAM_NAME.test(word) || isCalled(sentence, index, index + word.length)) return name;
  }
  const hasOthers = names.size > Number(names.has(own));
  return hasOthers && EVERY_TOOL.test(sentence) ? '' : undefined;
}

/** Whether a word that any text may hold stands for a tool: in quotes, before `(`, or beside the word `tool`. */
function isCalled(sentence: string, start: number, end: number): boolean {
  const [before, after] = [sentence.charAt(start - 1), sentence.charAt(end)];
  if (before !== '' && after !== '' && QUOTES.includes(before) && /[\p{P}`]/u.test(after)) return true;
  return (
    /^(?:\(|\s+(?:tool|function)\b)/i.test(sentence.slice(end, end + 16)) ||
    /\b(?:tool|function)\s+$/i.test(sentence.slice(Math.max(0, start - 12), start))
  );
}
