import type { MemoryLabel, MemoryWrite } from './flow-facts.ts';
import type { Owner } from './owner.ts';
import type { MemoryReader } from './transcript.ts';

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
  /** Adds pieces, or says that they were written again. @returns whether all else is as it was: what is too old goes, and beyond the bound the oldest, and then the memory is `lost` */
  put(place: string, pieces: readonly StoredPiece[]): boolean;
  /** From now on anything in it may be anybody's. */
  lose(place: string): void;
}
