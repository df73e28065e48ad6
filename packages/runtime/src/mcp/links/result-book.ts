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

/** What a result says, read when somebody wants to know, once. */
export interface LateText {
  /** About how many characters it has, before it was read. */
  readonly chars: number;
  /** All that it says, decoded. */
  readonly read: () => string;
}

/** The words of what a call returned, in order, one space between. */
class Returned {
  readonly tool: string;
  private late: LateText | undefined;
  private said = '';

  constructor(tool: string, late: LateText) {
    this.tool = tool;
    this.late = late;
  }

  get words(): string {
    if (this.late !== undefined) {
      const text = this.late.read();
      this.said = text.length > RESULT_MAX_CHARS ? TOO_LONG : wordsOf(text);
      this.late = undefined;
    }
    return this.said;
  }

  /** Characters of it that are kept, or will be. */
  get chars(): number {
    return 1 + (this.late === undefined ? this.said.length : Math.min(this.late.chars, RESULT_MAX_CHARS));
  }
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

  /** From now on it is known. @param given JSON @returns how to read it now, so that what it is read from can go */
  returned(
    owner: Owner,
    { tool, given }: { readonly tool: string; readonly given: string },
    late: LateText,
  ): () => void {
    const key = this.keyOf(owner, given);
    const one = new Returned(tool, late);
    const own = this.byCall.get(key) ?? [];
    this.byCall.delete(key);
    this.byCall.set(key, [...own, one]);
    this.chars += one.chars;
    this.makeRoom();
    return () => {
      // What was forgotten for room is not read any more.
      if (this.byCall.get(key)?.includes(one) === true) this.wordsOf(one);
    };
  }

  differs({ owner, call, text }: ClaimedResult): boolean {
    const own =
      this.byCall.get(this.keyOf(owner, call.arguments))?.filter(({ tool }) => isNamed(call.tool, tool)) ?? [];
    if (own.length === 0 || text.length > RESULT_MAX_CHARS) return false;
    return own.every((one) => {
      const words = this.wordsOf(one);
      return words !== TOO_LONG && says(text, words, call);
    });
  }

  private wordsOf(one: Returned): string {
    const before = one.chars;
    const { words } = one;
    this.chars += one.chars - before;
    return words;
  }

  private makeRoom(): void {
    while (this.chars > RESULTS_MAX_CHARS) this.forgetOldest();
  }

  private forgetOldest(): void {
    const [oldest] = this.byCall;
    if (oldest === undefined) return;
    const [key, returned] = oldest;
    this.byCall.delete(key);
    for (const { chars } of returned) this.chars -= chars;
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
