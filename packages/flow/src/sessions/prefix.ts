import { createHash } from 'node:crypto';
import type { KeyedTurn } from '@sallyport/core';

/**
 * The beginnings of one request's conversation. A name stands for the owner and all messages of a beginning, in their order.
 * Cost: each message is hashed once for all names that are made in one go.
 */
export class Prefix {
  readonly turns: readonly KeyedTurn[];
  readonly #owner: string;
  readonly #names = new Map<number, string>();

  constructor(owner: string, turns: readonly KeyedTurn[]) {
    this.#owner = owner;
    this.turns = turns;
  }

  /** Names the first `count` messages. */
  name(count: number): string {
    const known = this.#names.get(count);
    if (known !== undefined) return known;
    this.prepare([count]);
    return this.#names.get(count) ?? '';
  }

  /** Makes several names in one go, which costs no more messages than the longest. */
  prepare(counts: readonly number[]): void {
    const missing = counts.filter((count) => !this.#names.has(count)).sort((a, b) => a - b);
    if (missing.length === 0) return;
    const hash = createHash('sha256').update(this.#owner);
    let at = 0;
    for (const count of missing) {
      let keys = '';
      for (; at < count; at += 1) keys += `\n${this.turns[at]?.key ?? ''}`;
      hash.update(keys);
      this.#names.set(count, hash.copy().digest('base64'));
    }
  }
}
