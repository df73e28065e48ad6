import type { StoredLeaf, TreeHead } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROBLEMS_MAX } from './log-report.ts';
import { encodeRecord } from './record-codec.ts';
import { MemoryRecordStore, storedLeaf } from './testing/memory-record-store.ts';
import { closed, opened } from './testing/sample-records.ts';
import { ORIGIN, openLog, publicKey, signingKey, stranger } from './testing/test-log.ts';
import { signHead } from './tree-head.ts';
import { verifyLog } from './verify-log.ts';

/** 20 leaves, a head every 4, and 2 leaves that no head covers yet. */
async function sealedStore(): Promise<MemoryRecordStore> {
  const store = new MemoryRecordStore();
  const log = await openLog(store, { sealEvery: { leaves: 4 } });
  for (let n = 0; n < 11; n++) {
    await log.append(opened(`x${n}`));
    await log.append(closed(`x${n}`));
  }
  return store.survivor();
}

const row = (store: MemoryRecordStore, index: number) => store.rows[index] as StoredLeaf;
const headAt = (store: MemoryRecordStore, n: number) => store.savedHeads[n] as TreeHead;
const otherLeaf = encodeRecord(closed('x3'));

/** Edits rows as someone would who knows the format: the stored hash and the places are made to fit. */
function rewrite(store: MemoryRecordStore, change: (rows: StoredLeaf[]) => StoredLeaf[]): void {
  store.rows = change([...store.rows]).map(({ leaf, key }, index) => storedLeaf({ index, leaf, key }));
}

