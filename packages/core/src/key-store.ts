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
}

/** Another secret for a key. */
export interface KeyRotation {
  readonly hmac: string;
  readonly at: string;
  /** Until when the secret that it had works too. One that it had before that ends at once. */
  readonly until: string;
  /** When the key expires from now on; absent: as before. */
  readonly expiresAt?: string | undefined;
}

/** Keys may change under a running gateway (another process revokes one): `version()` is cheap and says when to look again. */
export interface KeyStore {
  put(key: StoredKey): void;
  /** @returns false when no key of this name is in force */
  rotate(name: string, rotation: KeyRotation): boolean;
  revoke(name: string, at: string): boolean;
  /** Notes when keys were used last, by name. Leaves `version()` as it is. */
  used(at: ReadonlyMap<string, string>): void;
  list(): readonly StoredKey[];
  /** A number that differs from the last one whenever the keys may have changed. */
  version(): number;
  close(): void;
}
