import { type AuthorizationStore, type Fault, isFault, SallyportError } from '@sallyport/core';
import type { AuthorizationServer } from 'oauth4webapi';
import type { McpUpstreamConfig } from '../../config/index.ts';
import type { TokenAsk } from './ask-for-token.ts';
import { type Discovered, discover } from './discover.ts';
import type { Outbound } from './outbound.ts';
import type { Asked } from './token-answer.ts';
import { type ClientAddresses, type UpstreamClient, upstreamClient } from './upstream-client.ts';
import { whyFailed } from './why-failed.ts';

/** How long what was discovered is gone by, milliseconds. */
export const DISCOVERED_MS = 600_000;
/** After a failure an authorization server is left alone for this long, milliseconds. */
export const RETRY_AFTER_MS = 5_000;
const FAILED: Fault = { fault: 'AUTHORIZATION_FAILED' };
/** Asked for where it is offered: with it an authorization server gives a refresh token (OpenID Connect Core 1.0, section 11). */
export const OFFLINE = 'offline_access';

/** What operators are told of an authorization server. */
export interface AuthorizationNews {
  readonly kind: 'authorization-failed';
  readonly server: string;
  readonly reason: string;
}

export interface UpstreamRoomParts {
  readonly server: string;
  readonly upstream: McpUpstreamConfig;
  readonly addresses: ClientAddresses;
  readonly clients: AuthorizationStore['clients'];
  readonly outbound: Outbound;
  readonly clock: { readonly nowMs: () => number; readonly dateMs: () => number };
  readonly onNews: (news: AuthorizationNews) => void;
}

/** One MCP server at which the gateway must be authorized: where its authorization server is, and who the gateway is there. */
export class UpstreamRoom {
  readonly server: string;
  readonly upstream: McpUpstreamConfig;
  readonly addresses: ClientAddresses;
  readonly #parts: UpstreamRoomParts;
  #discovered: Discovered | undefined;
  #discoveredMs = Number.NEGATIVE_INFINITY;
  #failedMs = Number.NEGATIVE_INFINITY;
  #flight: Promise<Discovered | Fault> | undefined;

  constructor(parts: UpstreamRoomParts) {
    this.#parts = parts;
    this.server = parts.server;
    this.upstream = parts.upstream;
    this.addresses = parts.addresses;
  }

  /** Where it wants its clients to be authorized. Of several that want to know at once, all wait for one answer. */
  async discovered(): Promise<Discovered | Fault> {
    const nowMs = this.#parts.clock.nowMs();
    if (this.#discovered !== undefined && nowMs - this.#discoveredMs < DISCOVERED_MS) return this.#discovered;
    if (nowMs - this.#failedMs < RETRY_AFTER_MS) return FAILED;
    this.#flight ??= this.#discover().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /** It may want something else by now. */
  forget(): void {
    this.#discovered = undefined;
  }

  scopesFor({ authorization, scopes = [] }: Discovered): readonly string[] {
    const asked = this.upstream.scopes ?? scopes;
    const offline = this.upstream.grant === 'authorization-code' && authorization.scopes_supported?.includes(OFFLINE);
    return offline === true && !asked.includes(OFFLINE) ? [...asked, OFFLINE] : asked;
  }

  client(as: AuthorizationServer): Promise<UpstreamClient> {
    const { clients, outbound, clock } = this.#parts;
    const { server, upstream, addresses } = this;
    return upstreamClient({ server, upstream, addresses, clients, outbound, dateMs: clock.dateMs }, as);
  }

  /** The authorization server does not know the gateway any more: the next one registers it anew. */
  forgetClient(issuer: string): void {
    this.#parts.clients.remove([this.server, issuer, this.addresses.redirectUri]);
  }

  /** Everything for a request to the token endpoint. */
  async tokenAsk(as: AuthorizationServer, asked: Omit<Asked, 'server' | 'audience'>): Promise<TokenAsk> {
    const { outbound, clock } = this.#parts;
    const { audience = asked.resource } = this.upstream;
    return {
      as,
      upstreamClient: await this.client(as),
      asked: { ...asked, server: this.server, audience },
      outbound,
      nowMs: clock.dateMs(),
    };
  }

  /** A failure of others as a value, and operators are told; what is nobody's failure but ours is thrown on. */
  failed(error: unknown): Fault {
    const reason = whyFailed(error);
    // What was thrown may hold the answer that it choked on.
    if (reason === undefined)
      throw error instanceof SallyportError ? error : new SallyportError('INTERNAL', { detail: 'mcp authorization' });
    this.#parts.onNews({ kind: 'authorization-failed', server: this.server, reason });
    return FAILED;
  }

  async #discover(): Promise<Discovered | Fault> {
    const { outbound, clock } = this.#parts;
    let found: Discovered | Fault;
    try {
      found = await discover(this.upstream, outbound);
    } catch (error) {
      found = this.failed(error);
    }
    if (isFault(found)) {
      this.#failedMs = clock.nowMs();
    } else {
      this.#discovered = found;
      this.#discoveredMs = clock.nowMs();
    }
    return found;
  }
}
