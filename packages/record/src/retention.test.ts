import type { AuditRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { AuditLog } from './audit-log.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { decodeBundle } from './entry-bundle.ts';
import { leafHash } from './merkle-tree.ts';
import { proveLeaf } from './prove.ts';
import { readRecords } from './read-records.ts';
import { decodeRecord } from './record-codec.ts';
import { openRetention } from './retention.ts';
import { lastRetention, type RetentionTerms } from './retention-terms.ts';
import { MemoryRecordStore } from './testing/memory-record-store.ts';
import { MemoryTileFiles } from './testing/memory-tile-files.ts';
import { closed } from './testing/sample-records.ts';
import { ORIGIN, openLog, publicKey } from './testing/test-log.ts';
import { verifyLog } from './verify-log.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-03-01T00:00:00.000Z');
const day = (days: number) => new Date(START_MS + days * DAY_MS).toISOString();

const SHRED = {
  v: 1,
  kind: 'shred',
  exchange: 'content',
  at: day(0),
  generations: 1,
  by: { id: 'ann', via: 'terminal' },
  reason: 'request 4',
} as const;
const keyOf = (leaf: Uint8Array) => decodeRecord(leaf).exchange;

/** A log with 600 records of day 0, and a folder to archive them to. */
async function room() {
  const store = new MemoryRecordStore();
  const files = new MemoryTileFiles();
  const log = await openLog(store, { markEveryLeaves: 10 });
  const append = async (count: number, at: string) => {
    for (let n = 0; n < count; n += 1) await log.append({ ...closed(`x${store.size}`), at } as AuditRecord);
    await log.seal();
  };
  await append(600, day(0));
  const retain = (
    terms: RetentionTerms,
    today: number,
    from: { store: MemoryRecordStore; log: AuditLog } = { store, log },
  ) =>
    openRetention({
      store: from.store,
      recorder: from.log,
      files,
      terms,
      publicKey,
      origin: ORIGIN,
      iso: () => day(today),
    });
  return { store, files, log, append, retain };
}

