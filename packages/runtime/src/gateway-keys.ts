import { randomBytes } from 'node:crypto';
import { type KeyRotation, type KeyStore, type Principal, SallyportError, type StoredKey } from '@sallyport/core';
import type { InstallKeys } from '@sallyport/stores';

/** Names that a key may have: what stands in records and policies as the principal's id. */
export const KEY_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export type KeyOwner = Pick<Principal, 'kind' | 'tenant' | 'groups'>;

/** What a new key may be narrowed and bound to, and when it ends. */
export type KeyTerms = Pick<StoredKey, 'scope' | 'expiresAt' | 'certificate'>;

/** A key as it may be shown: without its hashes. */
export type ShownKey = Omit<StoredKey, 'hmac' | 'previous' | 'recordedAt'> & {
  /** Until when the secret that it had before works too. */
  readonly previousUntil?: string;
};

/** A key that is to be made. */
export interface NewKey extends KeyOwner {
  readonly name: string;
  readonly terms?: KeyTerms;
}

/** A key that was made, with its secret. */
export interface MadeKey extends KeyTerms {
  readonly name: string;
  readonly secret: string;
  readonly principal: Principal;
}

/** A key with another secret. */
export interface RotatedKey {
  readonly name: string;
  readonly secret: string;
  readonly previousUntil: string;
}

export interface GatewayKeyParts {
  readonly store: KeyStore;
  readonly install: Pick<InstallKeys, 'hashCredential'>;
  /** What secrets begin with; by default `sp-`. */
  readonly prefix?: string;
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
}

/** Longest time for which the old secret of a key may work beside the new one, milliseconds. */
export const OVERLAP_MAX_MS = 90 * 86_400_000;

export interface Rotation {
  /** How long the old secret works too, 0..`OVERLAP_MAX_MS`. */
  readonly overlapMs: number;
  /** When the key expires from now on; as before where it is absent. RFC 3339. */
  readonly expiresAt?: string | undefined;
}

/**
 * Makes a gateway key. The secret is returned this once; only its HMAC is kept.
 * @throws {SallyportError} `KEY_NAME_TAKEN`; `CONFIG_INVALID` for a name that cannot be one, or terms that cannot hold
 */
export function createGatewayKey(key: NewKey, parts: GatewayKeyParts): MadeKey {
  const { made, stored } = keyToMake(key, parts);
  parts.store.put(stored);
  return made;
}

/** A key before it is kept. @throws {SallyportError} `CONFIG_INVALID` */
export function keyToMake(
  { name, terms = {}, kind, tenant, groups }: NewKey,
  { install, dateMs, prefix }: Omit<GatewayKeyParts, 'store'>,
): { readonly made: MadeKey; readonly stored: StoredKey } {
  if (!KEY_NAME.test(name)) {
    throw new SallyportError('CONFIG_INVALID', {
      detail: 'a key name is 1 to 63 of `a-z 0-9 . _ -`, beginning with a letter or digit',
    });
  }
  const secret = newSecret(prefix);
  const principal: Principal = { kind, tenant, groups, id: name };
  const { expiresAt, ...bounds } = terms;
  const made = {
    ...bounds,
    ...(expiresAt !== undefined && { expiresAt: futureTime(expiresAt, dateMs()) }),
  };
  const stored = { name, hmac: install.hashCredential(secret), principal, createdAt: iso(dateMs()), ...made };
  return { made: { name, secret, principal, ...made }, stored };
}

/**
 * Gives a key another secret, which is returned this once; the old one works on for the overlap.
 * @returns nothing where no key of this name is in force
 * @throws {SallyportError} `CONFIG_INVALID` for an overlap or an expiry that cannot be
 */
export function rotateGatewayKey(name: string, rotation: Rotation, parts: GatewayKeyParts): RotatedKey | undefined {
  const { secret, stored } = rotationToMake(rotation, parts);
  return parts.store.rotate(name, stored) ? { name, secret, previousUntil: stored.until } : undefined;
}

/** A rotation before it is kept. @throws {SallyportError} `CONFIG_INVALID` */
export function rotationToMake(
  { overlapMs, expiresAt }: Rotation,
  { install, dateMs, prefix }: Omit<GatewayKeyParts, 'store'>,
): { readonly secret: string; readonly stored: KeyRotation } {
  if (!Number.isSafeInteger(overlapMs) || overlapMs < 0 || overlapMs > OVERLAP_MAX_MS) {
    throw new SallyportError('CONFIG_INVALID', {
      detail: 'the old secret of a key works for 0 to 90 days beside the new one',
    });
  }
  const nowMs = dateMs();
  const secret = newSecret(prefix);
  const stored = {
    hmac: install.hashCredential(secret),
    at: iso(nowMs),
    until: iso(nowMs + overlapMs),
    ...(expiresAt !== undefined && { expiresAt: futureTime(expiresAt, nowMs) }),
  };
  return { secret, stored };
}

export function shownKeys(store: KeyStore): readonly ShownKey[] {
  return store.list().map(({ hmac: _hmac, previous, recordedAt: _recordedAt, ...shown }) => ({
    ...shown,
    ...(previous !== undefined && { previousUntil: previous.until }),
  }));
}

function newSecret(prefix = 'sp-'): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** In the one form in which times are kept. */
function futureTime(text: string, nowMs: number): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || ms <= nowMs) {
    throw new SallyportError('CONFIG_INVALID', { detail: 'a key expires at a time that is still to come' });
  }
  return iso(ms);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
