import { randomBytes } from 'node:crypto';
import { type KeyStore, type Principal, SallyportError, type StoredKey } from '@sallyport/core';
import type { InstallKeys } from '@sallyport/stores';

/** Names that a key may have: what stands in records and policies as the principal's id. */
export const KEY_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export type KeyOwner = Pick<Principal, 'kind' | 'tenant' | 'groups'>;

/** A key as it may be shown: without its hash. */
export type ShownKey = Omit<StoredKey, 'hmac'>;

export interface GatewayKeyParts {
  readonly store: KeyStore;
  readonly install: Pick<InstallKeys, 'hashCredential'>;
  readonly iso: () => string;
}

/**
 * Makes a gateway key. The secret is returned this once; only its HMAC is kept.
 * @throws {SallyportError} `KEY_NAME_TAKEN`; `CONFIG_INVALID` for a name that cannot be one
 */
export function createGatewayKey(name: string, owner: KeyOwner, { store, install, iso }: GatewayKeyParts) {
  if (!KEY_NAME.test(name)) {
    throw new SallyportError('CONFIG_INVALID', {
      detail: 'a key name is 1 to 63 of `a-z 0-9 . _ -`, beginning with a letter or digit',
    });
  }
  const secret = `sp-${randomBytes(32).toString('base64url')}`;
  const principal = { ...owner, id: name };
  store.put({ name, hmac: install.hashCredential(secret), principal, createdAt: iso() });
  return { name, secret, principal };
}

export function shownKeys(store: KeyStore): readonly ShownKey[] {
  return store.list().map(({ hmac: _hmac, ...shown }) => shown);
}
