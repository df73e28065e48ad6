import {
  type AuthorizationStore,
  type Fault,
  isFault,
  isSameOwner,
  type Owner,
  ownerOf,
  ownerParts,
  type Principal,
  type StoredToken,
} from '@sallyport/core';
import {
  AuthorizationResponseError,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomState,
  validateAuthResponse,
} from 'oauth4webapi';
import { overIn, tokenForCode } from './ask-for-token.ts';
import type { AuthorizationLog } from './authorization-log.ts';
import { type Asker, digest, type PendingConsent, type PendingConsents } from './pending-consents.ts';
import type { TokenKeeper } from './token-keeper.ts';
import { OFFLINE, type UpstreamRoom } from './upstream-room.ts';

/** How often somebody may show what is not the owner's before the page is gone. */
export const WRONG_PROOFS_MAX = 10;

export interface ConsentDeskParts {
  readonly rooms: ReadonlyMap<string, UpstreamRoom>;
  readonly pending: PendingConsents;
  readonly keeper: TokenKeeper;
  readonly log: AuthorizationLog;
  readonly store: Pick<AuthorizationStore, 'consents'>;
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
}

/** What the page says of a consent. */
export interface AskedConsent {
  readonly server: string;
  readonly owner: Owner;
  readonly client: string;
  readonly scopes: readonly string[];
  /** Host to which the browser goes on. */
  readonly host: string;
}

/** What becomes of a yes: the browser goes on, or there is nothing left to do. */
export type Approved = { readonly continueAt: string } | { readonly done: string };

/** What becomes of a browser that comes back; `server` is where it is let in now. */
export type Returned = { readonly server: string } | { readonly failed: 'unknown' | 'declined' | 'refused' };

/**
 * Where somebody says yes. INVARIANT: a browser goes to an authorization server only after whoever sits before it has shown the owner's own credential
 * on the gateway's page, and comes back into the same browser: otherwise the link alone would let one person's access be put into another's hands.
 */
export class ConsentDesk {
  readonly #parts: ConsentDeskParts;

  constructor(parts: ConsentDeskParts) {
    this.#parts = parts;
  }

  /** Whether somebody said yes to all that a token was asked for, for this application. */
  covers(token: StoredToken, asker: Asker): boolean {
    const consent = this.#parts.store.consents.get(consentName(token.server, asker));
    return consent?.issuer === token.issuer && token.asked.every((scope) => consent.scopes.includes(scope));
  }

  /** @returns the ticket of the page; nothing where too many wait */
  open(about: Pick<PendingConsent, 'server' | 'asker' | 'scopes'>): string | undefined {
    return this.#parts.pending.open(about)?.ticket;
  }

  /** What the page says; undefined where there is no such ticket any more. */
  async asked(ticket: string): Promise<AskedConsent | undefined> {
    const pending = this.#parts.pending.byTicket(ticket);
    const room = pending === undefined ? undefined : this.#parts.rooms.get(pending.server);
    const discovered = await room?.discovered();
    if (pending === undefined || discovered === undefined || isFault(discovered)) return undefined;
    const { server, asker, scopes } = pending;
    const { authorization_endpoint: endpoint = discovered.authorization.issuer } = discovered.authorization;
    return { server, ...asker, scopes, host: new URL(endpoint).host };
  }

