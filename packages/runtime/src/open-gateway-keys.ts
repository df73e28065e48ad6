import type { Principal } from '@sallyport/core';
import { openInstallKeys, openKeyStore } from '@sallyport/stores';
import { createGatewayKey, type KeyOwner, type ShownKey, shownKeys } from './gateway-keys.ts';

/** The gateway keys of a data folder, beside a gateway that may be running on it. */
export interface GatewayKeys {
  /**
   * Makes a key. The secret is returned here and never again.
   * @throws {SallyportError} `KEY_NAME_TAKEN`, for revoked keys too: records name keys, and must stay unambiguous
   */
  create(
    name: string,
    owner: KeyOwner,
  ): { readonly name: string; readonly secret: string; readonly principal: Principal };
  list(): readonly ShownKey[];
  /** @returns false when no key of this name is in force */
  revoke(name: string): boolean;
  close(): void;
}

/** @throws {SallyportError} `STORE_BROKEN` when the folder cannot be read or written */
export function openGatewayKeys(dataFolder: string, nowMs: () => number = Date.now): GatewayKeys {
  const install = openInstallKeys(dataFolder);
  const store = openKeyStore(dataFolder);
  const iso = () => new Date(nowMs()).toISOString();
  return {
    create: (name, owner) => createGatewayKey(name, owner, { store, install, iso }),
    list: () => shownKeys(store),
    revoke: (name) => store.revoke(name, iso()),
    close: () => store.close(),
  };
}
