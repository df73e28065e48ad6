import {
  type AuthorizationStore,
  type Fault,
  isFault,
  type Recorder,
  type SallyportError,
  type StoredToken,
} from '@sallyport/core';
import type { McpAuthorizationConfig, McpUpstreamConfig } from '../../config/index.ts';
import { AuthorizationLog } from './authorization-log.ts';
import { AuthorizationRegister } from './authorization-register.ts';
import { ConsentDesk } from './consent-desk.ts';
import { createOutbound, type Outbound, type Reach } from './outbound.ts';
import { type Asker, PendingConsents } from './pending-consents.ts';
import { readChallenge, SCOPES_MAX } from './read-challenge.ts';
import { TokenKeeper } from './token-keeper.ts';
import { clientDocument } from './upstream-client.ts';
import { type AuthorizationNews, UpstreamRoom } from './upstream-room.ts';

/** Where the pages of the gateway for this are. */
export const AUTHORIZATION_PATH = '/mcp-authorization';

/** A token that a server does not take this soon after it was got is not got again, milliseconds. */
const JUST_GOT_MS = 10_000;
const REFUSED: Fault = { fault: 'AUTHORIZATION_REFUSED' };

export interface AuthorizationOfficeParts {
  readonly authorization: McpAuthorizationConfig;
  readonly store: AuthorizationStore;
  readonly recorder: Recorder;
  readonly newId: () => string;
  readonly clock: {
    /** Of a clock that only goes forward. */
    readonly nowMs: () => number;
    /** Milliseconds since 1970. */
    readonly dateMs: () => number;
  };
  readonly report: (error: SallyportError) => void;
  readonly onNews: (news: AuthorizationNews) => void;
  /** Time for one answer of an authorization server, milliseconds; default 5 s. */
  readonly answerMs?: number;
}

/** What lets the gateway in at a server: headers, or the address of the page where somebody must say yes first. */
export type UpstreamCredential = { readonly headers: Readonly<Record<string, string>> } | { readonly consent: string };

/** How a server refused what it was shown. */
export interface UpstreamRefusal {
  /** HTTP status. */
  readonly status: number;
  readonly wwwAuthenticate: string | undefined;
  /** The headers of `credentialFor()` that it refused. */
  readonly shown: Readonly<Record<string, string>>;
}

/** What lets the gateway in at MCP servers, per owner or once for the gateway. Nothing of what a client shows ever gets there. */
export class AuthorizationOffice {
  readonly consents: ConsentDesk;
  readonly register: AuthorizationRegister;
  readonly #parts: AuthorizationOfficeParts;
  readonly #rooms: ReadonlyMap<string, UpstreamRoom>;
  readonly #outbounds: readonly Outbound[];
  readonly #keeper: TokenKeeper;

