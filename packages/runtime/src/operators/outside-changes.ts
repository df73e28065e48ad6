import { type House, type KeyStore, knownError, type SallyportError, type StoredKey } from '@sallyport/core';
import type { AdminRecords } from './admin-records.ts';
import { OFFLINE } from './known-operator.ts';

/** How often it is looked whether something was changed beside the gateway, milliseconds. */
export const LOOK_EVERY_MS = 1_000;

export interface OutsideChangesParts {
  readonly keys: KeyStore;
  readonly operators: KeyStore;
  readonly records: Pick<AdminRecords, 'done'>;
  readonly after: House['clock']['after'];
  readonly report: (error: SallyportError) => void;
}

/**
 * Tells the log of keys and operators that commands changed in the data folder, beside the gateway or while none ran. They can't do so
 * themselves: the log has one writer. Of several changes of one key between two looks, the last is told.
 */
export class OutsideChanges {
  readonly #parts: OutsideChangesParts;
  readonly #seen = new Map<KeyStore, number>();
  #callOff: (() => void) | undefined;
  #closed = false;

  constructor(parts: OutsideChangesParts) {
    this.#parts = parts;
  }

  /** Looks now, and then every second. What cannot be recorded is reported, and told at a later look. */
  async watch(): Promise<void> {
    const { keys, operators, after, report } = this.#parts;
    try {
      await this.#look(keys, 'keys');
      await this.#look(operators, 'operators');
    } catch (error) {
      report(knownError(error));
    }
    if (!this.#closed) this.#callOff = after(LOOK_EVERY_MS, () => void this.watch());
  }

  close(): void {
    this.#closed = true;
    this.#callOff?.();
  }

  async #look(store: KeyStore, things: 'keys' | 'operators'): Promise<void> {
    const version = store.version();
    if (this.#seen.get(store) === version) return;
    for (const key of store.list()) {
      if (key.recordedAt !== undefined) continue;
      const { step, at } = lastChange(key);
      await this.#parts.records.done(OFFLINE, `${things}.${step}`, { targets: [key.name] });
      if (this.#closed) return;
      store.recorded(key.name, at);
    }
    this.#seen.set(store, version);
  }
}

function lastChange({ createdAt, rotatedAt, revokedAt }: StoredKey): { readonly step: string; readonly at: string } {
  if (revokedAt !== undefined) return { step: 'revoke', at: revokedAt };
  return rotatedAt === undefined ? { step: 'create', at: createdAt } : { step: 'rotate', at: rotatedAt };
}
