import { hash } from 'node:crypto';
import {
  type AuthorizationStore,
  type Fault,
  isSameOwner,
  type Owner,
  type RecordedBy,
  type StoredConsent,
  type StoredToken,
} from '@sallyport/core';
import type { AuthorizationLog } from './authorization-log.ts';
import { consentName } from './consent-desk.ts';
import { type TokenKeeper, toldOf } from './token-keeper.ts';
import type { UpstreamRoom } from './upstream-room.ts';

/** Authorizations that are listed. */
export const AUTHORIZATIONS_LISTED_MAX = 1_000;
const ID_CHARS = 24;

/** An authorization as operators see it: never a token. Times are RFC 3339, UTC. */
export interface ShownAuthorization {
  readonly id: string;
  readonly server: string;
  /** Absent for the gateway's own. */
  readonly owner?: Owner;
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly gotAt: string;
  readonly expiresAt?: string;
  readonly refreshable: boolean;
  /** Applications for which its owner said yes, and when. */
  readonly clients: readonly { readonly client: string; readonly at: string }[];
}

export interface AuthorizationRegisterParts {
  readonly rooms: ReadonlyMap<string, UpstreamRoom>;
  readonly keeper: TokenKeeper;
  readonly log: AuthorizationLog;
  readonly store: AuthorizationStore;
}

/** What operators see of authorizations, and take back. */
export class AuthorizationRegister {
  readonly #parts: AuthorizationRegisterParts;

  constructor(parts: AuthorizationRegisterParts) {
    this.#parts = parts;
  }

  list(): readonly ShownAuthorization[] {
    const { tokens, consents } = this.#parts.store;
    const given = consents.all();
    return tokens
      .all()
      .slice(0, AUTHORIZATIONS_LISTED_MAX)
      .map((token) =>
        shownOf(
          token,
          given.filter((consent) => isOf(consent, token)),
        ),
      );
  }

  /** Ends an authorization and every consent to it. @returns `NOT_FOUND` @throws {SallyportError} `RECORD_FAILED`, and nothing has ended */
  async revoke(
    id: string,
    said: { readonly by: RecordedBy; readonly reason: string },
  ): Promise<ShownAuthorization | Fault> {
    const { store, rooms, keeper, log } = this.#parts;
    const token = store.tokens.all().find((each) => idOf(each) === id);
    if (token === undefined) return { fault: 'NOT_FOUND' };
    const given = store.consents.all().filter((consent) => isOf(consent, token));
    await log.tell({ step: 'revoked', ...toldOf(token), ...said });
    for (const consent of given) store.consents.remove(consentName(consent.server, consent));
    await keeper.giveBack(rooms.get(token.server), token);
    return shownOf(token, given);
  }
}

function isOf({ server, owner }: StoredConsent, token: StoredToken): boolean {
  return token.owner !== undefined && server === token.server && isSameOwner(owner, token.owner);
}

function idOf({ server, owner }: StoredToken): string {
  return hash('sha256', JSON.stringify([server, owner ?? null]), 'hex').slice(0, ID_CHARS);
}

function shownOf(token: StoredToken, given: readonly StoredConsent[]): ShownAuthorization {
  const { server, owner, issuer, granted, gotMs, expiresMs, refresh } = token;
  return {
    id: idOf(token),
    server,
    ...(owner !== undefined && { owner }),
    issuer,
    scopes: granted,
    gotAt: new Date(gotMs).toISOString(),
    ...(expiresMs !== undefined && { expiresAt: new Date(expiresMs).toISOString() }),
    refreshable: refresh !== undefined,
    clients: given.map(({ client, at }) => ({ client, at })),
  };
}
