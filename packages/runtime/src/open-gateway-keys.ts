import { openInstallKeys, openKeyStore, openOperatorStore } from '@sallyport/stores';
import {
  createGatewayKey,
  type GatewayKeyParts,
  type MadeKey,
  type NewKey,
  type RotatedKey,
  type Rotation,
  rotateGatewayKey,
  type ShownKey,
  shownKeys,
} from './gateway-keys.ts';
import { OPERATOR_PREFIX } from './operators/operator-token.ts';

/** The gateway keys of a data folder, beside a gateway that may be running on it. */
export interface GatewayKeys {
  /**
   * Makes a key. The secret is returned here and never again.
   * @throws {SallyportError} `KEY_NAME_TAKEN`, for revoked keys too: records name keys, and must stay unambiguous
   */
  create(key: NewKey): MadeKey;
  /** Gives a key another secret. @returns nothing when no key of this name is in force */
  rotate(name: string, rotation: Rotation): RotatedKey | undefined;
  list(): readonly ShownKey[];
  /** @returns false when no key of this name is in force */
  revoke(name: string): boolean;
  close(): void;
}

/** @throws {SallyportError} `STORE_BROKEN` when the folder cannot be read or written */
export function openGatewayKeys(dataFolder: string, dateMs: () => number = Date.now): GatewayKeys {
  const { hashCredential } = openInstallKeys(dataFolder);
  return keysIn({ store: openKeyStore(dataFolder), install: { hashCredential }, dateMs });
}

/** The tokens of operators, alike: the groups of their principals are their roles. */
export function openOperatorTokens(dataFolder: string, dateMs: () => number = Date.now): GatewayKeys {
  const { hashOperatorToken } = openInstallKeys(dataFolder);
  const install = { hashCredential: hashOperatorToken };
  return keysIn({ store: openOperatorStore(dataFolder), install, dateMs, prefix: OPERATOR_PREFIX });
}

function keysIn(parts: GatewayKeyParts): GatewayKeys {
  const { store, dateMs } = parts;
  return {
    create: (key) => createGatewayKey(key, parts),
    rotate: (name, rotation) => rotateGatewayKey(name, rotation, parts),
    list: () => shownKeys(store),
    revoke: (name) => store.revoke(name, { at: new Date(dateMs()).toISOString() }),
    close: () => store.close(),
  };
}
