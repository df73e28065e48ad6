import {
  type AuthorizationStore,
  type Fault,
  isFault,
  type Owner,
  ownerParts,
  type StoredToken,
} from '@sallyport/core';
import { giveBack, overIn, ownToken, refreshedToken } from './ask-for-token.ts';
import type { AuthorizationLog } from './authorization-log.ts';
import type { UpstreamRoom } from './upstream-room.ts';

/** How long before its end a token is refreshed; one that lives less than twice as long, at half of its life. Milliseconds. */
export const EARLY_MS = 60_000;
/** After a refresh that failed, a token that still lives is used for this long, milliseconds. */
export const AGAIN_AFTER_MS = 5_000;

export interface TokenKeeperParts {
  readonly tokens: AuthorizationStore['tokens'];
  readonly log: AuthorizationLog;
  readonly dateMs: () => number;
}

/** Keeps tokens usable: refreshes them before they end, each once at a time, and lets go of those that do not hold any more. */
export class TokenKeeper {
  readonly #parts: TokenKeeperParts;
  readonly #flights = new Map<string, Promise<StoredToken | Fault | undefined>>();
  readonly #failedMs = new Map<string, number>();

  constructor(parts: TokenKeeperParts) {
    this.#parts = parts;
  }

  /** The one that there is, whether it can be used or not. What was got of another authorization server, or by another client id, is none. */
  kept(room: UpstreamRoom, owner?: Owner): StoredToken | undefined {
    const token = this.#parts.tokens.get(nameOf(room.server, owner));
    const { issuer = token?.issuer, clientId = token?.clientId } = room.upstream;
    return token?.issuer === issuer && token?.clientId === clientId ? token : undefined;
  }

  /** @throws {SallyportError} `RECORD_FAILED`, and it is not kept */
  async keep(token: StoredToken, step: 'obtained' | 'refreshed'): Promise<StoredToken> {
    await this.#parts.log.tell({ step, ...toldOf(token) });
    this.#parts.tokens.put(nameOf(token.server, token.owner), token);
    return token;
  }

  /** One that can be used now, perhaps refreshed. @returns nothing where only another consent helps */
  async usable(room: UpstreamRoom, token: StoredToken): Promise<StoredToken | Fault | undefined> {
    const nowMs = this.#parts.dateMs();
    const { gotMs, expiresMs = Number.POSITIVE_INFINITY, refresh } = token;
    if (nowMs < expiresMs - Math.min(EARLY_MS, (expiresMs - gotMs) / 2)) return token;
    if (refresh === undefined) return nowMs < expiresMs ? token : this.lose(token);
    const failedMs = this.#failedMs.get(keyOf(token)) ?? Number.NEGATIVE_INFINITY;
    if (nowMs < expiresMs && nowMs - failedMs < AGAIN_AFTER_MS) return token;
    const refreshed = await this.refresh(room, token);
    return refreshed !== undefined && isFault(refreshed) && nowMs < expiresMs ? token : refreshed;
  }

  /** @returns nothing where only another consent helps */
  refresh(room: UpstreamRoom, token: StoredToken): Promise<StoredToken | Fault | undefined> {
    const { refresh } = token;
    if (refresh === undefined) return this.lose(token);
    return this.#once(keyOf(token), async () => {
      // Another one was got since: a refresh token is shown once, or its authorization server takes it for stolen.
      const kept = this.kept(room, token.owner);
      if (kept?.access !== token.access) return kept;
      const discovered = await room.discovered();
      if (isFault(discovered)) return discovered;
      const { authorization } = discovered;
      // A refresh token is shown to whom it is from, and to nobody else.
      if (authorization.issuer !== token.issuer) return this.lose(token);
      try {
        const { owner, resource, asked } = token;
        const ask = await room.tokenAsk(authorization, { owner, resource, scopes: asked });
        if (ask.upstreamClient.client.client_id !== token.clientId) return await this.lose(token);
        return await this.keep(await refreshedToken(refresh, ask), 'refreshed');
      } catch (error) {
        const over = overIn(error);
        if (over === 'client') room.forgetClient(authorization.issuer);
        const fault = room.failed(error);
        if (over !== undefined) return this.lose(token);
        this.#failedMs.set(keyOf(token), this.#parts.dateMs());
        return fault;
      }
    });
  }

  /** The gateway's own, got anew. */
  obtainOwn(room: UpstreamRoom, scopes?: readonly string[]): Promise<StoredToken | Fault | undefined> {
    return this.#once(JSON.stringify([room.server, scopes]), async () => {
      const discovered = await room.discovered();
      if (isFault(discovered)) return discovered;
      const { authorization, resource } = discovered;
      try {
        const ask = await room.tokenAsk(authorization, { resource, scopes: scopes ?? room.scopesFor(discovered) });
        return await this.keep(await ownToken(ask), 'obtained');
      } catch (error) {
        return room.failed(error);
      }
    });
  }

  async lose(token: StoredToken): Promise<undefined> {
    this.#drop(token);
    await this.#parts.log.tellAfter({ step: 'lost', ...toldOf(token) });
    return undefined;
  }

  /** Lets go of it, and tells its authorization server where that wants to know; that server's failure changes nothing. */
  async giveBack(room: UpstreamRoom | undefined, token: StoredToken): Promise<void> {
    this.#drop(token);
    const discovered = await room?.discovered();
    if (room === undefined || discovered === undefined || isFault(discovered)) return;
    if (discovered.authorization.issuer !== token.issuer) return;
    try {
      const { owner, resource, asked } = token;
      await giveBack(token, await room.tokenAsk(discovered.authorization, { owner, resource, scopes: asked }));
    } catch (error) {
      room.failed(error);
    }
  }

  #drop(token: StoredToken): void {
    this.#parts.tokens.remove(nameOf(token.server, token.owner));
    this.#failedMs.delete(keyOf(token));
  }

  /** Of several that want the same at once, all wait for one answer. */
  #once(key: string, run: () => Promise<StoredToken | Fault | undefined>): Promise<StoredToken | Fault | undefined> {
    const known = this.#flights.get(key);
    if (known !== undefined) return known;
    const flight = run().finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }
}

function nameOf(server: string, owner: Owner | undefined): readonly string[] {
  return owner === undefined ? [server] : [server, ...ownerParts(owner)];
}

function keyOf({ server, owner }: StoredToken): string {
  return JSON.stringify(nameOf(server, owner));
}

export function toldOf({ server, owner, issuer, granted }: StoredToken) {
  return { server, ...(owner !== undefined && { owner }), issuer, scopes: granted };
}
