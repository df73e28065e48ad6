import { randomUUID } from 'node:crypto';
import type { UnseenHistory } from '@sallyport/core';
import type { Prefix } from './prefix.ts';

/** Conversations of one session that go on side by side and are told apart; of more, the oldest are one. */
export const ENDS_MAX = 8;

/** Where a conversation of a session stood when it was answered last. */
interface End {
  /** Names its messages, and counts them. */
  readonly name: string;
  readonly depth: number;
  /** What it does to its session; absent where nobody looked, since no tool was in it. */
  readonly history: UnseenHistory | undefined;
}

const NOBODY_KNOWS: UnseenHistory = { tainted: true, private: true, writes: 0 };

/** What is known of one session. No text. */
export class SessionState {
  readonly id: string;
  readonly owner: string;
  /** The client has a name for it. */
  named = false;
  #ends: readonly End[] = [];
  /** What came to it and stands in no conversation that is still told apart. */
  #rest: UnseenHistory | undefined;

  constructor(owner: string, id: string = newSessionId()) {
    this.owner = owner;
    this.id = id;
  }

  /** Nothing of it was answered yet. */
  get isFresh(): boolean {
    return this.#ends.length === 0;
  }

  /** Messages of a request, from its first on, that are what the session has shown before. */
  shared(prefix: Prefix): number {
    return this.#covered(prefix).reduce((most, { depth }) => Math.max(most, depth), 0);
  }

  /**
   * What the session came to in messages that a request leaves out. A conversation that nobody looked at is one that goes on
   * beside this one, such as one that makes a title, unless the request holds nothing that was answered before: then it may
   * stand for any.
   */
  before(prefix: Prefix): UnseenHistory | undefined {
    const covered = this.#covered(prefix);
    let before = this.#rest;
    for (const end of this.#ends) {
      if (covered.includes(end) || (end.history === undefined && covered.length > 0)) continue;
      before = together(before, end.history ?? NOBODY_KNOWS);
    }
    return before === undefined || (!before.tainted && !before.private && before.writes === 0) ? undefined : before;
  }

  /** A conversation was answered. What it went on from stands in it. */
  advance(prefix: Prefix, history: UnseenHistory | undefined): void {
    const depth = prefix.turns.length;
    const covered = this.#covered(prefix);
    const ends = [...this.#ends.filter((end) => !covered.includes(end)), { name: prefix.name(depth), depth, history }];
    for (const { history: oldest } of ends.slice(0, -ENDS_MAX)) this.keep(oldest ?? NOBODY_KNOWS);
    this.#ends = ends.slice(-ENDS_MAX);
  }

  /** Something came to it that need not stand in what its requests send. */
  keep(history: UnseenHistory): void {
    this.#rest = together(this.#rest, history);
  }

  /** Where the session stood that the request goes on from. */
  #covered(prefix: Prefix): readonly End[] {
    const within = this.#ends.filter(({ depth }) => depth <= prefix.turns.length);
    prefix.prepare(within.map(({ depth }) => depth));
    return within.filter(({ name, depth }) => prefix.name(depth) === name);
  }
}

function together(a: UnseenHistory | undefined, b: UnseenHistory): UnseenHistory {
  if (a === undefined) return b;
  return { tainted: a.tainted || b.tainted, private: a.private || b.private, writes: Math.max(a.writes, b.writes) };
}

function newSessionId(): string {
  // Random numbers for many UUIDs are drawn at once, those for bytes each time anew.
  const uuid = randomUUID();
  return `ses_${uuid.slice(0, 8)}${uuid.slice(24)}`;
}
