import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointText, parseCheckpoint } from './checkpoint.ts';
import { cosignedAt } from './cosignature.ts';
import { consistencyProof } from './merkle-proof.ts';
import { leafHash, rootOf } from './merkle-tree.ts';
import {
  COSIGNATURE,
  NOTE_MAX_CHARS,
  NOTE_SIGNATURES_MAX,
  noteOf,
  signatureLine,
  signNote,
  verifierKey,
} from './signed-note.ts';
import { ORIGIN, publicKey, signingKey, stranger } from './testing/test-log.ts';
import { signHead } from './tree-head.ts';
import { addCheckpointText, Witness, type WitnessedHead, type WitnessState } from './witness.ts';

const NOW_MS = Date.parse('2026-01-02T00:00:00.000Z');
const keys = generateKeyPairSync('ed25519');
const key = verifierKey('witness.example/w1', keys.publicKey, COSIGNATURE);
const log = verifierKey(ORIGIN, publicKey);

class MemoryState implements WitnessState {
  readonly heads = new Map<string, WitnessedHead>();
  get = (origin: string) => this.heads.get(origin);
  advance(oldSize: number, next: WitnessedHead): boolean {
    if ((this.heads.get(next.origin)?.size ?? 0) !== oldSize) return false;
    this.heads.set(next.origin, next);
    return true;
  }
}

/** Two histories that are the same up to leaf 6. */
const history = (name: string) =>
  Array.from({ length: 40 }, (_, n) => leafHash(Buffer.from(n < 6 ? `${n}` : `${name} ${n}`)));
const good = history('good');
const bad = history('bad');

function rangeRootOf(leaves: readonly Uint8Array[]) {
  return (from: number, to: number) => rootOf(leaves.slice(from, to));
}

function checkpoint(size: number, leaves = good, origin = ORIGIN): string {
  const root = Buffer.from(rootOf(leaves.slice(0, size))).toString('base64');
  return checkpointText(signHead({ origin, size, root, at: '2026-01-01T00:00:00.000Z' }, signingKey), publicKey);
}

function request(oldSize: number, size: number, leaves = good): string {
  const proof = oldSize === 0 || oldSize > size ? [] : consistencyProof(rangeRootOf(leaves), oldSize, size);
  return addCheckpointText({ oldSize, proof, checkpoint: checkpoint(size, leaves) });
}

function newWitness(state = new MemoryState()) {
  return { state, witness: new Witness({ key, signingKey: keys.privateKey, logs: [log], state, nowMs: () => NOW_MS }) };
}

