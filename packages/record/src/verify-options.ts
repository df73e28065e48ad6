import type { TileFiles, TreeHead } from '@sallyport/core';
import type { Checkpoint } from './checkpoint.ts';
import type { VerifierKey } from './signed-note.ts';

export interface VerifyOptions {
  /** The origin that every head must name; default: that of the first head. */
  readonly origin?: string;
  /** Heads that were kept outside the store: the log must still contain what they cover, whatever the store says. */
  readonly known?: readonly TreeHead[];
  /** The same as checkpoints; each must bear the signatures of all `witnesses`. */
  readonly checkpoints?: readonly Checkpoint[];
  /** Witnesses whose signatures in the store are checked. */
  readonly witnesses?: readonly VerifierKey[];
  /** Where archived leaves are; without it only their hashes are checked. */
  readonly archive?: TileFiles;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
  /** Told now and then how many leaves are checked. */
  readonly onProgress?: (leaves: number) => void;
}
