import type { KeyObject } from 'node:crypto';
import type { RecordStore, TreeHead } from '@sallyport/core';
import {
  addCheckpointText,
  checkpointText,
  consistencyProof,
  cosignedAt,
  parseCheckpoint,
  parseDecimal,
  rangeRootIn,
  type VerifierKey,
} from '@sallyport/record';
import type { WitnessClient } from './witness-client.ts';

/** `waiting`: not asked yet. `ahead`: it signed more leaves than this log has. `forked`: it signed another past. */
export type WitnessStanding = 'waiting' | 'cosigned' | 'unreachable' | 'refused' | 'ahead' | 'forked';

export interface WitnessStatus {
  readonly witness: string;
  readonly standing: WitnessStanding;
  /** Leaves of the head that it signed last. */
  readonly size: number;
  /** When it did, RFC 3339. */
  readonly at: string | undefined;
  /** Rounds without its signature since the start. */
  readonly failures: number;
}

export interface WitnessRoundsParts {
  readonly witnesses: readonly { readonly key: VerifierKey; readonly client: WitnessClient }[];
  readonly store: RecordStore;
  readonly head: () => TreeHead | undefined;
  readonly publicKey: KeyObject;
  readonly everyMs: number;
  readonly after: (ms: number, action: () => void) => () => void;
  /** Told of each round without a signature, and of each change of standing. */
  readonly onStanding: (status: WitnessStatus, changed: boolean) => void;
}

interface Asked {
  readonly key: VerifierKey;
  readonly client: WitnessClient;
  /** Size that it is thought to know. */
  known: number;
  standing: WitnessStanding;
  size: number;
  at: string | undefined;
  failures: number;
}

/** Asks witnesses for their signatures, one round after the other, beside the traffic: no record waits for one. */
export class WitnessRounds {
  readonly #parts: WitnessRoundsParts;
  readonly #asked: readonly Asked[];
  #callOff: (() => void) | undefined;
  #closed = false;
  #round: Promise<void> = Promise.resolve();

  constructor(parts: WitnessRoundsParts) {
    this.#parts = parts;
    const kept = [...parts.store.cosignatures()];
    this.#asked = parts.witnesses.map(({ key, client }) => {
      const size = kept.find(({ witness }) => witness === key.name)?.size ?? 0;
      return { key, client, known: size, standing: 'waiting', size, at: undefined, failures: 0 };
    });
    this.#next(0);
  }

  status(): readonly WitnessStatus[] {
    return this.#asked.map(statusOf);
  }

  /** Calls off what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#callOff?.();
    await Promise.all(this.#asked.map(({ client }) => client.close()));
    await this.#round;
  }

  #next(ms: number): void {
    if (this.#closed || this.#asked.length === 0) return;
    this.#callOff = this.#parts.after(ms, () => {
      this.#round = Promise.all(this.#asked.map((asked) => this.#ask(asked))).then(() =>
        this.#next(this.#parts.everyMs),
      );
    });
  }

  /** A witness that is new or went on without this log says what it knows: a second call then begins there. */
  async #ask(asked: Asked): Promise<void> {
    const head = this.#parts.head();
    if (head === undefined || (head.size === asked.size && asked.standing === 'cosigned')) return;
    let standing = await this.#submit(asked, head);
    if (standing === 'again') standing = await this.#submit(asked, head);
    if (this.#closed) return;
    const now = standing === 'again' ? 'refused' : standing;
    const changed = now !== asked.standing;
    asked.standing = now;
    if (now !== 'cosigned') asked.failures += 1;
    if (changed || now !== 'cosigned') this.#parts.onStanding(statusOf(asked), changed);
  }

  async #submit(asked: Asked, head: TreeHead): Promise<WitnessStanding | 'again'> {
    const { store, publicKey } = this.#parts;
    if (asked.known > head.size) return 'ahead';
    const checkpoint = checkpointText(head, publicKey);
    try {
      const proof = asked.known === 0 ? [] : consistencyProof(rangeRootIn(store), asked.known, head.size);
      const oldSize = asked.known;
      const { status, body } = await asked.client.addCheckpoint(addCheckpointText({ oldSize, proof, checkpoint }));
      if (status === 200) return await this.#take(asked, { head, checkpoint, body });
      if (status === 422) return 'forked';
      if (status !== 409) return 'refused';
      const size = parseDecimal(body.replace(/\n$/, ''));
      if (size === undefined) return 'refused';
      if (size === asked.known) return 'forked';
      asked.known = size;
      return size > head.size ? 'ahead' : 'again';
    } catch {
      // Why a witness can't be reached, or the store not be read, changes nothing about what is known of it.
      return 'unreachable';
    }
  }

  async #take(
    asked: Asked,
    { head, checkpoint, body }: { head: TreeHead; checkpoint: string; body: string },
  ): Promise<WitnessStanding> {
    for (const line of body.split('\n')) {
      const cosigned = parseCheckpoint(`${checkpoint}${line}\n`);
      const timeS = cosigned && cosignedAt(cosigned, asked.key);
      if (timeS === undefined) continue;
      await this.#parts.store.saveCosignature({ size: head.size, witness: asked.key.name, line: `${line}\n` });
      asked.known = head.size;
      asked.size = head.size;
      asked.at = new Date(timeS * 1_000).toISOString();
      return 'cosigned';
    }
    return 'refused';
  }
}

function statusOf({ key, standing, size, at, failures }: Asked): WitnessStatus {
  return { witness: key.name, standing, size, at, failures };
}
