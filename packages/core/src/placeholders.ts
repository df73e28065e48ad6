import type { Fingerprint } from './detector.ts';
import type { Placed } from './ledger.ts';
import type { TextEdit } from './protocol.ts';
import type { Span, ToolIntegrityType } from './vocabulary.ts';

/** Longest placeholder, brackets and escapes included, in characters; anything longer is not one. */
export const PLACEHOLDER_MAX_CHARS = 72;
/** Largest number of a placeholder: 15 digits. */
export const PLACEHOLDER_NUMBER_MAX = 999_999_999_999_999;
/** Largest number that is counted on from: beyond are those that were made from their values. */
const COUNTED_MAX = 999_999;

/** `[EMAIL_1]`, and the same with `=` marks in front of the name when somebody typed that form. */
const PLACEHOLDER = /\[(={0,8})([A-Z][A-Z0-9_]{0,39}_[1-9][0-9]{0,14})\]/g;
/** A tail that may still become a placeholder once more text arrives. */
const UNFINISHED = /\[={0,8}(?:[A-Z][A-Z0-9_]{0,55})?$/;

/** What was cut out because there was too much of it: what would be the point of putting it back? */
const NEVER_PUT_BACK: ReadonlySet<string> = new Set<ToolIntegrityType>(['oversized']);

interface Entry {
  readonly name: string;
  readonly value: string;
  /** Came with the request, so that it may be put back. */
  readonly sent: boolean;
}

/** The number of a value's placeholder, 1..`PLACEHOLDER_NUMBER_MAX`: always the same for the same value. */
export type NumberOf = (type: string, fingerprint: Fingerprint) => number;

/** A stretch of an answer's text: as it came, or a placeholder together with what it stands for. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly text: string; readonly value: string }
  | { readonly kind: 'escaped'; readonly text: string; readonly value: string }
  /** A character that marks words as data, and what stood there before. */
  | { readonly kind: 'mark'; readonly text: string; readonly value: string };

/** Type under which marks stand among what was placed; their number is the character's. */
const MARK = 'datamark';

/**
 * The typed placeholders of one exchange: `[EMAIL_1]`, numbered per type by first appearance in the transcript. The same
 * value always gets the same number, so that the model can still tell two addresses apart; a later turn that carries the
 * same history numbers it the same way. Where numbers are made from values, they are the same in every exchange.
 *
 * Text that already has the form of a placeholder is escaped with one `=` more (`[=EMAIL_1]`), so that nobody can type a
 * placeholder and have a value put in its place.
 */
export class PlaceholderTable {
  private readonly byIdentity = new Map<string, Entry>();
  private readonly byName = new Map<string, Entry>();
  private readonly counts = new Map<string, number>();
  private readonly marks = new Set<string>();
  private readonly numberOf: NumberOf | undefined;
  private sealed = false;
  private sent = 0;

  /** @param numberOf what numbers values; without it they are counted */
  constructor(numberOf?: NumberOf) {
    this.numberOf = numberOf;
  }

  /** Goes on with the numbers of earlier exchanges: their values are known by their fingerprints alone, and are not put back. */
  continueFrom(placed: readonly Placed[]): void {
    for (const { type, fingerprint, number } of placed) {
      if (type === MARK) {
        this.mark(String.fromCharCode(number));
        continue;
      }
      const identity = `${type}\n${fingerprint}`;
      const entry = { name: nameOf(type, number), value: '', sent: false };
      this.byIdentity.set(identity, entry);
      this.byName.set(entry.name, entry);
      if (number <= COUNTED_MAX) this.counts.set(type, Math.max(this.counts.get(type) ?? 0, number));
    }
  }

  /** The values that were placed, without the values. */
  get placed(): readonly Placed[] {
    const marks = Array.from(this.marks, (mark) => ({ type: MARK, fingerprint: '', number: mark.charCodeAt(0) }));
    const values = Array.from(this.byIdentity, ([identity, { name }]) => {
      const [type = '', fingerprint = ''] = identity.split('\n');
      return { type, fingerprint, number: Number(name.slice(name.lastIndexOf('_') + 1)) };
    });
    return [...values, ...marks];
  }

  /** Words that go to the model are marked with this character: one that comes back is taken out. */
  mark(marker: string): void {
    this.marks.add(marker);
  }

  get size(): number {
    return this.byName.size;
  }

  /** How many values and marks came with the request: of these alone an answer may be read otherwise than it stands. */
  get restorable(): number {
    return this.sent + this.marks.size;
  }

  /** First offset of a tail of which more text may still change how it is read; the text's length when none can. */
  certainTo(text: string): number {
    const certain = unfinishedFrom(text);
    return this.marks.has(text.charAt(certain - 1)) && certain === text.length ? certain - 1 : certain;
  }

  /** The request is on its way: values placed from now on come from the answer, and are neither known nor put back. */
  seal(): void {
    this.sealed = true;
  }

  /**
   * The placeholder for a value.
   * @param type the finding's type, kebab-case
   * @param fingerprint keyed fingerprint of the canonical value: its identity
   * @param value the raw text at its first appearance, which is what a restore puts back
   */
  place(type: string, fingerprint: Fingerprint, value: string): string {
    const identity = `${type}\n${fingerprint}`;
    const known = this.byIdentity.get(identity);
    if (known !== undefined) {
      if (!known.sent && !this.sealed && !NEVER_PUT_BACK.has(type))
        this.send(identity, { name: known.name, value, sent: true });
      return `[${known.name}]`;
    }
    const sent = !this.sealed && !NEVER_PUT_BACK.has(type);
    const entry = { name: nameOf(type, this.numbered(type, fingerprint)), value: sent ? value : '', sent };
    this.send(identity, entry);
    return `[${entry.name}]`;
  }

  /** The name of a value's placeholder, without brackets, if the value was placed. */
  find(type: string, fingerprint: Fingerprint): string | undefined {
    return this.byIdentity.get(`${type}\n${fingerprint}`)?.name;
  }

  /** A number that no other value of this exchange has. */
  private numbered(type: string, fingerprint: Fingerprint): number {
    if (this.numberOf === undefined) {
      const count = (this.counts.get(type) ?? 0) + 1;
      this.counts.set(type, count);
      return count;
    }
    let number = this.numberOf(type, fingerprint);
    while (this.byName.has(nameOf(type, number))) number = (number % PLACEHOLDER_NUMBER_MAX) + 1;
    return number;
  }

  private send(identity: string, entry: Entry): void {
    if (entry.sent) this.sent += 1;
    this.byIdentity.set(identity, entry);
    this.byName.set(entry.name, entry);
  }

  /** Whether this very value was replaced in the request. */
  knows(type: string, fingerprint: Fingerprint): boolean {
    return this.byIdentity.get(`${type}\n${fingerprint}`)?.sent === true;
  }

  /** Cuts an answer's text into what stands for itself, what stands for a value, and what was escaped. */
  pieces(text: string): readonly Piece[] {
    const pieces: Piece[] = [];
    let last = 0;
    for (const match of text.matchAll(PLACEHOLDER)) {
      const [whole, marks = '', name = ''] = match;
      const entry = this.byName.get(name);
      if (marks === '' && entry?.sent !== true) continue;
      this.unmarked(text, { start: last, end: match.index }, pieces);
      if (marks === '' && entry !== undefined) {
        pieces.push({ kind: 'placeholder', text: whole, value: entry.value });
      } else {
        pieces.push({ kind: 'escaped', text: whole, value: `[${marks.slice(1)}${name}]` });
      }
      last = match.index + whole.length;
    }
    this.unmarked(text, { start: last, end: text.length }, pieces);
    return pieces;
  }

  /** A mark stands for a space, or before other white space for nothing. */
  private unmarked(text: string, { start, end }: Span, pieces: Piece[]): void {
    let last = start;
    for (let at = this.marks.size === 0 ? end : start; at < end; at += 1) {
      const mark = text.charAt(at);
      if (!this.marks.has(mark)) continue;
      if (at > last) pieces.push({ kind: 'text', text: text.slice(last, at) });
      pieces.push({ kind: 'mark', text: mark, value: /\s/.test(text.charAt(at + 1)) ? '' : ' ' });
      last = at + 1;
    }
    if (last < end) pieces.push({ kind: 'text', text: text.slice(last, end) });
  }
}

function nameOf(type: string, number: number): string {
  return `${type.toUpperCase().replaceAll('-', '_')}_${number}`;
}

/** Whether a text holds something of a placeholder's form. */
export function looksPlaced(text: string): boolean {
  return text.includes('[') && text.search(PLACEHOLDER) >= 0;
}

/** The edits that escape everything of a placeholder's form in a text. */
export function escapes(text: string): readonly TextEdit[] {
  return Array.from(text.matchAll(PLACEHOLDER), ({ index }) => ({ start: index + 1, end: index + 1, text: '=' }));
}

/** First offset of a tail that may still become a placeholder; the text's length when none can. */
export function unfinishedFrom(text: string): number {
  const near = text.slice(-PLACEHOLDER_MAX_CHARS);
  const at = near.search(UNFINISHED);
  return at < 0 ? text.length : text.length - near.length + at;
}
