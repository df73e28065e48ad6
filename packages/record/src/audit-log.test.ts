import { SallyportError } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootOf } from './merkle-tree.ts';
import { encodeRecord } from './record-codec.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { MemoryRecordStore, storedLeaf } from './testing/memory-record-store.ts';
import { closed, opened } from './testing/sample-records.ts';
import { ORIGIN, openLog, publicKey, stranger } from './testing/test-log.ts';
import { isSigned } from './tree-head.ts';
import { verifyLog } from './verify-log.ts';

const full = new SallyportError('STORE_BROKEN', { detail: 'SQLITE_FULL' });

describe('createAuditLog()', () => {
  it('append() puts the record into the store under its exchange, and resolves then', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('a'));
    expect(log.size).toBe(1);
    expect(store.rows).toEqual([storedLeaf({ index: 0, leaf: encodeRecord(opened('a')), key: 'a' })]);
  });

  it('signs a head over all leaves when `sealEvery.leaves` are unsealed', async () => {
    const store = new MemoryRecordStore();
    const clock = new ManualClock();
    const log = await openLog(store, { clock, sealEvery: { leaves: 3 } });
    await log.append(opened('a'));
    await log.append(closed('a'));
    expect(store.savedHeads).toEqual([]);
    await log.append(opened('b'));
    expect(store.savedHeads).toHaveLength(1);
    const [head] = store.savedHeads;
    const root = Buffer.from(rootOf(store.nodes(0, 0, store.size))).toString('base64');
    expect(head).toMatchObject({ size: 3, root, at: clock.iso(), origin: ORIGIN });
    expect(head !== undefined && isSigned(head, publicKey)).toBe(true);
    expect(head !== undefined && isSigned({ ...head, size: 2 }, publicKey)).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('signs a head when the oldest unsealed leaf is `sealEvery.ms` old, and none when nothing is new', async () => {
    const store = new MemoryRecordStore();
    const clock = new ManualClock();
    const log = await openLog(store, { clock, sealEvery: { ms: 250 } });
    await log.append(opened('a'));
    clock.advance(200);
    await log.append(closed('a'));
    clock.advance(49);
    expect(store.savedHeads).toEqual([]);
    clock.advance(1);
    expect(store.savedHeads.map(({ size }) => size)).toEqual([2]);
    clock.advance(10_000);
    await log.seal();
    expect(store.savedHeads).toHaveLength(1);
  });

  it('tries again when a head could not be saved, and says so', async () => {
    const store = new MemoryRecordStore();
    const clock = new ManualClock();
    const failures: unknown[] = [];
    const log = await openLog(store, { clock, onSealFailed: (error) => failures.push(error) });
    store.refuse.heads = full;
    await log.append(opened('a'));
    clock.advance(250);
    await new Promise(setImmediate);
    expect(failures).toEqual([full]);
    expect(log.head).toBeUndefined();
    delete store.refuse.heads;
    clock.advance(250);
    await new Promise(setImmediate);
    expect(log.head?.size).toBe(1);
  });

  it('seals again what a failed head covered, unless a newer head covers it', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('a'));
    store.refuse.heads = full;
    await expect(log.seal()).rejects.toBe(full);
    delete store.refuse.heads;
    expect((await log.seal())?.size).toBe(1);
    expect(store.savedHeads).toHaveLength(1);
  });

  it('append() rejects with RECORD_FAILED when the store refuses, and the log goes on when it takes leaves again', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('a'));
    store.refuse.leaves = full;
    await expect(log.append(opened('b'))).rejects.toMatchObject({ code: 'RECORD_FAILED', cause: full });
    delete store.refuse.leaves;
    await log.append(closed('a'));
    await log.close();
    expect(await verifyLog(store, publicKey)).toMatchObject({ ok: true, leaves: 2, unsealed: 0 });
    expect(store.savedMark?.open).toEqual([]);
  });

  it('counts a leaf that was committed although its append failed', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('a'));
    store.rows.push(storedLeaf({ index: 1, leaf: encodeRecord(opened('b')), key: 'b' }));
    await log.append(closed('a'));
    await log.close();
    expect(await verifyLog(store, publicKey)).toMatchObject({ ok: true, leaves: 3, unsealed: 0 });
  });

  it('close() seals, and later appends reject', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    const appends = [log.append(opened('a')), log.append(opened('b'))];
    await log.close();
    await Promise.all(appends);
    expect(log.head?.size).toBe(2);
    await expect(log.append(closed('a'))).rejects.toMatchObject({ code: 'RECORD_FAILED' });
    await log.close();
  });
});

