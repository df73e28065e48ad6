import type { Fault } from '@sallyport/core';
import type { RequestId } from '../message/message.ts';
import { idKey } from '../message/request-id.ts';

/** Requests under way where nothing else is said. */
export const PENDING_MAX = 256;

/** Requests that wait for an answer, and what is known of each. A number and the text that looks like it are two ids. */
export class PendingRequests<About> {
  readonly #waiting = new Map<string, About>();
  readonly #maxPending: number;

  /** @param maxPending how many may wait at once, at least 1, default `PENDING_MAX` */
  constructor(maxPending: number = PENDING_MAX) {
    this.#maxPending = maxPending;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns a fault where there are as many as may be, and where one of this id waits already: its answer would be anybody's */
  add(id: RequestId, about: About): Fault | undefined {
    const key = idKey(id);
    if (this.#waiting.has(key)) return { fault: 'BODY_SHAPE', at: '/id' };
    if (this.#waiting.size >= this.#maxPending) return { fault: 'OVERLOADED' };
    this.#waiting.set(key, about);
    return undefined;
  }

  get(id: RequestId): About | undefined {
    return this.#waiting.get(idKey(id));
  }

  /** What an answer of this id answers: once. Every other answer is to nothing, which is a fault. */
  take(id: RequestId): About | Fault {
    const key = idKey(id);
    const about = this.#waiting.get(key);
    if (!this.#waiting.delete(key) || about === undefined) return { fault: 'BODY_SHAPE', at: '/id' };
    return about;
  }

  /** All that wait, the oldest first: they wait no more. */
  drain(): readonly About[] {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    return all;
  }
}