describe('verifyLog()', () => {
  it('finds nothing wrong with a log that nobody touched, and counts what is not sealed yet', async () => {
    const store = await sealedStore();
    const report = await verifyLog(store, publicKey, { origin: ORIGIN });
    expect(report).toEqual({
      ok: true,
      leaves: 22,
      archived: 0,
      heads: 5,
      unsealed: 2,
      problems: [],
      problemsTotal: 0,
      witnessed: [],
      head: headAt(store, 4),
    });
    expect(await verifyLog(new MemoryRecordStore(), publicKey)).toMatchObject({ ok: true, leaves: 0, heads: 0 });
  });

  const tampered: readonly (readonly [string, (store: MemoryRecordStore) => void, object])[] = [
    [
      'an edited leaf',
      (store) => store.rows.splice(6, 1, { ...row(store, 6), leaf: Buffer.from(row(store, 6).leaf).fill(0x20, 2, 3) }),
      { kind: 'leaf-edited', index: 6 },
    ],
    [
      'an edited unsealed leaf',
      (store) => store.rows.splice(21, 1, { ...row(store, 21), leaf: otherLeaf, key: 'x3' }),
      { kind: 'leaf-edited', index: 21 },
    ],
    [
      'a leaf edited together with its hash',
      (store) => rewrite(store, (rows) => rows.with(6, { ...row(store, 6), leaf: otherLeaf, key: 'x3' })),
      { kind: 'leaves-changed', from: 4, to: 8 },
    ],
    [
      'a leaf under another exchange',
      (store) => store.rows.splice(6, 1, { ...row(store, 6), key: 'x4' }),
      { kind: 'leaf-misfiled', index: 6 },
    ],
    [
      'a leaf under no exchange',
      (store) => store.rows.splice(6, 1, { ...row(store, 6), key: undefined }),
      { kind: 'leaf-misfiled', index: 6 },
    ],
    ['a removed leaf', (store) => store.rows.splice(6, 1), { kind: 'leaves-missing', from: 6, to: 7 }],
    ['removed first leaves', (store) => store.rows.splice(0, 3), { kind: 'leaves-missing', from: 0, to: 3 }],
    [
      'a removed leaf whose gap was closed',
      (store) => rewrite(store, (rows) => rows.toSpliced(6, 1)),
      { kind: 'leaves-changed', from: 4, to: 8 },
    ],
    [
      'two swapped leaves',
      (store) => rewrite(store, (rows) => rows.with(9, row(store, 10)).with(10, row(store, 9))),
      { kind: 'leaves-changed', from: 8, to: 12 },
    ],
    [
      'an inserted leaf',
      (store) => rewrite(store, (rows) => rows.toSpliced(9, 0, row(store, 3))),
      { kind: 'leaves-changed', from: 8, to: 12 },
    ],
    ['a removed tail', (store) => store.rows.splice(17), { kind: 'tail-missing', from: 17, to: 20 }],
    [
      'an edited head',
      (store) => store.savedHeads.splice(2, 1, { ...headAt(store, 2), at: '2020-01-01T00:00:00.000Z' }),
      { kind: 'head-unsigned', size: 12 },
    ],
    [
      'a head with a root of its own choice',
      (store) => store.savedHeads.splice(4, 1, { ...headAt(store, 4), root: headAt(store, 3).root }),
      { kind: 'head-unsigned', size: 20 },
    ],
    [
      'a head that a stranger signed',
      (store) => store.savedHeads.splice(2, 1, signHead(headAt(store, 2), stranger.privateKey)),
      { kind: 'head-unsigned', size: 12 },
    ],
    [
      'a head of another log',
      (store) => store.savedHeads.splice(2, 1, signHead({ ...headAt(store, 2), origin: 'other' }, signingKey)),
      { kind: 'head-origin', size: 12 },
    ],
    [
      'heads in another order',
      (store) => store.savedHeads.splice(1, 2, headAt(store, 2), headAt(store, 1)),
      { kind: 'head-order', size: 8 },
    ],
  ];
  it.each(tampered)('finds %s, and says where', async (_, tamper, problem) => {
    const store = await sealedStore();
    tamper(store);
    const report = await verifyLog(store, publicKey, { origin: ORIGIN });
    expect(report).toMatchObject({ ok: false, problemsTotal: 1, problems: [problem] });
  });

  it('finds an edited hash, and the range that it spoils', async () => {
    const store = await sealedStore();
    store.rows.splice(6, 1, { ...row(store, 6), hash: Buffer.alloc(32) });
    expect((await verifyLog(store, publicKey)).problems).toEqual([
      { kind: 'leaf-edited', index: 6 },
      { kind: 'leaves-changed', from: 4, to: 8 },
    ]);
  });

  it('finds any change of any stored byte of a leaf', async () => {
    const store = await sealedStore();
    const places = fc
      .nat(21)
      .chain((index) =>
        fc.tuple(fc.constant(index), fc.nat(row(store, index).leaf.length - 1), fc.integer({ min: 1, max: 255 })),
      );
    await fc.assert(
      fc.asyncProperty(places, async ([index, at, flip]) => {
        const copy = store.survivor();
        const leaf = Buffer.from(row(store, index).leaf);
        leaf[at] = (leaf[at] ?? 0) ^ flip;
        copy.rows[index] = { ...row(store, index), leaf };
        const { ok, problems } = await verifyLog(copy, publicKey);
        expect(ok).toBe(false);
        expect(problems[0]).toEqual({ kind: 'leaf-edited', index });
      }),
      { numRuns: 60 },
    );
  });

  it('names the leaves before the first head when those were changed', async () => {
    const store = await sealedStore();
    rewrite(store, (rows) => rows.with(0, row(store, 2)));
    expect((await verifyLog(store, publicKey)).problems).toEqual([{ kind: 'leaves-changed', from: 0, to: 4 }]);
  });

  it('does not believe another key', async () => {
    const report = await verifyLog(await sealedStore(), stranger.publicKey);
    expect(report).toMatchObject({ ok: false, problemsTotal: 5, unsealed: 22 });
    expect(report.head).toBeUndefined();
  });

  it('finds a log that was rolled back together with its heads, with a head that was kept elsewhere', async () => {
    const store = await sealedStore();
    const kept = headAt(store, 4);
    store.rows.splice(12);
    store.savedHeads.splice(3);
    expect(await verifyLog(store, publicKey)).toMatchObject({ ok: true, leaves: 12, unsealed: 0 });
    expect(await verifyLog(store, publicKey, { known: [kept] })).toMatchObject({
      ok: false,
      problems: [{ kind: 'rolled-back', from: 12, to: 20 }],
    });
  });

  it('finds a log that was written anew with the right key, with a head that was kept elsewhere', async () => {
    const kept = headAt(await sealedStore(), 2);
    const store = new MemoryRecordStore();
    const log = await openLog(store, { sealEvery: { leaves: 4 } });
    for (let n = 0; n < 20; n++) await log.append(opened(`y${n}`));
    expect(await verifyLog(store, publicKey)).toMatchObject({ ok: true });
    const report = await verifyLog(store, publicKey, { known: [kept] });
    expect(report.problems).toEqual([{ kind: 'forked', size: 12 }]);
  });

  it('takes a kept head that is forged for what it is', async () => {
    const store = await sealedStore();
    const forged = { ...headAt(store, 4), size: 100 };
    expect((await verifyLog(store, publicKey, { known: [forged] })).problems).toEqual([
      { kind: 'head-unsigned', size: 100 },
    ]);
  });

  it('finds a log whose heads were all taken away, unless it has only just begun', async () => {
    const store = await sealedStore();
    store.savedHeads.splice(0);
    const ageMs = (ms: number) => ({ nowMs: () => Date.parse('2026-01-01T00:00:00.000Z') + ms });
    expect((await verifyLog(store, publicKey, ageMs(120_001))).problems).toEqual([{ kind: 'heads-missing', size: 22 }]);
    expect((await verifyLog(store, publicKey, ageMs(120_000))).ok).toBe(true);
  });

  it('lists a bounded number of problems, and counts all', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    for (let n = 0; n < PROBLEMS_MAX + 20; n++) await log.append(opened(`x${n}`));
    store.rows = store.rows.map((stored) => ({ ...stored, key: undefined }));
    const report = await verifyLog(store, publicKey, { nowMs: () => Date.parse('2026-01-01T00:02:00.000Z') });
    expect(report.problems).toHaveLength(PROBLEMS_MAX);
    expect(report.problemsTotal).toBe(PROBLEMS_MAX + 20);
  });

  it('ends soon when a leaf claims a place at the end of all numbers', async () => {
    const store = await sealedStore();
    store.rows.push(storedLeaf({ index: Number.MAX_SAFE_INTEGER - 1, leaf: otherLeaf, key: 'x3' }));
    expect((await verifyLog(store, publicKey)).problems).toEqual([
      { kind: 'leaves-missing', from: 22, to: Number.MAX_SAFE_INTEGER - 1 },
    ]);
  });

  it('finds nothing wrong with a log that grows while it is checked', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    for (let n = 0; n < 2_100; n++) await log.append(closed(`x${n}`));
    const growing: Promise<unknown>[] = [];
    const grow = async () => {
      await log.append(closed('late'));
      await log.seal();
    };
    const report = await verifyLog(store, publicKey, { onProgress: () => growing.push(grow()) });
    await Promise.all(growing);
    expect(growing).toHaveLength(1);
    expect(store.size).toBe(2_101);
    expect(report).toMatchObject({ ok: true, leaves: 2_100 });
  });

  it('tells how far it is, and lets the event loop turn', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    for (let n = 0; n < 2_500; n++) await log.append(closed(`x${n}`));
    const seen: number[] = [];
    let turns = 0;
    setImmediate(() => {
      turns += 1;
    });
    await verifyLog(store, publicKey, { onProgress: (leaves) => seen.push(leaves) });
    expect(seen).toEqual([2_048]);
    expect(turns).toBe(1);
  });
});
