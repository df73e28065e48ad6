import type { KeyObject } from 'node:crypto';
import { type Checkpoint, parseCheckpoint, parseDecimal, parseHash } from './checkpoint.ts';
import { cosign } from './cosignature.ts';
import { verifyConsistency } from './merkle-proof.ts';
import { NOTE_MAX_CHARS, noteOf, noteSignature, signatureLine, type VerifierKey } from './signed-note.ts';
import { PROOF_MAX_HASHES } from './tlog-proof.ts';

/** The last checkpoint of a log that a witness cosigned. */
export interface WitnessedHead {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** As the log signed it, with the witness's own signature, and no other. */
  readonly checkpoint: string;
}

/** Where a witness keeps what it knows; each call is durable before it returns. */
export interface WitnessState {
  get(origin: string): WitnessedHead | undefined;
  /**
   * Puts `next` in the place of what was there, if that still is of `oldSize`: in one step, whoever else tries.
   * @returns whether it did
   */
  advance(oldSize: number, next: WitnessedHead): boolean;
}

export interface WitnessOptions {
  /** Of the algorithm `COSIGNATURE`. */
  readonly key: VerifierKey;
  readonly signingKey: KeyObject;
  /** The logs that are witnessed; their names are their origins. Several keys of one origin are all trusted. */
  readonly logs: readonly VerifierKey[];
  readonly state: WitnessState;
  readonly nowMs: () => number;
}

/** An answer of HTTP. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
  readonly body: string;
}

/** Longest request: a checkpoint, and the proof before it. */
export const ADD_CHECKPOINT_MAX_BYTES = NOTE_MAX_CHARS + 64 * PROOF_MAX_HASHES;

/**
 * A witness: signs the heads of logs, and of each log only such that begin with what it signed before.
 * Source: C2SP tlog-witness, `add-checkpoint`. Cost: 0.3 ms and one flush of the disk.
 */
export class Witness {
  readonly #options: WitnessOptions;

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  addCheckpoint(body: string): WitnessAnswer {
    const request = parseAddCheckpoint(body);
    if (request === undefined) return plain(400, 'not an add-checkpoint request');
    const { oldSize, proof, checkpoint } = request;
    const { origin, size, root, text } = checkpoint;
    const { logs, state, key, signingKey, nowMs } = this.#options;
    const keys = logs.filter(({ name }) => name === origin);
    if (keys.length === 0) return plain(404, 'unknown log');
    const signed = keys.flatMap((log) => {
      const signature = noteSignature(checkpoint, log);
      return signature === undefined ? [] : [signatureLine(log, signature)];
    });
    if (signed.length === 0) return plain(403, 'no signature of a trusted key');
    if (oldSize > size) return plain(400, 'old size is beyond the checkpoint');
    const known = state.get(origin);
    if (oldSize !== (known?.size ?? 0)) return conflict(known?.size ?? 0);
    if (known !== undefined && size === known.size && Buffer.compare(root, known.root) !== 0) return conflict(size);
    if (!isConsistent({ known, size, root, proof })) return plain(422, 'the proof does not lead to the checkpoint');
    const line = cosign(text, { key, signingKey, timeS: Math.floor(nowMs() / 1_000) });
    // No other lines than those that hold: with as many as the log likes to send, nobody could read what was witnessed.
    const witnessed = noteOf(text, [...signed, line]);
    if (witnessed.length > NOTE_MAX_CHARS) return plain(400, 'the checkpoint leaves no room for a signature');
    if (state.advance(oldSize, { origin, size, root, checkpoint: witnessed })) return plain(200, line);
    return conflict(state.get(origin)?.size ?? 0);
  }
}

/** The body of a request. `checkpoint` is a note. */
export function addCheckpointText(request: {
  oldSize: number;
  proof: readonly Uint8Array[];
  checkpoint: string;
}): string {
  const lines = request.proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${request.oldSize}\n${lines.join('')}\n${request.checkpoint}`;
}

export interface AddCheckpoint {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
}

/** Undefined where the body is no request. Nothing is verified. */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const split = body.indexOf('\n\n');
  if (body.length > ADD_CHECKPOINT_MAX_BYTES || split === -1) return undefined;
  const [old = '', ...lines] = body.slice(0, split).split('\n');
  const oldSize = old.startsWith('old ') ? parseDecimal(old.slice('old '.length)) : undefined;
  const checkpoint = parseCheckpoint(body.slice(split + 2));
  const proof = lines.map(parseHash);
  if (oldSize === undefined || checkpoint === undefined || proof.length > PROOF_MAX_HASHES) return undefined;
  return proof.every((hash) => hash !== undefined) ? { oldSize, proof, checkpoint } : undefined;
}

function isConsistent(claim: {
  known: WitnessedHead | undefined;
  size: number;
  root: Uint8Array;
  proof: readonly Uint8Array[];
}): boolean {
  const { known, size, root, proof } = claim;
  if (known === undefined || known.size === 0) return proof.length === 0;
  return verifyConsistency({ oldSize: known.size, newSize: size, oldRoot: known.root, newRoot: root, proof });
}

function plain(status: WitnessAnswer['status'], body: string): WitnessAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: body.endsWith('\n') ? body : `${body}\n` };
}

function conflict(size: number): WitnessAnswer {
  return { status: 409, type: 'text/x.tlog.size', body: `${size}\n` };
}