describe('recovery', () => {
  it('seals what the last run could not', async () => {
    const store = new MemoryRecordStore();
    const failures: unknown[] = [];
    const log = await openLog(store, { onSealFailed: (error) => failures.push(error) });
    await log.append(opened('a'));
    await log.append(closed('a'));
    store.refuse.heads = full;
    await log.close();
    expect(failures).toEqual([full]);
    const next = store.survivor();
    expect((await openLog(next)).head?.size).toBe(2);
    expect(await verifyLog(next, publicKey)).toMatchObject({ ok: true, unsealed: 0 });
  });

  it('writes `interrupted` for each exchange that was opened and not closed, and for no other', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('a'));
    await log.append(opened('b'));
    await log.append(closed('a'));
    await log.append(closed('never opened'));
    const next = store.survivor();
    const again = await openLog(next);
    expect(again.interrupted).toEqual(['b']);
    expect(next.rows.map(({ key }) => key)).toEqual(['a', 'b', 'a', 'never opened', 'b']);
    expect(again.head?.size).toBe(5);
    const third = await openLog(next.survivor());
    expect(third.interrupted).toEqual([]);
  });

  it('is the same at whatever moment the process was killed, wherever its marks and heads stand', async () => {
    const step = fc.record({ exchange: fc.nat(5), closes: fc.boolean(), seals: fc.boolean() });
    const scene = fc.record({
      steps: fc.array(step, { maxLength: 40 }),
      every: fc.integer({ min: 1, max: 9 }),
      marks: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ steps, every, marks }) => {
        const store = new MemoryRecordStore();
        const options = { sealEvery: { leaves: every }, markEveryLeaves: marks };
        const log = await openLog(store, options);
        const open = new Set<string>();
        for (const { exchange, closes, seals } of steps) {
          const id = `exchange ${exchange}`;
          await log.append(closes ? closed(id) : opened(id));
          if (closes) open.delete(id);
          else open.add(id);
          if (seals) await log.seal();
        }
        const next = store.survivor();
        const again = await openLog(next, options);
        expect([...again.interrupted].sort()).toEqual([...open].sort());
        const report = await verifyLog(next, publicKey, { origin: ORIGIN, known: store.savedHeads });
        expect(report).toMatchObject({ ok: true, leaves: steps.length + open.size });
      }),
      { numRuns: 60 },
    );
  });

  it('reads only the leaves since the last mark', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store, { sealEvery: { leaves: 10 }, markEveryLeaves: 100 });
    await log.append(opened('long'));
    for (let n = 0; n < 500; n++) await log.append(n % 2 === 0 ? opened(`x${n}`) : closed(`x${n - 1}`));
    const next = store.survivor();
    const again = await openLog(next);
    expect(again.interrupted).toEqual(['long']);
    expect(next.reads).toBeLessThanOrEqual(100);
  });

  it('reads nothing after a clean stop', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('a'));
    await log.append(closed('a'));
    await log.close();
    const next = store.survivor();
    const again = await openLog(next);
    expect(next.reads).toBe(0);
    await again.append(opened('b'));
    await again.close();
    expect(await verifyLog(next, publicKey)).toMatchObject({ ok: true, leaves: 3, heads: 2, unsealed: 0 });
  });

  it.each([
    ['its frontier leads elsewhere', { frontier: [Buffer.alloc(32).toString('base64')] }],
    ['its frontier has another shape', { frontier: [] }],
    ['it is ahead of the head', { size: 2 ** 40 }],
    ['it is behind the frontier', { size: 1 }],
  ])('believes no mark when %s, and reads the whole log instead', async (_, lie) => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('a'));
    await log.append(opened('b'));
    await log.close();
    const next = store.survivor();
    next.savedMark = { size: 2, frontier: [], open: [], ...store.savedMark, ...lie };
    const again = await openLog(next);
    expect(again.interrupted).toEqual(['a', 'b']);
    await again.close();
    expect(await verifyLog(next, publicKey)).toMatchObject({ ok: true, leaves: 4 });
  });

  const tampered: readonly (readonly [string, (store: MemoryRecordStore) => void])[] = [
    ['leaves that the last head covers are gone', (store) => store.rows.pop()],
    ['a leaf in the middle is gone', (store) => store.rows.splice(1, 1)],
    [
      'a leaf was edited, hash and all',
      (store) => store.rows.splice(1, 1, storedLeaf({ index: 1, leaf: encodeRecord(closed('z')), key: 'z' })),
    ],
    ['the last head was edited', (store) => edit(store, { at: '2027-01-01T00:00:00.000Z' })],
    ['the last head has another origin', (store) => edit(store, { origin: 'other' })],
  ];
  it.each(tampered)('refuses to go on when %s', async (_, tamper) => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    for (const id of ['a', 'b', 'c']) await log.append(opened(id));
    await log.seal();
    const next = store.survivor();
    tamper(next);
    await expect(openLog(next)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
  });

  it('refuses to go on with another key or another name', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('a'));
    await log.close();
    await expect(openLog(store.survivor(), { publicKey: stranger.publicKey })).rejects.toMatchObject({
      code: 'STORE_BROKEN',
    });
    await expect(openLog(store.survivor(), { origin: 'other' })).rejects.toMatchObject({ code: 'STORE_BROKEN' });
  });
});

function edit(store: MemoryRecordStore, change: object): void {
  const head = store.savedHeads.pop();
  if (head !== undefined) store.savedHeads.push({ ...head, ...change });
}
