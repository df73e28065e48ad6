import { hash } from 'node:crypto';
import type { LeafIndex, RecordStore, RecoveryMark, StoredLeaf, TreeHead } from '@sallyport/core';

/** A store whose rows a test may change behind the log's back. `refuse` makes it fail as a full disk does. */
export class MemoryRecordStore implements RecordStore {
  rows: StoredLeaf[] = [];
  savedHeads: TreeHead[] = [];
  savedMark: RecoveryMark | undefined;
  /** Rows that were read, to show that a scan is bounded. */
  reads = 0;
  refuse: { leaves?: Error; heads?: Error } = {};

  get size(): number {
    return (this.rows.at(-1)?.index ?? -1) + 1;
  }

  async append(leaf: Uint8Array, key?: string): Promise<LeafIndex> {
    if (this.refuse.leaves !== undefined) throw this.refuse.leaves;
    const row = storedLeaf({ index: this.size, leaf, key });
    this.rows.push(row);
    return row.index;
  }

  async saveHead(head: TreeHead, mark?: RecoveryMark): Promise<void> {
    if (this.refuse.heads !== undefined) throw this.refuse.heads;
    this.savedHeads.push(head);
    if (mark !== undefined) this.savedMark = mark;
  }

  *leaves(from: LeafIndex, to: LeafIndex = Number.POSITIVE_INFINITY): Generator<StoredLeaf> {
    for (const row of [...this.rows]) {
      if (row.index < from || row.index >= to) continue;
      this.reads += 1;
      yield row;
    }
  }

  *read(from: LeafIndex, to?: LeafIndex): Generator<Uint8Array> {
    for (const { leaf } of this.leaves(from, to)) yield leaf;
  }

  *hashes(from: LeafIndex, to?: LeafIndex): Generator<Uint8Array> {
    for (const { hash: hashOfLeaf } of this.leaves(from, to)) yield hashOfLeaf;
  }

  find(key: string): Iterable<StoredLeaf> {
    return this.rows.filter((row) => row.key === key);
  }

  heads(): Iterable<TreeHead> {
    return this.savedHeads;
  }

  head(): TreeHead | undefined {
    return this.savedHeads.at(-1);
  }

  mark(): RecoveryMark | undefined {
    return this.savedMark;
  }

  async close(): Promise<void> {}

  /** What a process that was killed leaves to the next one. */
  survivor(): MemoryRecordStore {
    const next = new MemoryRecordStore();
    next.rows = [...this.rows];
    next.savedHeads = [...this.savedHeads];
    next.savedMark = this.savedMark;
    return next;
  }
}

/** A row as an honest store makes it. */
export function storedLeaf({ index, leaf, key }: Omit<StoredLeaf, 'hash'>): StoredLeaf {
  const prefixed = Buffer.concat([Buffer.of(0), leaf]);
  return { index, leaf: Buffer.from(leaf), hash: hash('sha256', prefixed, 'buffer'), key };
}
