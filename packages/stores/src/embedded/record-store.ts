import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type Cosignature,
  DROP_MAX_LEAVES,
  LEAF_MAX_BYTES,
  type LeafIndex,
  type RecordReader,
  type RecordStore,
  type RecoveryMark,
  SallyportError,
  type StoredLeaf,
  type StoredTile,
  type TreeHead,
} from '@sallyport/core';
import type { Batch, Committed, WorkerSettings } from './commit-worker.js';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import {
  EmbeddedRecordReader,
  RECORDS_FILE,
  RECORDS_LAYOUT,
  RECORDS_PAGE_BYTES,
  RECORDS_SCHEMA,
} from './record-reader.ts';
import { TILE_WIDTH, TileWriter } from './tile-writer.js';

/** Largest commit: more waits for the next one, so that one commit never holds the file for long. */
const COMMIT_MAX_LEAVES = 1_024;
const COMMIT_MAX_BYTES = 4 * 1024 * 1024;

const KEY = /^[!-~ ]{1,256}$/;

export interface RecordStoreOptions {
  /**
   * `strict` (default): an append resolves when its leaf is flushed to the disk; nothing acknowledged is lost, whatever happens.
   * `relaxed`: it resolves when the leaf is written, and the disk flushes later: nothing is lost when the process is
   * killed, but a power cut or a crash of the kernel can take the last records, seconds of them, that were already
   * acknowledged. Saves one flush of the disk a commit.
   */
  readonly audit?: 'strict' | 'relaxed';
  /** Leaves that may wait for a commit, bytes, 1.., default 64 MiB; beyond, appends reject with `OVERLOADED`. */
  readonly maxQueuedBytes?: number;
  /** Size of the database file, bytes; beyond, appends reject as on a full disk. Default: as the disk allows. */
  readonly maxStoreBytes?: number;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: SallyportError) => void;
}
interface WaitingLeaf extends Waiting<LeafIndex> {
  readonly leaf: Uint8Array;
  readonly key: string | undefined;
}
interface WaitingHead extends Waiting<void> {
  readonly head: TreeHead;
  readonly mark: RecoveryMark | undefined;
}
/** What goes beside leaves and heads into the next commit. */
type Aside = { readonly cosignature: Cosignature } | { readonly drop: LeafIndex };
type WaitingAside = Waiting<void> & Aside;
interface InFlight {
  readonly leaves: readonly WaitingLeaf[];
  readonly heads: readonly WaitingHead[];
  readonly asides: readonly WaitingAside[];
}

/**
 * Opens the records of a data folder for appending; one process at a time may (`lockDataFolder`).
 * Commits run in a thread of their own: a flush takes 0.1 to 10 ms of waiting, in which the event loop goes on.
 * The caller must not change a leaf before its append has settled.
 * @throws {SallyportError} `STORE_BROKEN` when the file cannot be opened, or a newer release wrote it
 */
export function openRecordStore(dataFolder: string, options: RecordStoreOptions = {}): RecordStore {
  const path = join(ensureDataFolder(dataFolder), RECORDS_FILE);
  const connection = { pageBytes: RECORDS_PAGE_BYTES };
  const db = openDatabase({ path, schema: RECORDS_SCHEMA, version: RECORDS_LAYOUT, options: connection });
  // Leaves of an older layout get their tiles before anyone reads.
  guarded(path, () => new TileWriter(db));
  return new EmbeddedRecordStore(new EmbeddedRecordReader(db, path), path, options);
}