describe('openRetention()', () => {
  it('writes its terms into the log once, and again when they change', async () => {
    const { store, retain } = await room();
    await retain({ days: 30, lock: false }, 0);
    await retain({ days: 30, lock: false }, 1);
    expect(store.size).toBe(601);
    await retain({ days: 20, lock: true }, 2);
    expect(store.size).toBe(602);
    expect(lastRetention(store)).toMatchObject({ step: 'set', days: 20, lock: true, at: day(2) });
  });

  it('refuses to shorten a lock or to take it off, and lets it grow', async () => {
    const { store, retain } = await room();
    await retain({ days: 30, lock: true }, 0);
    await expect(retain({ days: 29, lock: true }, 1)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(retain({ days: 30, lock: false }, 1)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(retain({ days: 90, lock: false }, 1)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(store.size).toBe(601);
    await retain({ days: 31, lock: true }, 1);
    await expect(retain({ days: 30, lock: true }, 2)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('Retention.run()', () => {
  it('lets go what is old enough, in whole tiles, and the log still verifies, with its archive too', async () => {
    const { store, files, log, append, retain } = await room();
    await append(100, day(20));
    const retention = await retain({ days: 30, lock: true }, 29);
    expect(await retention.run()).toEqual({ dropped: 0, first: 0 });
    const later = await retain({ days: 30, lock: true }, 30);
    // 600 are old enough: two tiles of 256; the third holds younger ones.
    expect(await later.run()).toEqual({ dropped: 512, first: 512 });
    expect(await later.run()).toEqual({ dropped: 0, first: 512 });
    await log.close();
    const survivor = store.survivor();
    expect(await verifyLog(survivor, publicKey, { archive: files })).toMatchObject({
      ok: true,
      archived: 512,
      leaves: survivor.rows.length,
    });
    expect(lastRetention(store)).toMatchObject({ step: 'archived', to: 512, newest: day(0), days: 30, lock: true });
    // A proof of what was archived needs the archive for its bytes alone.
    const { leaf, proof } = await proveLeaf({ reader: survivor, publicKey, archive: files }, 7);
    expect(Buffer.from(leaf).toString()).toContain('"x7"');
    expect(parseCheckpoint(proof.slice(proof.indexOf('\n\n') + 2))?.origin).toBe(ORIGIN);
    await expect(proveLeaf({ reader: survivor, publicKey }, 7)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // And a log goes on behind it.
    const next = await openLog(survivor);
    await next.append(closed('after'));
    await next.close();
    expect(await verifyLog(survivor, publicKey)).toMatchObject({ ok: true, archived: 512 });
  });

  it('lets nothing go that recovery has not marked, so that no open exchange is forgotten', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    for (let n = 0; n < 600; n += 1) await log.append({ ...closed(`x${n}`), at: day(0) } as AuditRecord);
    await log.seal();
    const files = new MemoryTileFiles();
    const retention = await openRetention({
      store,
      recorder: log,
      files,
      terms: { days: 1, lock: false },
      publicKey,
      origin: ORIGIN,
      iso: () => day(9),
    });
    expect(await retention.run()).toEqual({ dropped: 0, first: 0 });
    expect(files.files.has('checkpoint')).toBe(true);
  });

  it('lets nothing go when the archive fails, holds something else, or the log can not say so', async () => {
    const { store, files, log, retain } = await room();
    const retention = await retain({ days: 1, lock: false }, 9);
    files.failAfter = 3;
    await expect(retention.run()).rejects.toThrow('no space left');
    files.failAfter = Number.POSITIVE_INFINITY;
    store.refuse = { leaves: new Error('full') };
    await expect(retention.run()).rejects.toMatchObject({ code: 'RECORD_FAILED' });
    store.refuse = {};
    const bundle = Buffer.from(files.files.get('tile/entries/000') ?? '');
    bundle[50] = (bundle[50] ?? 0) ^ 1;
    files.files.set('tile/entries/000', bundle);
    await expect(retention.run()).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    expect(store.first).toBe(0);
    await log.close();
    expect(await verifyLog(store.survivor(), publicKey)).toMatchObject({ ok: true, archived: 0 });
  });

  it('states erasures again before the log says that their leaves go, once, wherever a run is broken off', async () => {
    const shred = (id: string) => ({ ...SHRED, subject: { kind: 'user', id } }) as const;
    const counts: number[] = [];
    for (let refuseAt = 0; counts.at(-1) !== Number.POSITIVE_INFINITY; refuseAt += 1) {
      const { store, log, append, retain } = await room();
      const ids = ['a', 'b', 'c'];
      for (const id of ids) await log.append(shred(id));
      await append(300, day(0));
      const first = await retain({ days: 1, lock: false }, 0);
      const before = store.size;
      let left = refuseAt;
      const appendTo = store.append.bind(store);
      store.append = (leaf, key) => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('killed')) : appendTo(leaf, key);
      };
      await first.run();
      const broken = await (await retain({ days: 1, lock: false }, 9)).run().then(
        () => false,
        () => true,
      );
      counts.push(broken ? store.size - before : Number.POSITIVE_INFINITY);
      await log.close();
      const survivor = store.survivor();
      const next = await openLog(survivor);
      const again = await retain({ days: 1, lock: false }, 9, { store: survivor, log: next });
      await again.run();
      await again.run();
      await next.close();
      expect(survivor.first).toBe(768);
      const records = Array.from(readRecords(survivor, { from: before }), ({ record }) => record);
      expect(records).toEqual([
        ...ids.map((id, n) => ({ ...shred(id), at: day(9), again: 600 + n })),
        expect.objectContaining({ kind: 'retention', step: 'archived', to: 768 }),
      ]);
      expect(await verifyLog(survivor, publicKey)).toMatchObject({ ok: true, archived: 768 });
    }
    expect(counts).toEqual([0, 1, 2, 3, Number.POSITIVE_INFINITY]);
  });

  it('finishes what an earlier run had said and not done', async () => {
    const { store, files, log, retain } = await room();
    const retention = await retain({ days: 1, lock: false }, 9);
    const drop = store.drop.bind(store);
    let steps = 0;
    store.drop = async (to) => {
      steps += 1;
      if (steps > 1) throw new Error('killed');
      await drop(Math.min(to, 256));
    };
    await expect(retention.run()).rejects.toThrow('killed');
    await log.close();
    const survivor = store.survivor();
    expect(await verifyLog(survivor, publicKey, { archive: files })).toMatchObject({ ok: true, archived: 256 });
    const next = await openLog(survivor);
    const again = await retain({ days: 1, lock: false }, 9, { store: survivor, log: next });
    expect(await again.run()).toEqual({ dropped: 256, first: 512 });
    await next.close();
    expect(await verifyLog(survivor, publicKey, { archive: files })).toMatchObject({ ok: true, archived: 512 });
  });
});

describe('verifyLog() on an archived log', () => {
  async function archivedLog() {
    const { store, files, log, retain } = await room();
    await (await retain({ days: 30, lock: true }, 40)).run();
    await log.close();
    return { store: store.survivor(), files };
  }

  it('finds leaves that left without the log saying so', async () => {
    const { store } = await archivedLog();
    store.rows.splice(0, 20);
    const report = await verifyLog(store, publicKey);
    expect(report).toMatchObject({ ok: false, archived: 512, firstBad: { index: 512, why: 'leaves-missing' } });
    await expect(openLog(store)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
  });

  it('goes on where leaves are archived meanwhile, and takes no other gap for that', async () => {
    const { store, files, log, retain } = await room();
    await (await retain({ days: 30, lock: false }, 40)).run();
    await log.close();
    const { archived, rows } = store;
    // As they stood before they left.
    const gone = decodeBundle(files.files.get('tile/entries/000') ?? Buffer.alloc(0)) ?? [];
    const before = gone.slice(0, 100).map((leaf, index) => ({ index, leaf, hash: leafHash(leaf), key: keyOf(leaf) }));
    const meanwhile = new Proxy(store, {
      get: (target, name) => {
        if (name === 'leaves') return () => [...before, ...rows];
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    expect(archived).toHaveLength(512);
    expect(await verifyLog(meanwhile, publicKey, { archive: files })).toMatchObject({ ok: true, archived: 412 });
    const holed = new Proxy(meanwhile, {
      get: (target, name) => (name === 'first' ? 0 : Reflect.get(target, name)),
    });
    expect((await verifyLog(holed, publicKey)).problems[0]).toEqual({ kind: 'leaves-missing', from: 100, to: 512 });
  });

  it('finds a hash of an archived leaf that was edited', async () => {
    const { store } = await archivedLog();
    store.archived[9] = Buffer.alloc(32);
    const report = await verifyLog(store, publicKey);
    expect(report).toMatchObject({ ok: false, problems: [{ kind: 'leaves-changed', from: 0 }] });
    await expect(openLog(store)).resolves.toBeDefined();
  });

  it('finds what is wrong in the archive', async () => {
    const { store, files } = await archivedLog();
    const bundle = Buffer.from(files.files.get('tile/entries/001') ?? '');
    bundle[100] = (bundle[100] ?? 0) ^ 1;
    files.files.set('tile/entries/001', bundle);
    files.files.delete('tile/entries/000');
    const report = await verifyLog(store, publicKey, { archive: files });
    expect(report.problems).toEqual([
      { kind: 'archive-missing', from: 0, to: 256 },
      { kind: 'archive-edited', index: 256 },
    ]);
  });

  it('finds a lock that was taken back, and leaves that went too early, though the right key signed it', async () => {
    const { store, log } = await room();
    const base = { v: 1, kind: 'retention', exchange: 'retention' } as const;
    await log.append({ ...base, at: day(1), step: 'set', days: 30, lock: true });
    await log.append({ ...base, at: day(2), step: 'set', days: 10, lock: true });
    await log.append({ ...base, at: day(9), step: 'archived', days: 10, lock: true, to: 256, newest: day(0) });
    await log.append({ ...base, at: day(20), step: 'archived', days: 10, lock: true, to: 256, newest: day(0) });
    await log.close();
    expect((await verifyLog(store, publicKey)).problems).toEqual([
      { kind: 'retention-broken', index: 601 },
      { kind: 'retention-broken', index: 602 },
    ]);
  });
});
