import { BoundedCache, type MessageRef } from '@sallyport/core';
import type { IndexBlock } from './index-block.ts';
import type { LabelledMessage } from './labelled-message.ts';
import type { Recalled } from './recalled.ts';
import type { TranscriptSums } from './transcript-sums.ts';

/** A transcript that was labelled, whole. */
export interface Walk<Place> {
  readonly messages: readonly LabelledMessage[];
  /** Blocks of 32 messages from the first on; the messages after the last whole one are in none. */
  readonly blocks: readonly IndexBlock[];
  readonly sums: TranscriptSums;
  /** The memories that its messages came out of: with others, it is another one. */
  readonly recalled: readonly Recalled[];
  /** Where its last message stands. */
  readonly at: Place;
  /** What is kept of all its messages, in characters. */
  readonly weight: number;
}

interface KeptWalk<Place> extends Walk<Place> {
  readonly keys: readonly string[];
}

/** Messages at the end of a transcript among which the end of an earlier one is looked for: a turn adds two or three. */
const NEW_MESSAGES = 8;

/**
 * Transcripts that were labelled lately, found by what they ended with, so that whoever goes on with one doesn't look up each of its
 * messages again. What is forgotten costs time, never another answer.
 */
export class Walks<Place> {
  readonly #kept: BoundedCache<KeptWalk<Place>>;
  /** Arrays that were labelled before have a name of their own: they only grow, so that none of their keys is compared again. */
  readonly #arrays = new WeakMap<readonly MessageRef[], string>();
  #serial = 0;

  constructor(bounds: { readonly maxEntries: number; readonly maxWeight: number }) {
    this.#kept = new BoundedCache(bounds);
  }

  /** The longest one that these messages begin with. @param tool names the definitions that it was labelled with */
  before(tool: string, messages: readonly MessageRef[]): Walk<Place> | undefined {
    const grown = this.#kept.get(`${tool} ${this.#arrays.get(messages) ?? ''}`);
    if (grown !== undefined && grown.messages.length <= messages.length) return grown;
    const shortest = Math.max(1, messages.length - NEW_MESSAGES);
    for (let length = messages.length; length >= shortest; length--) {
      const walk = this.#kept.get(nameOf(tool, messages, length));
      if (walk?.keys.length === length && walk.keys.every((key, at) => key === messages[at]?.key)) return walk;
    }
    return undefined;
  }

  keep(tool: string, messages: readonly MessageRef[], walk: Walk<Place>): void {
    const array = this.#arrays.get(messages);
    if (array !== undefined) {
      this.#kept.set(`${tool} ${array}`, { ...walk, keys: NO_KEYS }, walk.weight);
      return;
    }
    this.#arrays.set(messages, `array ${this.#serial++}`);
    const keys = messages.map(({ key }) => key);
    this.#kept.set(nameOf(tool, messages, messages.length), { ...walk, keys }, walk.weight + keys.length * 64);
  }
}

const NO_KEYS: readonly string[] = [];

function nameOf(tool: string, messages: readonly MessageRef[], length: number): string {
  return `${tool} ${length} ${messages[length - 1]?.key ?? ''}`;
}
