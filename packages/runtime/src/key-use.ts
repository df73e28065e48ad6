import type { House, KeyStore } from '@sallyport/core';
import { knownError, type SallyportError } from '@sallyport/core';

const MINUTE_MS = 60_000;

export interface KeyUseParts {
  readonly store: Pick<KeyStore, 'used'>;
  readonly after: House['clock']['after'];
  readonly report: (error: SallyportError) => void;
}

/** Remembers when keys were used last, to the minute, and writes it down once a minute: no request waits for it. */
export class KeyUse {
  readonly #parts: KeyUseParts;
  /** Minutes since 1970, by name. */
  readonly #last = new Map<string, number>();
  readonly #unwritten = new Set<string>();
  #callOff: (() => void) | undefined;

  constructor(parts: KeyUseParts) {
    this.#parts = parts;
  }

  /** @param dateMs milliseconds since 1970 */
  note(name: string, dateMs: number): void {
    const minute = Math.floor(dateMs / MINUTE_MS);
    if (this.#last.get(name) === minute) return;
    this.#last.set(name, minute);
    this.#unwritten.add(name);
    this.#callOff ??= this.#parts.after(MINUTE_MS, () => this.write());
  }

  /** What cannot be written is reported and tried again with what comes next. */
  write(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    const used = [...this.#unwritten].map((name) => {
      return [name, new Date((this.#last.get(name) ?? 0) * MINUTE_MS).toISOString()] as const;
    });
    try {
      this.#parts.store.used(new Map(used));
      this.#unwritten.clear();
    } catch (error) {
      this.#parts.report(knownError(error));
    }
  }
}
