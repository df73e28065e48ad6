import { hash } from 'node:crypto';
import type {
  Cosignature,
  LeafIndex,
  RecordStore,
  RecoveryMark,
  StoredLeaf,
  StoredTile,
  TreeHead,
} from '@sallyport/core';
import { rootOf } from '../merkle-tree.ts';
import { TILE_WIDTH } from '../tile-path.ts';

/** A store whose rows a test may change behind the log's back. `refuse` makes it fail as a full disk does. */
export class MemoryRecordStore implements RecordStore {
  rows: StoredLeaf[] = [];
  savedHeads: TreeHead[] = [];
  savedMark: RecoveryMark | undefined;
  savedCosignatures: Cosignature[] = [];
  /** Hashes of leaves whose bytes went. */
  archived: Uint8Array[] = [];
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

  get first(): LeafIndex {
    return this.rows[0]?.index ?? 0;
  }

  *nodes(level: number, from: number, to: number): Generator<Uint8Array> {
    for (let n = from; n < to; n += 1) {
      if (level === 0) {
        const found = this.rows.find(({ index }) => index === n)?.hash ?? this.archived[n];
        if (found !== undefined) yield found;
      } else {
        const tile = this.tile(level - 1, n);
        if (tile !== undefined) yield tile.root;
      }
    }
  }

  tile(level: number, n: number): StoredTile | undefined {
    const hashes = [...this.nodes(level, n * TILE_WIDTH, (n + 1) * TILE_WIDTH)];
    return hashes.length < TILE_WIDTH ? undefined : { hashes: Buffer.concat(hashes), root: rootOf(hashes) };
  }

  cosignatures(): Iterable<Cosignature> {
    return this.savedCosignatures;
  }

  async saveCosignature(cosignature: Cosignature): Promise<void> {
    const others = this.savedCosignatures.filter(({ witness }) => witness !== cosignature.witness);
    this.savedCosignatures = [...others, cosignature].sort((a, b) => a.size - b.size);
  }

  async drop(to: LeafIndex): Promise<void> {
    for (const { index, hash: hashOfLeaf } of this.rows.splice(0, to - this.first)) this.archived[index] = hashOfLeaf;
  }

  find(key: string): Iterable<StoredLeaf> {
    return this.rows.filter((row) => row.key === key);
  }

  heads(): Iterable<TreeHead> {
    return [...this.savedHeads];
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
    next.savedCosignatures = [...this.savedCosignatures];
    next.archived = [...this.archived];
    return next;
  }
}

/** A row as an honest store makes it. */
export function storedLeaf({ index, leaf, key }: Omit<StoredLeaf, 'hash'>): StoredLeaf {
  const prefixed = Buffer.concat([Buffer.of(0), leaf]);
  return { index, leaf: Buffer.from(leaf), hash: hash('sha256', prefixed, 'buffer'), key };
}
