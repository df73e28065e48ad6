/** Zero-based position of a leaf in the log. */
export type LeafIndex = number;

/** The signed head of the log. */
export interface TreeHead {
  readonly size: number;
  /** RFC 6962 root hash of the first `size` leaves, base64. */
  readonly root: string;
  readonly at: string;
  /** Name of the log's origin, one per replica. */
  readonly origin: string;
  /** Ed25519 over the head's canonical text, base64. */
  readonly signature: string;
}

/** Largest leaf, bytes: what a C2SP log tile can hold. */
export const LEAF_MAX_BYTES = 65_535;

/** One leaf as it stands in a store. */
export interface StoredLeaf {
  readonly index: LeafIndex;
  readonly leaf: Uint8Array;
  /** The leaf's RFC 6962 hash as stored at append, 32 bytes. */
  readonly hash: Uint8Array;
  /** What the leaf can be looked up by: the exchange's id. Not hashed; verification compares it with the leaf. */
  readonly key: string | undefined;
}

/** Where recovery may start instead of at the first leaf. Saved with the head of the same size, whose signature vouches for `frontier`. */
export interface RecoveryMark {
  readonly size: number;
  /** Roots of the perfect subtrees that make up the first `size` leaves, largest first, base64. */
  readonly frontier: readonly string[];
  /** Exchanges with `opened` and no `closed` among the first `size` leaves. */
  readonly open: readonly string[];
}

/** The reading half of a store: another process may hold it beside the one that appends. */
export interface RecordReader {
  /** Durable leaves. */
  readonly size: number;
  /** Rows in index order, `to` exclusive. A leaf that is missing is skipped, never an error: verification looks for it. */
  leaves(from: LeafIndex, to?: LeafIndex): Iterable<StoredLeaf>;
  read(from: LeafIndex, to?: LeafIndex): Iterable<Uint8Array>;
  /** Index of the first leaf whose bytes are in the store: those before it were archived. `size` when there is none. */
  readonly first: LeafIndex;
  /**
   * Hashes of a level of the tree, 32 bytes each: number n is the root over the 256^level leaves from n * 256^level on; level 0 are the
   * leaves' own. `to` exclusive; only whole ones are there. Archived leaves keep theirs. One that is missing is skipped.
   */
  nodes(level: number, from: number, to: number): Iterable<Uint8Array>;
  /** A full tile as stored: 256 hashes of a level, and the root over them. */
  tile(level: number, n: number): StoredTile | undefined;
  /** Leaves that were appended under `key`, in index order. */
  find(key: string): Iterable<StoredLeaf>;
  /** Oldest first; those that are there when the first is read. */
  heads(): Iterable<TreeHead>;
  head(): TreeHead | undefined;
  mark(): RecoveryMark | undefined;
  /** The last word of each witness, smallest head first. */
  cosignatures(): Iterable<Cosignature>;
  close(): Promise<void>;
}

/** A full tile of the tree, as C2SP tiles have it. */
export interface StoredTile {
  /** 256 hashes of 32 bytes. */
  readonly hashes: Uint8Array;
  /** The root over them. */
  readonly root: Uint8Array;
}

/** A witness's signature under a head. */
export interface Cosignature {
  /** Of the head. */
  readonly size: number;
  /** The witness's name. */
  readonly witness: string;
  /** Signature line of a signed note, with its line feed. */
  readonly line: string;
}

/** The folder that holds a log as static files: `checkpoint`, `tile/0/000`, `tile/entries/000.p/12`. No other path is taken. */
export interface TileFiles {
  /** Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Resolves when the file is whole and durable; whatever happens, it is whole or as it was. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes a tile's partial versions: `tile/0/000.p`. */
  removePartial(path: string): Promise<void>;
}

/**
 * Append-only leaves, opaque bytes of at most 65,535, hashed as stored.
 * Appends resolve when durable, in index order. The store commits whatever has queued as soon as its previous commit ended.
 */
export interface RecordStore extends RecordReader {
  append(leaf: Uint8Array, key?: string): Promise<LeafIndex>;
  /** Resolves when the head, and the mark of the same size if there is one, are durable. */
  saveHead(head: TreeHead, mark?: RecoveryMark): Promise<void>;
  /** Resolves when it is durable; of each witness the last word is kept, which covers all leaves before. */
  saveCosignature(cosignature: Cosignature): Promise<void>;
  /**
   * Lets the bytes of the leaves before `to` go, a multiple of 256 whose tiles are stored, and heads over no more than them which no
   * witness signed. Their hashes stay. Resolves when it is durable; at most `DROP_MAX_LEAVES` leaves at a time, `first` says how far it came.
   */
  drop(to: LeafIndex): Promise<void>;
}

/** Leaves that one `drop` lets go: 20 ms of the disk. */
export const DROP_MAX_LEAVES = 2_048;