class EmbeddedRecordStore implements RecordStore {
  readonly #reader: RecordReader;
  readonly #worker: Worker;
  readonly #maxQueuedBytes: number;
  #size: number;
  #leaves: WaitingLeaf[] = [];
  #heads: WaitingHead[] = [];
  #asides: WaitingAside[] = [];
  #queuedBytes = 0;
  #inFlight: InFlight | undefined;
  #scheduled = false;
  /** Why nothing can be appended any more. */
  #ended: string | undefined;
  #drained: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(reader: RecordReader, path: string, options: RecordStoreOptions) {
    this.#reader = reader;
    this.#size = reader.size;
    this.#maxQueuedBytes = options.maxQueuedBytes ?? 64 * 1024 * 1024;
    const settings: WorkerSettings = {
      path,
      options: {
        synchronous: options.audit === 'relaxed' ? 'NORMAL' : 'FULL',
        ...(options.maxStoreBytes === undefined ? {} : { maxBytes: options.maxStoreBytes }),
      },
    };
    this.#worker = new Worker(new URL('./commit-worker.js', import.meta.url), { workerData: settings, execArgv: [] });
    this.#worker.on('message', (answer: Committed) => this.#settle(answer));
    this.#worker.on('error', () => this.#abort('the commit thread failed'));
    this.#worker.on('exit', () => this.#abort('the commit thread has ended'));
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array, key?: string): Promise<LeafIndex> {
    if (leaf.byteLength === 0 || leaf.byteLength > LEAF_MAX_BYTES) {
      const detail = `a leaf has 1 to ${LEAF_MAX_BYTES} bytes, not ${leaf.byteLength}`;
      return Promise.reject(new SallyportError('INTERNAL', { detail }));
    }
    // In a commit it would fail all that it shares the commit with.
    if (key !== undefined && !KEY.test(key)) {
      return Promise.reject(
        new SallyportError('INTERNAL', { detail: 'a key has 1 to 256 printable ASCII characters' }),
      );
    }
    if (this.#ended !== undefined) return Promise.reject(broken(this.#ended));
    if (this.#queuedBytes + leaf.byteLength > this.#maxQueuedBytes) {
      return Promise.reject(new SallyportError('OVERLOADED', { detail: 'too many records wait for the disk' }));
    }
    return new Promise((resolve, reject) => {
      this.#leaves.push({ leaf, key, resolve, reject });
      this.#queuedBytes += leaf.byteLength;
      this.#schedule();
    });
  }

  saveHead(head: TreeHead, mark?: RecoveryMark): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(broken(this.#ended));
    return new Promise((resolve, reject) => {
      this.#heads.push({ head, mark, resolve, reject });
      this.#schedule();
    });
  }

  saveCosignature(cosignature: Cosignature): Promise<void> {
    return this.#aside({ cosignature });
  }

  drop(to: LeafIndex): Promise<void> {
    if (!Number.isSafeInteger(to) || to < 0 || to % TILE_WIDTH !== 0) {
      const detail = `leaves go in multiples of ${TILE_WIDTH}, not before ${to}`;
      return Promise.reject(new SallyportError('INTERNAL', { detail }));
    }
    const { first } = this;
    return to <= first ? Promise.resolve() : this.#aside({ drop: Math.min(to, first + DROP_MAX_LEAVES) });
  }

  #aside(aside: Aside): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(broken(this.#ended));
    return new Promise((resolve, reject) => {
      this.#asides.push({ ...aside, resolve, reject });
      this.#schedule();
    });
  }

  leaves(from: LeafIndex, to?: LeafIndex): Iterable<StoredLeaf> {
    return this.#reader.leaves(from, to);
  }

  read(from: LeafIndex, to?: LeafIndex): Iterable<Uint8Array> {
    return this.#reader.read(from, to);
  }

  get first(): LeafIndex {
    return this.#reader.first;
  }

  nodes(level: number, from: number, to: number): Iterable<Uint8Array> {
    return this.#reader.nodes(level, from, to);
  }

  tile(level: number, n: number): StoredTile | undefined {
    return this.#reader.tile(level, n);
  }

  cosignatures(): Iterable<Cosignature> {
    return this.#reader.cosignatures();
  }

  find(key: string): Iterable<StoredLeaf> {
    return this.#reader.find(key);
  }

  heads(): Iterable<TreeHead> {
    return this.#reader.heads();
  }

  head(): TreeHead | undefined {
    return this.#reader.head();
  }

  mark(): RecoveryMark | undefined {
    return this.#reader.mark();
  }

  /** Commits what has queued, then closes; may be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended === undefined) {
      const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
      this.#ended = 'the store is closed';
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        this.#schedule();
      });
      this.#worker.postMessage('close');
      await exited;
    }
    await this.#reader.close();
  }

  /** The next turn, not now: all that one turn of the event loop appends shares a commit. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit();
    });
  }

  #commit(): void {
    if (this.#inFlight !== undefined) return;
    if (this.#leaves.length + this.#heads.length + this.#asides.length === 0) {
      this.#drained?.();
      return;
    }
    this.#inFlight = {
      leaves: this.#leaves.splice(0, this.#commitLeaves()),
      heads: this.#heads.splice(0),
      asides: this.#asides.splice(0),
    };
    const batch = batchOf(this.#inFlight);
    this.#queuedBytes -= batch.bytes.byteLength;
    this.#worker.postMessage(batch, [batch.bytes.buffer as ArrayBuffer]);
  }

  #commitLeaves(): number {
    let bytes = 0;
    const end = this.#leaves.findIndex((waiting, n) => {
      bytes += waiting.leaf.byteLength;
      return n > 0 && (n >= COMMIT_MAX_LEAVES || bytes > COMMIT_MAX_BYTES);
    });
    return end === -1 ? this.#leaves.length : end;
  }

  #settle(answer: Committed): void {
    const settled = this.#inFlight;
    this.#inFlight = undefined;
    if (settled === undefined) return;
    if (answer.ok) {
      this.#size = answer.first + settled.leaves.length;
      settled.leaves.forEach((waiting, n) => {
        waiting.resolve(answer.first + n);
      });
      for (const waiting of [...settled.heads, ...settled.asides]) waiting.resolve();
    } else {
      rejectAll(settled, broken(`records were not committed: ${answer.code}`));
    }
    this.#schedule();
  }

  #abort(reason: string): void {
    this.#ended ??= reason;
    rejectAll(
      { leaves: this.#leaves.splice(0), heads: this.#heads.splice(0), asides: this.#asides.splice(0) },
      broken(reason),
    );
    if (this.#inFlight !== undefined) rejectAll(this.#inFlight, broken(reason));
    this.#inFlight = undefined;
    this.#queuedBytes = 0;
    this.#drained?.();
  }
}

/** One exact-sized buffer, handed over instead of copied: posting each leaf would clone the pool behind it. */
function batchOf({ leaves, heads, asides }: InFlight): Batch {
  const lengths = leaves.map(({ leaf }) => leaf.byteLength);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (const { leaf } of leaves) {
    bytes.set(leaf, offset);
    offset += leaf.byteLength;
  }
  const mark = heads.findLast((waiting) => waiting.mark !== undefined)?.mark;
  return {
    bytes,
    lengths,
    keys: leaves.map(({ key }) => key ?? null),
    heads: heads.map(({ head }) => [head.size, head.root, head.at, head.origin, head.signature]),
    mark: mark === undefined ? null : JSON.stringify(mark),
    cosignatures: asides.flatMap((aside): Batch['cosignatures'] => {
      if (!('cosignature' in aside)) return [];
      const { size, witness, line } = aside.cosignature;
      return [[size, witness, line]];
    }),
    drop: Math.max(0, ...asides.map((aside) => ('drop' in aside ? aside.drop : 0))),
  };
}

function rejectAll({ leaves, heads, asides }: InFlight, error: SallyportError): void {
  for (const waiting of [...leaves, ...heads, ...asides]) waiting.reject(error);
}

function broken(detail: string): SallyportError {
  return new SallyportError('STORE_BROKEN', { detail });
}
