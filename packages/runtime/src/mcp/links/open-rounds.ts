import { Buffer } from 'node:buffer';
import { BoundedCache, type Owner, ownerParts, type ReleasedCall } from '@sallyport/core';
import { canonicalArguments } from '@sallyport/wire';

/** Calls that are remembered at a time whose servers want to know more; of one that was forgotten a person is asked again. */
export const ROUNDS_MAX = 4_096;
/** How long a client may take to come back with what its server wants to know, milliseconds. */
export const ROUND_MAX_MS = 600_000;

/** What was known of a call when it went on: its values came from nothing that was said since. */
export type KnownCall = Pick<ReleasedCall, 'flow' | 'session' | 'approval'>;

/** Which call it is. Another tool, other arguments, other policies: another call. */
export interface RoundCall {
  readonly owner: Owner;
  readonly route: string;
  readonly tool: string;
  /** Its arguments, JSON. */
  readonly given: string;
  readonly policySet: string;
}

interface Open {
  readonly known: KnownCall;
  readonly atMs: number;
}

export interface OpenRoundsParts {
  readonly nowMs: () => number;
  /** Collision-resistant. */
  readonly digest: (bytes: Uint8Array) => string;
}

/**
 * Calls of 2026-07-28 that went on and that their servers answered by a question: a client comes back with the same call and what its
 * server wanted to know. That is no other call, so that what a person allowed holds for it, once for each answer of the server.
 */
export class OpenRounds {
  private readonly parts: OpenRoundsParts;
  private readonly open = new BoundedCache<Open>({ maxEntries: ROUNDS_MAX, maxWeight: ROUNDS_MAX });

  constructor(parts: OpenRoundsParts) {
    this.parts = parts;
  }

  /** A server wants to know more. @param state what its client is to bring back, where the server gave any */
  asked(call: RoundCall, state: string | undefined, known: KnownCall): void {
    this.open.set(this.keyOf(call, state), { known, atMs: this.parts.nowMs() }, 1);
  }

  /** What is known of the call that this one goes on with, once. */
  take(call: RoundCall, state: string | undefined): KnownCall | undefined {
    const key = this.keyOf(call, state);
    const found = this.open.get(key);
    this.open.delete(key);
    return found !== undefined && this.parts.nowMs() - found.atMs <= ROUND_MAX_MS ? found.known : undefined;
  }

  private keyOf({ owner, route, tool, given, policySet }: RoundCall, state: string | undefined): string {
    const parts = [ownerParts(owner), route, tool, canonicalArguments(given), policySet, state ?? null];
    return this.parts.digest(Buffer.from(JSON.stringify(parts)));
  }
}
