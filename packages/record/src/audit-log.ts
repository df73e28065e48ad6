import type { KeyObject } from 'node:crypto';
import {
  type AuditRecord,
  type Recorder,
  type RecordStore,
  type RecoveryMark,
  SallyportError,
  type TreeHead,
} from '@sallyport/core';
import { type CompactRange, leafHash } from './merkle-tree.ts';
import { encodeRecord } from './record-codec.ts';
import { recover } from './recovery.ts';
import { signHead } from './tree-head.ts';

export interface AuditClock {
  /** RFC 3339, UTC, milliseconds. */
  readonly iso: () => string;
  /** Runs `action` once in `ms` milliseconds; the function returned calls it off. */
  readonly after: (ms: number, action: () => void) => () => void;
}

export const SEAL_EVERY_LEAVES = 256;
export const SEAL_EVERY_MS = 250;
export const MARK_EVERY_LEAVES = 4_096;

export interface AuditLogOptions {
  /** Stays open when the log is closed: who opened it closes it. */
  readonly store: RecordStore;
  /** Ed25519 private key and its public key. */
  readonly signingKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Name of this log, one per replica; part of every head. */
  readonly origin: string;
  readonly clock?: AuditClock;
  readonly sealEvery?: {
    /** A head is signed when so many leaves are unsealed, 1.., default 256. */
    readonly leaves?: number;
    /** A head is signed when the oldest unsealed leaf is so old, milliseconds, default 250. */
    readonly ms?: number;
  };
  /** Leaves between two marks for recovery, 1.., default 4,096: what recovery reads at most, besides what was in flight. */
  readonly markEveryLeaves?: number;
  /** Told when a head could not be saved; the log tries again after `sealEvery.ms`. */
  readonly onSealFailed?: (error: unknown) => void;
}

export interface AuditLog extends Recorder {
  /** Durable leaves. */
  readonly size: number;
  /** The last head that was saved. */
  readonly head: TreeHead | undefined;
  /** Exchanges that the last run left open; each has an `interrupted` record now. */
  readonly interrupted: readonly string[];
  /** Signs and saves a head over all durable leaves, unless the last head covers them. */
  seal(): Promise<TreeHead | undefined>;
  /** Waits for what is being appended, and seals if it can: `onSealFailed` hears when not, and the next start does it. Later appends reject. */
  close(): Promise<void>;
}

/**
 * Opens the audit log over a store: recovers what the last run left behind, then takes records.
 * `append` resolves when the record is as durable as the store makes it, and rejects with `RECORD_FAILED` when it can't be.
 * @throws {SallyportError} `STORE_BROKEN` when the store does not match its last signed head
 * Cost: 25 us of CPU a record of 2 KB on the event loop and as much in the store's thread; a head 60 us.
 */
export async function createAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const recovered = recover(options.store, { publicKey: options.publicKey, origin: options.origin });
  const log = new MerkleAuditLog(options, recovered);
  const at = log.clock.iso();
  await Promise.all(recovered.open.map((exchange) => log.append({ v: 1, kind: 'interrupted', exchange, at })));
  if (recovered.open.length > 0 || recovered.unsealed > 0) await log.seal();
  return log;
}

const SYSTEM_CLOCK: AuditClock = {
  iso: () => new Date().toISOString(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms).unref();
    return () => clearTimeout(timer);
  },
};

interface Recovered {
  readonly tree: CompactRange;
  readonly head: TreeHead | undefined;
  readonly open: readonly string[];
  readonly markSize: number;
}