  /**
   * Somebody says yes.
   * @param shown who they are, by what they showed on the page; and the secret of their browser's cookie
   * @returns `NOT_FOUND` where nothing waits, `ACCESS_DENIED` where they are not who it is about
   * @throws {SallyportError} `RECORD_FAILED`
   */
  async approve(
    ticket: string,
    shown: { readonly principal: Principal; readonly browser: string },
  ): Promise<Approved | Fault> {
    const { pending: waiting, rooms, log, store, keeper } = this.#parts;
    const pending = waiting.byTicket(ticket);
    const room = pending === undefined ? undefined : rooms.get(pending.server);
    if (pending === undefined || room === undefined) return { fault: 'NOT_FOUND' };
    const { server, asker, scopes } = pending;
    if (!isTheirs(asker.owner, shown.principal)) return this.wrongProof(ticket);
    const discovered = await room.discovered();
    if (isFault(discovered)) return discovered;
    const { issuer } = discovered.authorization;
    await log.tell({ step: 'consented', server, owner: asker.owner, client: asker.client, issuer, scopes });
    const at = new Date(this.#parts.dateMs()).toISOString();
    store.consents.put(consentName(server, asker), { server, ...asker, issuer, scopes, at });
    const token = keeper.kept(room, asker.owner);
    if (token !== undefined && token.issuer === issuer && scopes.every((scope) => token.asked.includes(scope))) {
      waiting.remove(pending);
      return { done: server };
    }
    return this.#sendOff(pending, { room, browser: shown.browser });
  }

  /** What was shown on the page is not the owner's. */
  wrongProof(ticket: string): Fault {
    const pending = this.#parts.pending.byTicket(ticket);
    if (pending === undefined) return { fault: 'NOT_FOUND' };
    pending.wrongProofs += 1;
    if (pending.wrongProofs >= WRONG_PROOFS_MAX) this.#parts.pending.remove(pending);
    return { fault: 'ACCESS_DENIED' };
  }

  /** Somebody says no. What was consented to before stays. */
  async decline(ticket: string): Promise<void> {
    const pending = this.#parts.pending.byTicket(ticket);
    if (pending === undefined) return;
    this.#parts.pending.remove(pending);
    await this.#declined(pending);
  }

  /** A browser comes back from an authorization server. @throws {SallyportError} `RECORD_FAILED` */
  async returned(server: string, parameters: URLSearchParams, browser: string | undefined): Promise<Returned> {
    const [state = '', ...more] = parameters.getAll('state');
    const pending = more.length > 0 ? undefined : this.#parts.pending.takeState(state);
    const sentOff = pending?.sentOff;
    const room = this.#parts.rooms.get(server);
    const isSame = browser !== undefined && sentOff?.browser === digest(browser);
    if (pending?.server !== server || sentOff === undefined || room === undefined || !isSame)
      return { failed: 'unknown' };
    const { as, verifier, resource } = sentOff;
    const { owner } = pending.asker;
    try {
      const ask = await room.tokenAsk(as, { owner, resource, scopes: pending.scopes });
      // First of all who answers (RFC 9207, section 2.4): what another one says counts for nothing, its errors neither.
      const checked = validateAuthResponse(as, ask.upstreamClient.client, parameters, sentOff.state);
      const code = { parameters: checked, redirectUri: room.addresses.redirectUri, verifier };
      await this.#parts.keeper.keep(await tokenForCode(code, ask), 'obtained');
      return { server };
    } catch (error) {
      if (error instanceof AuthorizationResponseError && error.error === 'access_denied') {
        this.#parts.store.consents.remove(consentName(server, pending.asker));
        await this.#declined(pending);
        return { failed: 'declined' };
      }
      if (overIn(error) === 'client') room.forgetClient(as.issuer);
      room.failed(error);
      return { failed: 'refused' };
    }
  }

  async #sendOff(
    pending: PendingConsent,
    { room, browser }: { readonly room: UpstreamRoom; readonly browser: string },
  ): Promise<Approved | Fault> {
    const discovered = await room.discovered();
    if (isFault(discovered)) return discovered;
    const { authorization: as, resource } = discovered;
    try {
      const { client } = await room.client(as);
      const [state, verifier] = [generateRandomState(), generateRandomCodeVerifier()];
      const url = new URL(as.authorization_endpoint ?? '');
      const challenge = await calculatePKCECodeChallenge(verifier);
      for (const [name, value] of Object.entries({
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: room.addresses.redirectUri,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        resource,
        state,
        ...(pending.scopes.length > 0 && { scope: pending.scopes.join(' ') }),
        // Without it no refresh token is given by who follows OpenID Connect Core 1.0, section 11.
        ...(pending.scopes.includes(OFFLINE) && { prompt: 'consent' }),
      })) {
        url.searchParams.set(name, value);
      }
      this.#parts.pending.sendOff(pending, { state, verifier, browser: digest(browser), as, resource });
      return { continueAt: url.href };
    } catch (error) {
      return room.failed(error);
    }
  }

  #declined({ server, asker, scopes, sentOff }: PendingConsent): Promise<void> {
    const { owner, client } = asker;
    return this.#parts.log.tellAfter({
      step: 'declined',
      server,
      owner,
      client,
      issuer: sentOff?.as.issuer ?? '',
      scopes,
    });
  }
}

/** Whether somebody may say yes for an owner: they are the owner, or the user for whom an agent acts. */
function isTheirs(owner: Owner, principal: Principal): boolean {
  if (isSameOwner(owner, ownerOf(principal))) return true;
  const { user } = owner;
  if (user === undefined || principal.kind !== 'user' || principal.onBehalfOf !== undefined) return false;
  return principal.id === user.id && principal.tenant === user.tenant;
}

/** What a consent is kept under. */
export function consentName(server: string, { owner, client }: Asker): readonly string[] {
  return [server, client, ...ownerParts(owner)];
}
