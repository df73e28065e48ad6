import type { Decoding, ToolCall } from '@sallyport/core';
import { viewOf } from '@sallyport/text';
import type { Leaf } from '../label.ts';
import { fingerprintsOf, SHARED_RUN_CHARS } from '../values/fingerprints.ts';
import { looseWords, phraseOf, strictWords } from '../values/fold-words.ts';
import { valuesIn } from '../values/values-in.ts';

/** What a leaf counts as when it is found: how much it vouches for a value. */
export const STANDINGS = ['user', 'trusted', 'atom', 'free'] as const;
export type Standing = (typeof STANDINGS)[number];

/** A bit for each standing, for sets of them. */
export const STANDING_BITS: Readonly<Record<Standing, number>> = { user: 1, trusted: 2, atom: 4, free: 8 };

/** One way to read a leaf. */
export interface Reading {
  readonly via: readonly Decoding[];
  /** Its loose words as a phrase. */
  readonly phrase: string;
}

/** A leaf with all by which it is found. */
export interface IndexedLeaf extends Leaf {
  readonly standing: Standing;
  /** The call that brought it. */
  readonly call?: ToolCall;
  /** All leaves of its message, itself among them. */
  readonly peers: readonly IndexedLeaf[];
  /** Leaves of one record share this: what stands beside it came from the same hand. */
  readonly record: string;
  readonly readings: readonly Reading[];
  /** Values by key, and how they were decoded. */
  readonly values: ReadonlyMap<string, readonly Decoding[]>;
  /** Values by look only: imitations, and values that were only visible once disguises were undone. */
  readonly looks: ReadonlySet<string>;
  /** Fingerprints of its readings. */
  readonly prints: readonly Uint32Array[];
  /** Its strict words as a phrase: what a value must be in to be vouched for. */
  strictPhrase(): string;
}

/** Foldings that leave a text the same to whoever reads it by the standard's own rules. */
const HARMLESS: ReadonlySet<Decoding> = new Set<Decoding>(['nfkc', 'zero-width', 'bidi', 'html-entity', 'percent']);

/** Whether a reading says what is literally there, or only what could be made of it. */
export function isLiteral(via: readonly Decoding[]): boolean {
  return via.every((decoding) => HARMLESS.has(decoding));
}

/** Field names and the like: no room for a disguise, nor for a value with a form of its own. */
const PLAIN = /^[A-Za-z][A-Za-z _-]{0,21}$/;

export type LeafFacts = Leaf & Pick<IndexedLeaf, 'standing' | 'record' | 'peers'> & { readonly call?: ToolCall };

/** Makes a leaf findable. Cost: O(length), about 250 us per KB. */
export function indexLeaf(facts: LeafFacts): IndexedLeaf {
  const readings: Reading[] = [];
  const values = new Map<string, readonly Decoding[]>();
  const looks = new Set<string>();
  const plain = PLAIN.test(facts.text);
  for (const { text, via } of plain ? [{ text: facts.text, via: [] }] : viewOf(facts.text).layers) {
    const phrase = phraseOf(looseWords(text));
    if (phrase === '') continue;
    readings.push({ via, phrase });
    if (plain) continue;
    for (const { key, lookKey } of valuesIn(text)) {
      if (!values.has(key)) values.set(key, via);
      if (lookKey !== undefined) looks.add(lookKey);
    }
  }
  let strict: string | undefined;
  return {
    ...facts,
    readings,
    values,
    looks,
    prints: readings
      .filter(({ phrase }) => phrase.length >= SHARED_RUN_CHARS)
      .map(({ phrase }) => fingerprintsOf(phrase)),
    strictPhrase: () => {
      strict ??= phraseOf(strictWords(facts.text));
      return strict;
    },
  };
}
