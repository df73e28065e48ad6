import type { Owner } from './owner.ts';

/** What lets the gateway in at an MCP server, for one owner. Holds secrets: it is kept sealed, and shown to nobody. */
export interface StoredToken {
  readonly server: string;
  /** Absent: the gateway's own. */
  readonly owner?: Owner;
  readonly issuer: string;
  /** For which resource it was asked (RFC 8707). */
  readonly resource: string;
  readonly clientId: string;
  readonly access: string;
  readonly refresh?: string;
  /** What was asked for; an authorization server may give less. */
  readonly asked: readonly string[];
  readonly granted: readonly string[];
  /** Milliseconds since 1970. */
  readonly gotMs: number;
  /** Absent where nothing was said of it. */
  readonly expiresMs?: number;
}

/** What an authorization server knows the gateway by, where the gateway registered itself there. */
export interface StoredClient {
  readonly server: string;
  readonly issuer: string;
  readonly redirectUri: string;
  readonly clientId: string;
  readonly secret?: string;
  /** Milliseconds since 1970; absent: it does not expire. */
  readonly secretExpiresMs?: number;
}

/** What an owner said yes to, for one application. */
export interface StoredConsent {
  readonly server: string;
  readonly owner: Owner;
  readonly client: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** Entries of one kind, by the parts of their name. */
export interface SealedShelf<Entry> {
  get(name: readonly string[]): Entry | undefined;
  /** On the disk when it returns: an authorization server gives a refresh token once. */
  put(name: readonly string[], entry: Entry): void;
  remove(name: readonly string[]): void;
  all(): readonly Entry[];
}

/** Where the gateway keeps what authorizes it at MCP servers. */
export interface AuthorizationStore {
  readonly tokens: SealedShelf<StoredToken>;
  readonly clients: SealedShelf<StoredClient>;
  readonly consents: SealedShelf<StoredConsent>;
}
