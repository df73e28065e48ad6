import { knownError, type Provider, type SallyportError } from '@sallyport/core';
import type { DigestConfig } from '../config/index.ts';
import type { IdentityLedger, IdentityName } from './identity-ledger.ts';

/** Time for one list of models, milliseconds. */
const LIST_WITHIN_MS = 10_000;
const MINUTE_MS = 60_000;
/** What a server calls the newest version of a model that is asked for without one. */
const NEWEST = ':latest';

export interface DigestParts {
  readonly digests: readonly DigestConfig[];
  readonly provider: (name: string) => Pick<Provider, 'modelDigests'> | undefined;
  readonly ledger: Pick<IdentityLedger, 'list' | 'digest'>;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly report: (error: SallyportError) => void;
}

/** Asks servers of models now and then what the files of their models are. */
export class DigestRoom {
  readonly #parts: DigestParts;
  readonly #timers = new Map<DigestConfig, () => void>();
  readonly #silent = new Set<DigestConfig>();
  #isClosed = false;

  constructor(parts: DigestParts) {
    this.#parts = parts;
    // The first look is soon: a swap that happened while nobody looked should not serve for long.
    for (const config of parts.digests) this.#schedule(config, MINUTE_MS);
  }

  close(): void {
    this.#isClosed = true;
    for (const callOff of this.#timers.values()) callOff();
  }

  #schedule(config: DigestConfig, ms: number): void {
    const callOff = this.#parts.after(ms, () => {
      this.#look(config).catch((error: unknown) => {
        // Once for each time that it falls silent.
        if (!this.#silent.has(config)) this.#parts.report(knownError(error));
        this.#silent.add(config);
      });
      this.#schedule(config, config.everyMinutes * MINUTE_MS);
    });
    this.#timers.set(config, callOff);
  }

  async #look(config: DigestConfig): Promise<void> {
    const { provider: named, ledger } = this.#parts;
    const digests = await named(config.provider)?.modelDigests?.(AbortSignal.timeout(LIST_WITHIN_MS));
    if (digests === undefined || this.#isClosed) return;
    this.#silent.delete(config);
    for (const name of this.#namesOf(config)) {
      const said = digests.get(name.model) ?? digests.get(`${name.model}${NEWEST}`);
      const approved = Object.hasOwn(config.models, name.model) ? config.models[name.model] : undefined;
      if (said !== undefined) ledger.digest(name, said, approved);
    }
  }

  /** Models that answered, and those of the manifest: a server may have many more. */
  #namesOf({ provider, models }: DigestConfig): readonly IdentityName[] {
    const followed = this.#parts.ledger.list().flatMap((known) => (known.provider === provider ? [known.model] : []));
    return [...new Set([...Object.keys(models), ...followed])].map((model) => ({ provider, model }));
  }
}
