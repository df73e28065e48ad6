import { type ClaimedResult, type Owner, ownerParts, type ToolCall, type ToolResults } from '@sallyport/core';
import { canonicalArguments } from '@sallyport/wire';
import { isNamed } from './call-book.ts';
import dress from './dress.json' with { type: 'json' };

/** Characters of results that are kept, of all owners; the oldest go first. */
export const RESULTS_MAX_CHARS = 16_000_000;
/** Characters of one result that are kept: of a longer one nothing is said. */
export const RESULT_MAX_CHARS = 262_144;
/** Runs of letters and digits from which on they count: shorter ones stand in every text. */
const WORD_MIN_CHARS = 4;

interface Returned {
  readonly tool: string;
  /** The words of what it returned, in order, one space between. */
  readonly words: string;
}

/**
 * What servers returned, as the client got it. A client may show it to its model in any dress (as JSON, only its texts, with a heading, cut
 * short), so that words are compared: what a client claims that a call brought must say nothing that it did not bring.
 */
export class ResultBook implements ToolResults {
  private readonly byCall = new Map<string, Returned[]>();
  private chars = 0;
  private readonly fingerprint: (text: string) => string;

  constructor(fingerprint: (text: string) => string) {
    this.fingerprint = fingerprint;
  }

  get isEmpty(): boolean {
    return this.byCall.size === 0;
  }

  /** @param given JSON @param text all that the result says, decoded */
  returned(owner: Owner, { tool, given }: { readonly tool: string; readonly given: string }, text: string): void {
    const key = this.keyOf(owner, given);
    const words = text.length > RESULT_MAX_CHARS ? TOO_LONG : wordsOf(text);
    const own = this.byCall.get(key) ?? [];
    this.byCall.delete(key);
    this.byCall.set(key, [...own, { tool, words }]);
    this.chars += 1 + words.length;
    while (this.chars > RESULTS_MAX_CHARS) this.forgetOldest();
  }

  differs({ owner, call, text }: ClaimedResult): boolean {
    const own =
      this.byCall.get(this.keyOf(owner, call.arguments))?.filter(({ tool }) => isNamed(call.tool, tool)) ?? [];
    if (own.length === 0 || text.length > RESULT_MAX_CHARS) return false;
    return own.every(({ words }) => words !== TOO_LONG && says(text, words, call));
  }

  private forgetOldest(): void {
    const [oldest] = this.byCall;
    if (oldest === undefined) return;
    const [key, returned] = oldest;
    this.byCall.delete(key);
    for (const { words } of returned) this.chars -= 1 + words.length;
  }

  private keyOf(owner: Owner, given: string): string {
    return this.fingerprint(JSON.stringify(['mcp result', ...ownerParts(owner), canonicalArguments(given)]));
  }
}

/** Of a result that is too long to be kept: whatever is claimed, nobody can say that it is another one. */
const TOO_LONG = '\0';

/** Words that clients put around results. */
const DRESS: ReadonlySet<string> = new Set(dress);

/** Words that may be the beginnings of others: where a client cut a result short. */
const CUT_MAX = 4;

/** Whether a text has a word that stands neither in these, nor in the call, nor in what clients put around results. */
function says(text: string, words: string, call: ToolCall): boolean {
  const all = ` ${words} ${wordsOf(`${call.tool} ${call.arguments}`)} `;
  const known = new Set(all.split(' '));
  let cut = 0;
  for (const word of wordsOf(text).split(' ')) {
    if (word.length < WORD_MIN_CHARS || known.has(word) || DRESS.has(word)) continue;
    cut += 1;
    if (cut > CUT_MAX || !all.includes(` ${word}`)) return true;
  }
  return false;
}

/** Letters and digits, in lower case, one space between. Escapes of JSON are no part of words. */
function wordsOf(text: string): string {
  const read = text.replaceAll(/\\+(?:u[0-9a-fA-F]{4}|[nrtbf"/])/g, ' ');
  return (
    read
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).join(' ');
}
