import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  COSIGNATURE,
  createAuditLog,
  proveLeaf,
  verifierKey,
  verifyLog,
  Witness,
  type WitnessedHead,
  type WitnessState,
} from '@sallyport/record';
import { openRecordStore } from '@sallyport/stores';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import type { WitnessClient, WitnessReply } from './witness-client.ts';
import { WitnessRounds, type WitnessStatus } from './witness-rounds.ts';

const root = mkdtempSync(join(tmpdir(), 'sallyport-rounds-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const ORIGIN = 'sallyport/test';
const keys = generateKeyPairSync('ed25519');
const witnessKeys = generateKeyPairSync('ed25519');
const key = verifierKey('witness.example/w1', witnessKeys.publicKey, COSIGNATURE);

class MemoryState implements WitnessState {
  head: WitnessedHead | undefined;
  get = () => this.head;
  advance(oldSize: number, next: WitnessedHead): boolean {
    if ((this.head?.size ?? 0) !== oldSize) return false;
    this.head = next;
    return true;
  }
}

/** A log, a witness that can be asked, and rounds between them every 10 s. `answer` takes the witness's place. */
async function room(options: { answer?: () => Promise<WitnessReply>; state?: MemoryState } = {}) {
  const state = options.state ?? new MemoryState();
  const clock = new ManualClock();
  const store = openRecordStore(mkdtempSync(join(root, 'x')));
  const log = await createAuditLog({ store, origin: ORIGIN, signingKey: keys.privateKey, publicKey: keys.publicKey });
  const witness = new Witness({
    key,
    signingKey: witnessKeys.privateKey,
    logs: [verifierKey(ORIGIN, keys.publicKey)],
    state,
    nowMs: () => Date.parse('2026-01-01T00:00:00Z'),
  });
  const asked: string[] = [];
  const client: WitnessClient = {
    addCheckpoint: async (body) => {
      asked.push(body.split('\n')[0] ?? '');
      return (await options.answer?.()) ?? witness.addCheckpoint(body);
    },
    close: async () => undefined,
  };
  const told: (WitnessStatus & { changed: boolean })[] = [];
  const rounds = new WitnessRounds({
    witnesses: [{ key, client }],
    store,
    head: () => log.head,
    publicKey: keys.publicKey,
    everyMs: 10_000,
    after: clock.after,
    onStanding: (status, changed) => told.push({ ...status, changed }),
  });
  closers.push(
    () => store.close(),
    () => log.close(),
    () => rounds.close(),
  );
  const append = async (count: number) => {
    const at = '2026-01-01T00:00:00.000Z';
    for (let n = 0; n < count; n += 1) await log.append({ v: 1, kind: 'interrupted', exchange: `x${store.size}`, at });
    await log.seal();
  };
  /** A round, and what it left to the disk. */
  const round = async () => {
    await clock.pass(10_000);
    const signed = { standing: 'cosigned', size: log.head?.size };
    await vi.waitFor(() => expect(rounds.status()[0]).toMatchObject(signed));
    // The next round is set when this one has ended.
    await vi.waitFor(() => expect(clock.pending).toBe(1));
  };
  return { store, log, rounds, clock, state, asked, told, append, round };
}

describe('WitnessRounds', () => {
  it('gets each new head signed, beginning where the witness stands, and keeps what it signed for proofs', async () => {
    const { store, rounds, append, round, asked, told } = await room();
    await append(3);
    await round();
    await append(5);
    await round();
    expect(asked).toEqual(['old 0', 'old 3']);
    expect(rounds.status()).toEqual([
      { witness: 'witness.example/w1', standing: 'cosigned', size: 8, at: '2026-01-01T00:00:00.000Z', failures: 0 },
    ]);
    expect(told.map(({ standing, changed }) => `${standing} ${changed}`)).toEqual(['cosigned true']);
    expect((await proveLeaf({ reader: store, publicKey: keys.publicKey }, 4)).proof).toContain(
      '\u2014 witness.example/w1 ',
    );
    expect(await verifyLog(store, keys.publicKey, { witnesses: [key] })).toMatchObject({
      ok: true,
      witnessed: [{ size: 8 }],
    });
  });

  it('asks nothing while there is nothing new', async () => {
    const { append, round, asked, clock } = await room();
    await append(1);
    await round();
    await clock.pass(60_000);
    expect(asked).toHaveLength(1);
  });

  it('asks a witness that knows the log already what it knows', async () => {
    const { state, append, round } = await room();
    await append(4);
    await round();
    expect(state.head?.size).toBe(4);
    const later = await room({ state: new MemoryState() });
    later.state.head = state.head;
    await later.append(6);
    await later.round();
    expect(later.asked).toEqual(['old 0', 'old 4']);
    expect(later.rounds.status()[0]?.standing).toBe('cosigned');
  });

  it.each([
    ['unreachable', () => Promise.reject(new Error('refused'))],
    ['refused', async () => ({ status: 403, body: 'no\n' })],
    ['refused', async () => ({ status: 200, body: '\u2014 witness.example/w1 AAAAAAAA\n' })],
    ['refused', async () => ({ status: 409, body: 'what\n' })],
    ['forked', async () => ({ status: 422, body: 'no\n' })],
    ['forked', async () => ({ status: 409, body: '0\n' })],
    ['forked', async () => ({ status: 409, body: '1\n' })],
    ['ahead', async () => ({ status: 409, body: '700\n' })],
  ] as const)(
    'is `%s` where that is what the witness lets it be, counts it, and goes on with the next round',
    async (standing, answer) => {
      const { append, clock, told, rounds, store } = await room({ answer });
      await append(2);
      for (let turn = 0; turn < 4; turn += 1) await clock.pass(10_000);
      expect(told.at(0)?.standing).toBe(standing);
      expect(told.map(({ changed }) => changed).slice(0, 1)).toEqual([true]);
      expect(rounds.status()[0]).toMatchObject({ standing, size: 0 });
      expect(rounds.status()[0]?.failures).toBeGreaterThanOrEqual(3);
      expect([...store.cosignatures()]).toEqual([]);
    },
  );

  it('ends with the house, also while a witness lets it wait', async () => {
    const { append, clock, rounds, asked } = await room({
      answer: () => new Promise((resolve) => setTimeout(resolve, 5, { status: 500, body: '' })),
    });
    await append(1);
    await clock.pass(10_000);
    await rounds.close();
    await clock.pass(60_000);
    expect(asked).toHaveLength(1);
  });
});
