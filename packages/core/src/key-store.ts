import type { Principal, Scope } from './decision.ts';

/** A gateway key as it is stored: never the secret. */
export interface StoredKey {
  readonly name: string;
  /** HMAC-SHA-256 of the secret with the install's key, hexadecimal. */
  readonly hmac: string;
  /** Without a scope: that is the key's. */
  readonly principal: Principal;
  /** RFC 3339, UTC; as all times here. */
  readonly createdAt: string;
  readonly revokedAt?: string;
  readonly scope?: Scope;
  /** From then on it is refused. */
  readonly expiresAt?: string;
  /** SHA-256 of the client certificate that it is bound to, base64url (RFC 8705, section 3.1): worth nothing without it. */
  readonly certificate?: string;
  readonly rotatedAt?: string;
  /** The secret that it had before, and until when that one works. */
  readonly previous?: { readonly hmac: string; readonly until: string };
  /** To the minute; written now and then, so it may lag behind by some. */
  readonly lastUsed?: string;
  /** Time of its last change, once the log tells of it; absent: it was changed beside the gateway. */
  readonly recordedAt?: string;
}

/** Another secret for a key. */
export interface KeyRotation {
  readonly hmac: string;
  readonly at: string;
  /** Until when the secret that it had works too. One that it had before that ends at once. */
  readonly until: string;
  /** When the key expires from now on; absent: as before. */
  readonly expiresAt?: string | undefined;
  /** Whether the log tells of it already. */
  readonly isRecorded?: boolean;
}

/** The end of a key. */
export interface KeyRevocation {
  readonly at: string;
  /** Whether the log tells of it already. */
  readonly isRecorded?: boolean;
}

/** Keys may change under a running gateway (another process revokes one): `version()` is cheap and says when to look again. */
export interface KeyStore {
  put(key: StoredKey): void;
  /** @returns false when no key of this name is in force */
  rotate(name: string, rotation: KeyRotation): boolean;
  revoke(name: string, revocation: KeyRevocation): boolean;
  /** The log tells of the key as it is since that time, its last change. Leaves `version()` as it is. */
  recorded(name: string, at: string): void;
  /** Notes when keys were used last, by name. Leaves `version()` as it is. */
  used(at: ReadonlyMap<string, string>): void;
  list(): readonly StoredKey[];
  /** A number that differs from the last one whenever the keys may have changed. */
  version(): number;
  close(): void;
}
