import { hash, randomBytes } from 'node:crypto';
import type { Owner } from '@sallyport/core';
import { ownerParts } from '@sallyport/core';
import type { AuthorizationServer } from 'oauth4webapi';

/** Consents that are waited for at a time; with more of them, nobody is asked. */
export const PENDING_MAX = 10_000;
const SECRET_BYTES = 32;

/** For whom the gateway is to be let in: whose access it is, and the application that asks. */
export interface Asker {
  readonly owner: Owner;
  /** As it was known at the door; two of them of one owner are asked about one by one. */
  readonly client: string;
}

/** A browser that was sent to an authorization server. */
export interface SentOff {
  readonly state: string;
  readonly verifier: string;
  /** SHA-256 of what the browser's cookie holds. */
  readonly browser: string;
  readonly as: AuthorizationServer;
  readonly resource: string;
}

/** A consent that is waited for. */
export interface PendingConsent {
  /** In the address of the page: whoever has it may look at the page, and no more. */
  readonly ticket: string;
  readonly server: string;
  readonly asker: Asker;
  readonly scopes: readonly string[];
  /** Of a clock that only goes forward. */
  readonly untilMs: number;
  /** How often somebody showed what was not the owner's. */
  wrongProofs: number;
  sentOff?: SentOff;
}

export interface PendingConsentsParts {
  readonly consentMs: number;
  readonly nowMs: () => number;
  readonly max?: number;
}

/** Consents that are waited for, in memory: what a restart loses is asked for again. */
export class PendingConsents {
  readonly #parts: PendingConsentsParts;
  /** By the hash of the ticket; the oldest stand first. */
  readonly #byTicket = new Map<string, PendingConsent>();
  readonly #byAsker = new Map<string, PendingConsent>();
  readonly #byState = new Map<string, PendingConsent>();

  constructor(parts: PendingConsentsParts) {
    this.#parts = parts;
  }

  /** The one that waits for the same already, while it has half of its time left, or another. @returns nothing where too many wait */
  open(about: Pick<PendingConsent, 'server' | 'asker' | 'scopes'>): PendingConsent | undefined {
    const { nowMs, consentMs, max = PENDING_MAX } = this.#parts;
    this.#sweep();
    const known = this.#byAsker.get(nameOf(about));
    const isSame = known !== undefined && known.scopes.join(' ') === about.scopes.join(' ');
    if (isSame && known.untilMs - nowMs() >= consentMs / 2) return known;
    // What was asked for before is not any more: no server has many wait by wanting something else each time.
    if (known !== undefined && !isSame && known.sentOff === undefined) this.remove(known);
    if (this.#byTicket.size >= max) return undefined;
    const ticket = randomBytes(SECRET_BYTES).toString('base64url');
    const pending = { ...about, ticket, untilMs: nowMs() + consentMs, wrongProofs: 0 };
    this.#byTicket.set(digest(ticket), pending);
    this.#byAsker.set(nameOf(about), pending);
    return pending;
  }

  byTicket(ticket: string): PendingConsent | undefined {
    this.#sweep();
    return this.#byTicket.get(digest(ticket));
  }

  /** A browser comes back with a state once: it is gone then, whatever becomes of it. */
  takeState(state: string): PendingConsent | undefined {
    this.#sweep();
    const found = this.#byState.get(digest(state));
    if (found !== undefined) this.remove(found);
    return found;
  }

  /** A browser that is sent off again comes back with the newest state alone. */
  sendOff(pending: PendingConsent, sentOff: SentOff): void {
    if (pending.sentOff !== undefined) this.#byState.delete(digest(pending.sentOff.state));
    pending.sentOff = sentOff;
    this.#byState.set(digest(sentOff.state), pending);
  }

  remove(pending: PendingConsent): void {
    this.#byTicket.delete(digest(pending.ticket));
    if (this.#byAsker.get(nameOf(pending)) === pending) this.#byAsker.delete(nameOf(pending));
    if (pending.sentOff !== undefined) this.#byState.delete(digest(pending.sentOff.state));
  }

  #sweep(): void {
    for (const pending of this.#byTicket.values()) {
      if (pending.untilMs > this.#parts.nowMs()) return;
      this.remove(pending);
    }
  }
}

function nameOf({ server, asker }: Pick<PendingConsent, 'server' | 'asker'>): string {
  return JSON.stringify([server, asker.client, ...ownerParts(asker.owner)]);
}

/** How long a look-up takes says nothing about what is secret. */
export function digest(secret: string): string {
  return hash('sha256', secret, 'hex');
}
