import { COSIGNATURE, type VerifierKey, verifierKey, vkeyText, Witness } from '@sallyport/record';
import { lockDataFolder, openWitnessKeys, openWitnessState } from '@sallyport/stores';

export interface OpenWitness {
  readonly witness: Witness;
  readonly name: string;
  /** What logs and auditors are given. */
  readonly vkey: string;
  /** The last checkpoint that was cosigned of the first log that fits, with all signatures. */
  checkpointOf(fits: (origin: string) => boolean): string | undefined;
  close(): void;
}

export interface WitnessRequest {
  /** Folder of the witness: its key and what it knows. One process at a time. */
  readonly folder: string;
  /** Only the first start may choose it. */
  readonly name: string | undefined;
  readonly logs: readonly VerifierKey[];
}

/** @throws {SallyportError} `CONFIG_INVALID`, `STORE_BROKEN`, `STORE_LOCKED` */
export function openWitness({ folder, name, logs }: WitnessRequest): OpenWitness {
  const lock = lockDataFolder(folder);
  try {
    const keys = openWitnessKeys(folder, name);
    const state = openWitnessState(folder);
    const key = verifierKey(keys.name, keys.publicKey, COSIGNATURE);
    return {
      witness: new Witness({ key, signingKey: keys.signingKey, logs, state, nowMs: Date.now }),
      name: keys.name,
      vkey: vkeyText(key),
      checkpointOf: (fits) => {
        const log = logs.find(({ name: origin }) => fits(origin));
        return log === undefined ? undefined : state.get(log.name)?.checkpoint;
      },
      close: () => {
        state.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
