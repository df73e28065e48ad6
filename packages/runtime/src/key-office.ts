import type { Fault, House, KeyStore, SallyportError } from '@sallyport/core';
import type { InstallKeys } from '@sallyport/stores';
import type { KeyConfig } from './config/index.ts';
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
import type { Holder } from './identity/presented.ts';
import { KeyRing } from './key-ring.ts';
import { KeyUse } from './key-use.ts';

export interface KeyOfficeParts {
  readonly store: KeyStore;
  readonly install: Pick<InstallKeys, 'hashCredential'>;
  /** Keys that configuration holds. */
  readonly fixed: readonly KeyConfig[];
  readonly clock: {
    /** Of a clock that only goes forward. */
    readonly nowMs: () => number;
    /** Milliseconds since 1970. */
    readonly dateMs: () => number;
    readonly after: House['clock']['after'];
  };
  readonly report: (error: SallyportError) => void;
}

/** Where operators make and end gateway keys, and where it is known whose a secret is. */
export class KeyOffice {
  readonly #parts: GatewayKeyParts;
  readonly #ring: KeyRing;
  readonly #use: KeyUse;

  constructor({ store, install, fixed, clock, report }: KeyOfficeParts) {
    const { nowMs, dateMs, after } = clock;
    this.#parts = { store, install, dateMs };
    this.#use = new KeyUse({ store, after, report });
    this.#ring = new KeyRing({
      store,
      hashCredential: install.hashCredential,
      fixed,
      nowMs,
      dateMs,
      onUse: (name, atMs) => this.#use.note(name, atMs),
    });
  }

  /** Keys that are not revoked, those of configuration among them. */
  get size(): number {
    return this.#ring.size;
  }

  /** @returns who, or `KEY_INVALID`, `KEY_EXPIRED` */
  authenticate(secret: string): Holder | Fault {
    return this.#ring.authenticate(secret);
  }

  /** Those of the store, revoked ones too. */
  list(): readonly ShownKey[] {
    this.#use.write();
    return shownKeys(this.#parts.store);
  }

  /** @throws {SallyportError} `KEY_NAME_TAKEN`, `CONFIG_INVALID` */
  create(key: NewKey): MadeKey {
    const made = createGatewayKey(key, this.#parts);
    this.#ring.stale();
    return made;
  }

  /** @returns nothing where no key of this name is in force. @throws {SallyportError} `CONFIG_INVALID` */
  rotate(name: string, rotation: Rotation): RotatedKey | undefined {
    const rotated = rotateGatewayKey(name, rotation, this.#parts);
    this.#ring.stale();
    return rotated;
  }

  /** @returns false where no key of this name is in force */
  revoke(name: string): boolean {
    const { store, dateMs } = this.#parts;
    const revoked = store.revoke(name, new Date(dateMs()).toISOString());
    this.#ring.stale();
    return revoked;
  }

  close(): void {
    this.#use.write();
  }
}
