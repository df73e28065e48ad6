import type { Integrity, LeafOrigin, LeafShape, Readers } from './flow-facts.ts';
import type { Owner } from './owner.ts';

/** What a tool does with a memory: a store of what agents note, which outlives their sessions. */
export const MEMORY_USES = ['none', 'read', 'write', 'both'] as const;
export type MemoryUse = (typeof MEMORY_USES)[number];

/** Whose a memory is: everybody's of a tenant, or each owner's own. */
export const MEMORY_SCOPES = ['tenant', 'owner'] as const;
export type MemoryScope = (typeof MEMORY_SCOPES)[number];

/** Which memory is meant. Tools that name the same one share it, at whichever door they are called. */
export interface MemoryPlace {
  readonly name: string;
  readonly scope: MemoryScope;
}

/** Who vouches for something that was written into a memory, and where it stood first. */
export interface MemoryLabel {
  readonly integrity: Integrity;
  readonly shape: LeafShape;
  readonly readers: Readers;
  readonly origin: LeafOrigin;
}

/** A piece of what was written: by what it is found again, never its text. */
export interface MemoryPiece {
  /** Digests of its words, values and passages; 1..32 characters each. */
  readonly keys: readonly string[];
  readonly label: MemoryLabel;
}

/** What a call leaves in a memory. */
export interface MemoryWrite {
  readonly place: MemoryPlace;
  /** Those with a label that is worth keeping. */
  readonly pieces: readonly MemoryPiece[];
  /** Some of it was not read: it may be anybody's. */
  readonly truncated: boolean;
}

/** The memories of one owner, for whoever labels what is read from them. Synchronous, total. */
export interface MemoryReader {
  /** Equal for whoever sees the same. */
  readonly key: string;
  /** Whether anything is known of a memory: of one of which nothing is, no digests have to be made. */
  knows(place: MemoryPlace): boolean;
  /**
   * The worst of the labels of what was written, and the place where the first of these stood; undefined where nothing of it is known. Where
   * something was forgotten for room, what is not known may be that.
   */
  recall(place: MemoryPlace, keys: readonly string[]): MemoryLabel | undefined;
}

/** Keeps the labels of what is written into memories. Synchronous, since a call waits for it. */
export interface Memories {
  reader(owner: Owner): MemoryReader;
  /** Durable enough to outlive the process when it returns. @throws {SallyportError} `STORE_BROKEN`: then the call must not go on */
  wrote(owner: Owner, written: MemoryWrite): void;
}

/** A piece as it is kept: its keys are keyed fingerprints. */
export interface StoredPiece {
  /** Equal for the same keys with the same label. */
  readonly id: string;
  readonly keys: readonly string[];
  readonly label: MemoryLabel;
}

export interface StoredMemory {
  /** The oldest first. */
  readonly pieces: readonly StoredPiece[];
  /** Something was forgotten for room, or could not be read when it was written. */
  readonly lost: boolean;
}

/** Where labels of memories lie; `place` names tenant, memory and owner by a keyed fingerprint. */
export interface MemoryStore {
  of(place: string): StoredMemory;
  /** Adds pieces, or says that they were written again. @returns whether all is still there: beyond the bound the oldest are forgotten, and the memory is `lost` */
  put(place: string, pieces: readonly StoredPiece[]): boolean;
  /** From now on anything in it may be anybody's. */
  lose(place: string): void;
}
