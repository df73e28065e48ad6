import { type Fault, type House, type KeyStore, SallyportError } from '@sallyport/core';
import type { InstallKeys } from '@sallyport/stores';
import type { KeyConfig } from './config/index.ts';
import {
  createGatewayKey,
  type GatewayKeyParts,
  keyToMake,
  type MadeKey,
  type NewKey,
  type RotatedKey,
  type Rotation,
  rotationToMake,
  type ShownKey,
  shownKeys,
} from './gateway-keys.ts';
import type { Holder } from './identity/presented.ts';
import { KeyRing } from './key-ring.ts';
import { KeyUse } from './key-use.ts';

export interface KeyOfficeParts {
  readonly store: KeyStore;
  readonly install: Pick<InstallKeys, 'hashCredential'>;
  /** What secrets begin with. */
  readonly prefix?: string;
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

/** Tells the log of a change to these keys, before it is made; what it throws keeps it from being made. */
export type TellFirst = (names: readonly string[]) => Promise<void>;

/** The key that a first start makes. */
const FIRST_KEY: NewKey = { name: 'first', kind: 'service', tenant: 'default', groups: [] };

/** Where operators make and end gateway keys, and where it is known whose a secret is. */
export class KeyOffice {
  readonly #parts: GatewayKeyParts;
  readonly #ring: KeyRing;
  readonly #use: KeyUse;

  constructor({ store, install, prefix, fixed, clock, report }: KeyOfficeParts) {
    const { nowMs, dateMs, after } = clock;
    this.#parts = { store, install, dateMs, ...(prefix !== undefined && { prefix }) };
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

  /** Makes a key where there was never one. @returns its secret, this once; undefined where there was */
  ensureFirst(): string | undefined {
    if (this.#ring.size > 0 || this.#parts.store.list().length > 0) return undefined;
    const { secret } = createGatewayKey(FIRST_KEY, this.#parts);
    this.#ring.stale();
    return secret;
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

  /** @throws {SallyportError} `KEY_NAME_TAKEN`, `CONFIG_INVALID`; what `tellFirst` throws, and there is no key */
  async create(key: NewKey, tellFirst: TellFirst): Promise<MadeKey> {
    const { store } = this.#parts;
    const { made, stored } = keyToMake(key, this.#parts);
    if (store.list().some(({ name }) => name === key.name)) throw new SallyportError('KEY_NAME_TAKEN');
    await tellFirst([key.name]);
    store.put({ ...stored, recordedAt: stored.createdAt });
    this.#ring.stale();
    return made;
  }

  /** @returns nothing where no key of this name is in force. @throws {SallyportError} `CONFIG_INVALID`; what `tellFirst` throws, and all is as it was */
  async rotate(name: string, rotation: Rotation, tellFirst: TellFirst): Promise<RotatedKey | undefined> {
    const { secret, stored } = rotationToMake(rotation, this.#parts);
    if (!this.#isInForce(name)) return undefined;
    await tellFirst([name]);
    if (!this.#parts.store.rotate(name, { ...stored, isRecorded: true })) return undefined;
    this.#ring.stale();
    return { name, secret, previousUntil: stored.until };
  }

  /** @returns false where no key of this name is in force. @throws {SallyportError} what `tellFirst` throws, and it stays in force */
  async revoke(name: string, tellFirst: TellFirst): Promise<boolean> {
    const { store, dateMs } = this.#parts;
    if (!this.#isInForce(name)) return false;
    await tellFirst([name]);
    const revoked = store.revoke(name, { at: new Date(dateMs()).toISOString(), isRecorded: true });
    this.#ring.stale();
    return revoked;
  }

  close(): void {
    this.#use.write();
  }

  #isInForce(name: string): boolean {
    return this.#parts.store.list().some((key) => key.name === name && key.revokedAt === undefined);
  }
}