describe('Witness.addCheckpoint()', () => {
  it('cosigns a log from its beginning on, as long as it only grows', () => {
    const { witness, state } = newWitness();
    let oldSize = 0;
    for (const size of [0, 1, 3, 3, 8, 17, 40]) {
      const answer = witness.addCheckpoint(request(oldSize, size));
      expect(answer.status).toBe(200);
      const cosigned = parseCheckpoint(`${checkpoint(size)}${answer.body}`);
      expect(cosigned && cosignedAt(cosigned, key)).toBe(NOW_MS / 1_000);
      expect(state.get(ORIGIN)?.size).toBe(size);
      expect(state.get(ORIGIN)?.checkpoint).toBe(`${checkpoint(size)}${answer.body}`);
      oldSize = size;
    }
  });

  it('shows what it signed as everybody can read it, whatever else the log has put beside it', () => {
    const { witness, state } = newWitness();
    const strange = verifierKey(ORIGIN, stranger.publicKey);
    const noise = Array.from({ length: NOTE_SIGNATURES_MAX - 1 }, () => signatureLine(strange, Buffer.alloc(64, 1)));
    const answer = witness.addCheckpoint(
      addCheckpointText({ oldSize: 0, proof: [], checkpoint: checkpoint(8) + noise.join('') }),
    );
    expect(answer.status).toBe(200);
    expect(state.get(ORIGIN)?.checkpoint).toBe(`${checkpoint(8)}${answer.body}`);

    const long = (chars: number) => {
      const text = `${ORIGIN}\n9\n${Buffer.from(rootOf(good.slice(0, 9))).toString('base64')}\n${'x'.repeat(chars)}\n`;
      return noteOf(text, [signatureLine(log, signNote(text, signingKey))]);
    };
    const room = NOTE_MAX_CHARS - long(0).length - answer.body.length;
    const asked = (chars: number) =>
      witness.addCheckpoint(
        addCheckpointText({ oldSize: 8, proof: consistencyProof(rangeRootOf(good), 8, 9), checkpoint: long(chars) }),
      );
    expect(asked(room + 1).status).toBe(400);
    expect(state.get(ORIGIN)?.size).toBe(8);
    expect(asked(room).status).toBe(200);
    expect(parseCheckpoint(state.get(ORIGIN)?.checkpoint ?? '')?.size).toBe(9);
  });

  it('says what it knows when the old size is another: 409', () => {
    const { witness } = newWitness();
    witness.addCheckpoint(request(0, 8));
    for (const oldSize of [0, 7, 9]) {
      expect(witness.addCheckpoint(request(oldSize, 12))).toEqual({
        status: 409,
        type: 'text/x.tlog.size',
        body: '8\n',
      });
    }
  });

  it('never signs a second history, nor an earlier state: 409, 422, 400', () => {
    const { witness, state } = newWitness();
    witness.addCheckpoint(request(0, 8));
    const before = state.get(ORIGIN);
    expect(witness.addCheckpoint(request(8, 8, bad)).status).toBe(409);
    expect(witness.addCheckpoint(request(8, 20, bad)).status).toBe(422);
    const claimed = addCheckpointText({
      oldSize: 8,
      proof: consistencyProof(rangeRootOf(good), 8, 20),
      checkpoint: checkpoint(20, bad),
    });
    expect(witness.addCheckpoint(claimed).status).toBe(422);
    expect(witness.addCheckpoint(request(6, 6)).status).toBe(409);
    expect(witness.addCheckpoint(request(8, 6)).status).toBe(400);
    expect(state.get(ORIGIN)).toBe(before);
  });

  it('knows its logs: 404 for another origin, 403 for another key', () => {
    const { witness, state } = newWitness();
    const other = addCheckpointText({ oldSize: 0, proof: [], checkpoint: checkpoint(3, good, 'other') });
    expect(witness.addCheckpoint(other).status).toBe(404);
    const root = Buffer.from(rootOf(good.slice(0, 3))).toString('base64');
    const forged = signHead({ origin: ORIGIN, size: 3, root, at: 'now' }, stranger.privateKey);
    for (const named of [publicKey, stranger.publicKey]) {
      const note = checkpointText(forged, named);
      expect(witness.addCheckpoint(addCheckpointText({ oldSize: 0, proof: [], checkpoint: note })).status).toBe(403);
    }
    expect(state.heads.size).toBe(0);
  });

  it('refuses what is no request: 400; and a proof where there is nothing to prove: 422', () => {
    const { witness } = newWitness();
    const valid = request(0, 3);
    for (const text of [
      '',
      'old 0',
      valid.replace('old 0', 'old 00'),
      valid.replace('old 0\n', 'old 0\nnot a hash\n'),
      valid.replace('old 0\n\n', 'old 0\n'),
    ]) {
      expect(witness.addCheckpoint(text).status).toBe(400);
    }
    const hashLines = (count: number) =>
      valid.replace('old 0\n', `old 0\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(count)}`);
    expect(witness.addCheckpoint(hashLines(63)).status).toBe(422);
    expect(witness.addCheckpoint(hashLines(64)).status).toBe(400);
    fc.assert(
      fc.property(fc.string(), (noise) => {
        expect(witness.addCheckpoint(noise).status).toBe(400);
      }),
    );
  });

  it('signs once of two requests that race', () => {
    const state = new MemoryState();
    const racing: WitnessState = {
      get: (origin) => state.get(origin),
      advance: (oldSize, next) => {
        if (oldSize === 0) newWitness(state).witness.addCheckpoint(request(0, 20));
        return state.advance(oldSize, next);
      },
    };
    const witness = new Witness({ key, signingKey: keys.privateKey, logs: [log], state: racing, nowMs: () => NOW_MS });
    state.heads.set('unrelated', { origin: 'unrelated', size: 1, root: Buffer.alloc(32), checkpoint: '' });
    expect(witness.addCheckpoint(request(0, 8))).toEqual({ status: 409, type: 'text/x.tlog.size', body: '20\n' });
    expect(state.get(ORIGIN)?.size).toBe(20);
  });
});
