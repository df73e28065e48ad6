import type { Revision } from '../revision/revisions.ts';

/** What a bridge stands on. */
export interface BridgeParts {
  /** What the client speaks. */
  readonly from: Revision;
  /** What the server speaks. */
  readonly to: Revision;
  /** Authenticates request states that clients of 2026-07-28 bring back; at least `KEY_MIN_BYTES`. */
  readonly key: Uint8Array;
  /** Names the client, so that a state of one is worth nothing in the hands of another. */
  readonly client: string;
  /** What the gateway is called where a client doesn't say what it is. */
  readonly product: { readonly name: string; readonly version: string };
  readonly clock: BridgeClock;
  readonly limits?: Partial<BridgeLimits>;
}

export interface BridgeClock {
  /** Milliseconds, never back. */
  readonly nowMs: () => number;
  /** Runs something once, later. @returns what calls it off */
  readonly after: (ms: number, run: () => void) => () => void;
}

export const KEY_MIN_BYTES = 32;

/** Bounds of what one bridge holds. */
export interface BridgeLimits {
  /** Requests of the client under way; default 256. */
  readonly maxPending: number;
  /** Rounds of questions before one request is answered; default 16. */
  readonly maxRounds: number;
  /** Questions in one round; default 16. */
  readonly maxQuestions: number;
  /** Resources that are watched; default 256. */
  readonly maxWatched: number;
  /** Subscriptions of a client of 2026-07-28; default 16. */
  readonly maxListens: number;
  /** Of the state that a server of 2026-07-28 asks to get back, characters; default 65 536. */
  readonly maxStateChars: number;
  /** Requests that wait for a client of 2026-07-28 to come back; default 64. */
  readonly maxParked: number;
  /** How long questions may wait for their answers, milliseconds; default 600 000. */
  readonly answerMs: number;
}

export const BRIDGE_LIMITS: BridgeLimits = {
  maxPending: 256,
  maxRounds: 16,
  maxQuestions: 16,
  maxWatched: 256,
  maxListens: 16,
  maxStateChars: 65_536,
  maxParked: 64,
  answerMs: 600_000,
};
