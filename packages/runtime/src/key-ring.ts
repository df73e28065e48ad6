import type { Fault, KeyStore, StoredKey } from '@sallyport/core';
import type { KeyConfig } from './config/index.ts';
import type { Holder } from './identity/presented.ts';

export interface KeyRingParts {
  readonly store: KeyStore;
  readonly hashCredential: (secret: string) => string;
  /** Keys that configuration holds: valid as long as the process runs. */
  readonly fixed: readonly KeyConfig[];
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
  /** Told of each use of a stored key. */
  readonly onUse: (name: string, dateMs: number) => void;
}

/** How soon a key that another process created or revoked is noticed, milliseconds. */
export const KEY_REFRESH_MS = 250;
/** Longest credential that is looked at, characters. */
export const KEY_MAX_CHARS = 512;

const UNKNOWN: Fault = { fault: 'KEY_INVALID' };
const EXPIRED: Fault = { fault: 'KEY_EXPIRED' };

/** What one secret opens, and until when. */
interface Entry {
  readonly holder: Holder;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  /** Of a stored key. */
  readonly name?: string;
}

/** Turns a client's secret into its holder. Secrets are compared by their HMAC only. */
export class KeyRing {
  private readonly parts: KeyRingParts;
  private readonly fixed = new Map<string, Entry>();
  private stored = new Map<string, Entry>();
  private live = 0;
  private version: number | undefined;
  private checkedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: KeyRingParts) {
    this.parts = parts;
    for (const key of parts.fixed) {
      this.fixed.set(parts.hashCredential(key.secret.reveal()), {
        holder: holderOf(key),
        untilMs: timeOf(key.expiresAt),
      });
    }
  }

  /** Keys that are not revoked. */
  get size(): number {
    this.refresh();
    return this.fixed.size + this.live;
  }

  /** @returns who, or `KEY_INVALID`, `KEY_EXPIRED` */
  authenticate(secret: string): Holder | Fault {
    if (secret === '' || secret.length > KEY_MAX_CHARS) return UNKNOWN;
    this.refresh();
    const hmac = this.parts.hashCredential(secret);
    const entry = this.fixed.get(hmac) ?? this.stored.get(hmac);
    if (entry === undefined) return UNKNOWN;
    const dateMs = this.parts.dateMs();
    if (dateMs >= entry.untilMs) return EXPIRED;
    if (entry.name !== undefined) this.parts.onUse(entry.name, dateMs);
    return entry.holder;
  }

  /** Keys were made or revoked in this process: the next question reads them again, however short ago the last was. */
  stale(): void {
    this.checkedMs = Number.NEGATIVE_INFINITY;
  }

  private refresh(): void {
    const nowMs = this.parts.nowMs();
    if (nowMs - this.checkedMs < KEY_REFRESH_MS) return;
    // Only what was read whole counts as read: as long as the store is broken, nobody gets by.
    const version = this.parts.store.version();
    if (version !== this.version) {
      const live = this.parts.store.list().filter(({ revokedAt }) => revokedAt === undefined);
      this.live = live.length;
      this.stored = new Map(live.flatMap(entriesOf));
      this.version = version;
    }
    this.checkedMs = nowMs;
  }
}

/** By its secret, and by the one that it had before. */
function entriesOf(key: StoredKey): readonly (readonly [string, Entry])[] {
  const { name, hmac, previous } = key;
  const holder = holderOf(key);
  const untilMs = timeOf(key.expiresAt);
  const now = [hmac, { holder, untilMs, name }] as const;
  if (previous === undefined) return [now];
  return [[previous.hmac, { holder, untilMs: Math.min(untilMs, timeOf(previous.until)), name }], now];
}

function holderOf({ principal, scope, certificate }: Pick<StoredKey, 'principal' | 'scope' | 'certificate'>): Holder {
  return { principal: scope === undefined ? principal : { ...principal, scope }, certificate };
}

/** What is no time ends at once. */
function timeOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms;
}