class MerkleAuditLog implements AuditLog {
  readonly clock: AuditClock;
  readonly interrupted: readonly string[];
  readonly #options: AuditLogOptions;
  readonly #tree: CompactRange;
  readonly #open: Set<string>;
  readonly #sealLeaves: number;
  readonly #sealMs: number;
  #head: TreeHead | undefined;
  /** Leaves that the last head covers, saved or on its way. */
  #sealedSize: number;
  #markSize: number;
  #callOff: (() => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: AuditLogOptions, { tree, head, open, markSize }: Recovered) {
    this.#options = options;
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.#sealLeaves = options.sealEvery?.leaves ?? SEAL_EVERY_LEAVES;
    this.#sealMs = options.sealEvery?.ms ?? SEAL_EVERY_MS;
    this.#tree = tree;
    this.#head = head;
    this.#sealedSize = head?.size ?? 0;
    this.#markSize = markSize;
    this.#open = new Set(open);
    this.interrupted = open;
  }

  get size(): number {
    return this.#tree.size;
  }

  get head(): TreeHead | undefined {
    return this.#head;
  }

  async append(record: AuditRecord): Promise<void> {
    if (this.#closed) throw new SallyportError('RECORD_FAILED', { detail: 'the audit log is closed' });
    const leaf = encodeRecord(record);
    const hashOfLeaf = leafHash(leaf);
    // Before the leaf is durable: a mark may name an exchange too many, which recovery would find anyway, but none too few.
    if (record.kind === 'opened') this.#open.add(record.exchange);
    const appended = this.#options.store.append(leaf, record.exchange);
    this.#last = appended;
    let index: number;
    try {
      index = await appended;
    } catch (error) {
      if (record.kind === 'opened') this.#open.delete(record.exchange);
      throw new SallyportError('RECORD_FAILED', { detail: 'the store did not take it', cause: error });
    }
    this.#grow(index, hashOfLeaf);
    if (record.kind === 'closed' || record.kind === 'interrupted') this.#open.delete(record.exchange);
    this.#sealWhenDue();
  }

  async seal(): Promise<TreeHead | undefined> {
    this.#callOff?.();
    this.#callOff = undefined;
    if (this.#tree.size === this.#sealedSize) return this.#head;
    const head = this.#signed();
    const mark = this.#markWhenDue();
    this.#sealedSize = head.size;
    try {
      await this.#options.store.saveHead(head, mark);
    } catch (error) {
      // A newer head may be on its way, which covers these leaves too.
      if (this.#sealedSize === head.size) this.#sealedSize = this.#head?.size ?? 0;
      throw error;
    }
    if (mark !== undefined) this.#markSize = mark.size;
    if (head.size > (this.#head?.size ?? 0)) this.#head = head;
    return this.#head;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Appends settle in order, so that all have when the last one has; their own callers hear of failures.
    await this.#last.catch(() => undefined);
    await this.seal().catch((error: unknown) => this.#options.onSealFailed?.(error));
  }

  /** Appends settle in index order. A gap is a leaf that was committed although its append failed: it is in the log, so it counts. */
  #grow(index: number, hashOfLeaf: Uint8Array): void {
    if (index < this.#tree.size) throw new SallyportError('INTERNAL', { detail: 'appends settled out of order' });
    if (index > this.#tree.size) {
      for (const { leaf } of this.#options.store.leaves(this.#tree.size, index)) this.#tree.append(leafHash(leaf));
    }
    this.#tree.append(hashOfLeaf);
  }

  #sealWhenDue(): void {
    const unsealed = this.#tree.size - this.#sealedSize;
    if (unsealed >= this.#sealLeaves) this.#sealOrRetry();
    else if (unsealed > 0 && !this.#closed) this.#callOff ??= this.clock.after(this.#sealMs, () => this.#sealOrRetry());
  }

  #sealOrRetry(): void {
    this.seal().catch((error: unknown) => {
      this.#options.onSealFailed?.(error);
      if (!this.#closed) this.#callOff ??= this.clock.after(this.#sealMs, () => this.#sealOrRetry());
    });
  }

  #signed(): TreeHead {
    const root = Buffer.from(this.#tree.root()).toString('base64');
    const { origin, signingKey } = this.#options;
    return signHead({ size: this.#tree.size, root, at: this.clock.iso(), origin }, signingKey);
  }

  #markWhenDue(): RecoveryMark | undefined {
    const size = this.#tree.size;
    if (!this.#closed && size - this.#markSize < (this.#options.markEveryLeaves ?? MARK_EVERY_LEAVES)) return undefined;
    const frontier = this.#tree.frontier.map((root) => Buffer.from(root).toString('base64'));
    return { size, frontier, open: [...this.#open] };
  }
}