  constructor(parts: AuthorizationOfficeParts) {
    this.#parts = parts;
    const { authorization, store, recorder, newId, clock, report } = parts;
    const { rooms, outbounds } = openRooms(parts);
    this.#rooms = rooms;
    this.#outbounds = outbounds;
    const log = new AuthorizationLog({ recorder, newId, dateMs: clock.dateMs, report });
    this.#keeper = new TokenKeeper({ tokens: store.tokens, log, dateMs: clock.dateMs });
    const pending = new PendingConsents({ consentMs: authorization.consentMs, nowMs: clock.nowMs });
    const shared = { rooms, keeper: this.#keeper, log, store };
    this.consents = new ConsentDesk({ ...shared, pending, dateMs: clock.dateMs });
    this.register = new AuthorizationRegister(shared);
  }

  /**
   * What a request to a server is sent with. Without headers where configuration names no authorization for it. Waits for an authorization
   * server only where a token must be got or refreshed, or consent be asked for.
   * @returns `AUTHORIZATION_FAILED` where its authorization server cannot be used, `OVERLOADED` where too many are asked for consent
   * @throws {SallyportError} `RECORD_FAILED`, `STORE_BROKEN`
   */
  async credentialFor(server: string, asker: Asker): Promise<UpstreamCredential | Fault> {
    const room = this.#rooms.get(server);
    if (room === undefined) return { headers: {} };
    if (isOwn(room)) return this.#own(room);
    const token = this.#keeper.kept(room, asker.owner);
    if (token === undefined || !this.consents.covers(token, asker)) return this.#askConsent(room, asker, token?.asked);
    const usable = await this.#keeper.usable(room, token);
    if (usable === undefined) return this.#askConsent(room, asker, token.asked);
    return isFault(usable) ? usable : shown(usable);
  }

  /**
   * What a request that a server refused with 401 or 403 is sent with once more; ask once for each request. A token that does not hold is refreshed,
   * one that reaches too little is asked for anew with what is wanted besides (MCP 2026-07-28, step-up authorization).
   * @returns `AUTHORIZATION_REFUSED` where nothing would help; else as `credentialFor()`
   */
  async refused(server: string, asker: Asker, refusal: UpstreamRefusal): Promise<UpstreamCredential | Fault> {
    const room = this.#rooms.get(server);
    if (room === undefined) return REFUSED;
    const token = this.#keeper.kept(room, isOwn(room) ? undefined : asker.owner);
    // Somebody else got another one in the meantime, or it is gone.
    if (token === undefined || shown(token).headers.authorization !== refusal.shown.authorization) {
      return this.credentialFor(server, asker);
    }
    room.forget();
    if (refusal.status === 401) return this.#renew(room, asker, token);
    const challenge = readChallenge(refusal.wwwAuthenticate);
    if (refusal.status !== 403 || challenge?.error !== 'insufficient_scope') return REFUSED;
    const wanted = [...new Set([...token.asked, ...(challenge.scopes ?? [])])];
    // It was asked for with all that, and does not reach: no browser and no further token would change that.
    if (wanted.length === token.asked.length || wanted.length > SCOPES_MAX) return REFUSED;
    if (!isOwn(room)) return this.#askConsent(room, asker, wanted);
    return credentialOf(await this.#keeper.obtainOwn(room, wanted));
  }

  /** The document by which authorization servers know the gateway as a client of a server. */
  clientDocument(server: string): ReturnType<typeof clientDocument> | undefined {
    const room = this.#rooms.get(server);
    return room === undefined ? undefined : clientDocument(room.addresses);
  }

  async close(): Promise<void> {
    await Promise.all(this.#outbounds.map((outbound) => outbound.close()));
  }

  async #own(room: UpstreamRoom): Promise<UpstreamCredential | Fault> {
    const token = this.#keeper.kept(room);
    const usable = token === undefined ? undefined : await this.#keeper.usable(room, token);
    return credentialOf(usable ?? (await this.#keeper.obtainOwn(room, token?.asked)));
  }

  async #renew(room: UpstreamRoom, asker: Asker, token: StoredToken): Promise<UpstreamCredential | Fault> {
    const isNew = this.#parts.clock.dateMs() - token.gotMs < JUST_GOT_MS;
    if (isOwn(room)) return isNew ? REFUSED : credentialOf(await this.#keeper.obtainOwn(room, token.asked));
    const renewed = isNew ? await this.#keeper.lose(token) : await this.#keeper.refresh(room, token);
    return renewed === undefined ? this.#askConsent(room, asker, token.asked) : credentialOf(renewed);
  }

  async #askConsent(room: UpstreamRoom, asker: Asker, scopes?: readonly string[]): Promise<UpstreamCredential | Fault> {
    const discovered = await room.discovered();
    if (isFault(discovered)) return discovered;
    const wanted = scopes ?? room.scopesFor(discovered);
    const ticket = this.consents.open({ server: room.server, asker, scopes: wanted });
    if (ticket === undefined) return { fault: 'OVERLOADED' };
    return { consent: `${this.#parts.authorization.publicUrl}${AUTHORIZATION_PATH}/consent/${ticket}` };
  }
}

function isOwn({ upstream }: UpstreamRoom): boolean {
  return upstream.grant === 'client-credentials';
}

function shown({ access }: StoredToken) {
  return { headers: { authorization: `Bearer ${access}` } };
}

function credentialOf(token: StoredToken | Fault | undefined): UpstreamCredential | Fault {
  if (token === undefined) return REFUSED;
  return isFault(token) ? token : shown(token);
}

function openRooms({ authorization, store, clock, onNews, answerMs }: AuthorizationOfficeParts) {
  const outbounds = new Map<Reach, Outbound>();
  const outboundFor = (reach: Reach) => {
    const outbound = outbounds.get(reach) ?? createOutbound(reach, answerMs);
    outbounds.set(reach, outbound);
    return outbound;
  };
  const roomOf = ([server, upstream]: [string, McpUpstreamConfig]): [string, UpstreamRoom] => {
    const base = `${authorization.publicUrl}${AUTHORIZATION_PATH}`;
    // A way back for each server: what comes back on another's was mixed up.
    const addresses = { redirectUri: `${base}/callback/${server}`, document: `${base}/client/${server}` };
    const outbound = outboundFor(upstream.reach);
    return [server, new UpstreamRoom({ server, upstream, addresses, clients: store.clients, outbound, clock, onNews })];
  };
  const rooms = new Map(Object.entries(authorization.upstreams).map(roomOf));
  return { rooms, outbounds: [...outbounds.values()] };
}
