import type { KeyStore, Principal } from '@sallyport/core';
import type { KeyConfig } from './config/index.ts';

export interface KeyRingParts {
  readonly store: KeyStore;
  readonly hashCredential: (secret: string) => string;
  /** Keys from the environment: valid as long as the process runs. */
  readonly fixed: readonly KeyConfig[];
  readonly nowMs: () => number;
}

/** How soon a key that another process created or revoked is noticed, milliseconds. */
export const KEY_REFRESH_MS = 250;
/** Longest credential that is looked at, characters. */
export const KEY_MAX_CHARS = 512;

/** Turns a client's secret into its principal. Secrets are compared by their HMAC only. */
export class KeyRing {
  private readonly parts: KeyRingParts;
  private readonly fixed = new Map<string, Principal>();
  private stored = new Map<string, Principal>();
  private version: number | undefined;
  private checkedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: KeyRingParts) {
    this.parts = parts;
    for (const { name, secret } of parts.fixed) {
      const principal: Principal = { kind: 'service', id: name, tenant: 'default', groups: [] };
      this.fixed.set(parts.hashCredential(secret.reveal()), principal);
    }
  }

  get size(): number {
    this.refresh();
    return this.fixed.size + this.stored.size;
  }

  authenticate(secret: string): Principal | undefined {
    if (secret === '' || secret.length > KEY_MAX_CHARS) return undefined;
    this.refresh();
    const hmac = this.parts.hashCredential(secret);
    return this.fixed.get(hmac) ?? this.stored.get(hmac);
  }

  /** Keys were made or revoked in this process: the next question reads them again, however short ago the last was. */
  stale(): void {
    this.checkedMs = Number.NEGATIVE_INFINITY;
  }

  private refresh(): void {
    const nowMs = this.parts.nowMs();
    if (nowMs - this.checkedMs < KEY_REFRESH_MS) return;
    this.checkedMs = nowMs;
    const version = this.parts.store.version();
    if (version === this.version) return;
    this.version = version;
    const live = this.parts.store.list().filter(({ revokedAt }) => revokedAt === undefined);
    this.stored = new Map(live.map(({ hmac, principal }) => [hmac, principal]));
  }
}
