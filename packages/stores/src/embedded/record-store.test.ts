import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LEAF_MAX_BYTES, type RecordStore, type RecoveryMark, type TreeHead } from '@sallyport/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { openRecordReader, RECORDS_FILE } from './record-reader.ts';
import { openRecordStore } from './record-store.ts';
import { Sqlite } from './sqlite.js';

afterAll(removeDataFolders);

const head = (size: number): TreeHead => ({
  size,
  root: 'cm9vdA==',
  at: '2026-01-01T00:00:00.000Z',
  origin: 'o',
  signature: 's',
});

async function withStore<T>(folder: string, use: (store: RecordStore) => Promise<T>): Promise<T> {
  const store = openRecordStore(folder);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

describe('openRecordStore()', () => {
  it('gives leaves back byte for byte, in the order of their appends, with their RFC 6962 hash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), { maxLength: 40 }), (leaves) =>
        withStore(dataFolder(), async (store) => {
          const indexes = await Promise.all(
            leaves.map((leaf, n) => store.append(leaf, n % 3 === 0 ? undefined : `k${n % 3}`)),
          );
          expect(indexes).toEqual(leaves.map((_, n) => n));
          expect(store.size).toBe(leaves.length);
          expect([...store.read(0)]).toEqual(leaves.map((leaf) => Buffer.from(leaf)));
          expect([...store.nodes(0, 0, store.size)]).toEqual(leaves.map(hashed));
          expect([...store.find('k1')].map(({ index }) => index)).toEqual(indexes.filter((index) => index % 3 === 1));
        }),
      ),
      { numRuns: 12 },
    );
  });

  it('reads ranges that are longer than one query, and empty ones', async () => {
    await withStore(dataFolder(), async (store) => {
      const keyOf = (n: number) => (n % 10 === 0 ? 'other' : 'k');
      await Promise.all(Array.from({ length: 700 }, (_, n) => store.append(Buffer.from(`leaf ${n}`), keyOf(n))));
      expect([...store.leaves(100, 690)].map(({ index }) => index)).toEqual(
        Array.from({ length: 590 }, (_, n) => n + 100),
      );
      expect([...store.find('k')].map(({ index }) => index)).toEqual(
        Array.from({ length: 700 }, (_, n) => n).filter((n) => keyOf(n) === 'k'),
      );
      expect([...store.find('nothing')]).toEqual([]);
      expect([...store.read(700)]).toEqual([]);
      expect([...store.nodes(0, 5, 5)]).toEqual([]);
    });
  });

  it('shares one commit between all appends of one turn of the event loop', async () => {
    const folder = dataFolder();
    await withStore(folder, async (store) => {
      await store.append(Buffer.from('first'));
      const observer = new Sqlite(join(folder, RECORDS_FILE), { readOnly: true });
      const version = observer.statement('PRAGMA data_version');
      const sizes = new Set<number>();
      const before = Number(version.get([])?.[0]);
      const appends = Array.from({ length: 50 }, async (_, n) => {
        await store.append(Buffer.from(`leaf ${n}`));
        sizes.add(store.size);
      });
      await Promise.all(appends);
      expect(Number(version.get([])?.[0])).toBe(before + 1);
      expect([...sizes]).toEqual([51]);
      observer.close();
    });
  });

  it('settles appends in index order, whatever turn they came from', async () => {
    await withStore(dataFolder(), async (store) => {
      const settled: number[] = [];
      const append = async (n: number) => settled.push(await store.append(Buffer.from(`leaf ${n}`)));
      const first = Array.from({ length: 20 }, (_, n) => append(n));
      await new Promise(setImmediate);
      const second = Array.from({ length: 20 }, (_, n) => append(20 + n));
      await Promise.all([...first, ...second]);
      expect(settled).toEqual(Array.from({ length: 40 }, (_, n) => n));
    });
  });

  it('goes on where it stood when it is opened again', async () => {
    const folder = dataFolder();
    const mark: RecoveryMark = { size: 2, frontier: ['AA=='], open: ['x'] };
    await withStore(folder, async (store) => {
      await Promise.all([store.append(Buffer.from('a')), store.append(Buffer.from('b'))]);
      await store.saveHead(head(1));
      await store.saveHead(head(2), mark);
    });
    await withStore(folder, async (store) => {
      expect(store.size).toBe(2);
      expect(store.head()).toEqual(head(2));
      expect([...store.heads()]).toEqual([head(1), head(2)]);
      expect(store.mark()).toEqual(mark);
      expect(await store.append(Buffer.from('c'))).toBe(2);
    });
  });

  it.each([0, LEAF_MAX_BYTES + 1])('append() refuses a leaf of %i bytes', async (bytes) => {
    await withStore(dataFolder(), async (store) => {
      await expect(store.append(Buffer.alloc(bytes))).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await store.append(Buffer.alloc(LEAF_MAX_BYTES))).toBe(0);
    });
  });

  it.each(['', 'a\0', '\ud800', 'ö', 'x'.repeat(257)])(
    'append() refuses the key %j, and harms nothing beside it',
    async (key) => {
      await withStore(dataFolder(), async (store) => {
        const beside = store.append(Buffer.from('a'), 'good');
        await expect(store.append(Buffer.from('b'), key)).rejects.toMatchObject({ code: 'INTERNAL' });
        expect(await beside).toBe(0);
        expect(await store.append(Buffer.from('c'))).toBe(1);
      });
    },
  );

  it('append() rejects with OVERLOADED when more waits than `maxQueuedBytes`, and takes more later', async () => {
    const store = openRecordStore(dataFolder(), { maxQueuedBytes: 1_000 });
    const taken = store.append(Buffer.alloc(900));
    await expect(store.append(Buffer.alloc(200))).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(await taken).toBe(0);
    expect(await store.append(Buffer.alloc(200))).toBe(1);
    await store.close();
  });

  it('append() rejects with STORE_BROKEN on a full disk, and nothing acknowledged is harmed', async () => {
    const folder = dataFolder();
    const full = openRecordStore(folder, { maxStoreBytes: 400_000 });
    const results = [];
    for (let n = 0; n < 40; n++) {
      const batch = Array.from({ length: 8 }, (_, m) => full.append(Buffer.alloc(2_000, 8 * n + m)));
      results.push(...(await Promise.allSettled(batch)));
    }
    const acknowledged = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(acknowledged).toEqual(acknowledged.map((_, n) => n));
    expect(acknowledged.length).toBeGreaterThan(50);
    expect(refused.length).toBeGreaterThan(50);
    for (const reason of refused)
      expect(reason).toMatchObject({ code: 'STORE_BROKEN', detail: expect.stringContaining('SQLITE_FULL') });
    await full.close();
    await withStore(folder, async (store) => {
      expect([...store.read(0)].slice(0, acknowledged.length)).toEqual(acknowledged.map((n) => Buffer.alloc(2_000, n)));
      expect([...store.nodes(0, 0, store.size)]).toEqual([...store.read(0)].map(hashed));
      expect(await store.append(Buffer.from('after'))).toBe([...store.read(0)].length - 1);
    });
  });

  it('saveHead() rejects with STORE_BROKEN when it cannot be written', async () => {
    const store = openRecordStore(dataFolder(), { maxStoreBytes: 1 });
    await expect(store.saveHead({ ...head(1), at: 'x'.repeat(100_000) })).rejects.toMatchObject({
      code: 'STORE_BROKEN',
    });
    await store.close();
  });

  it('close() commits what has queued, and what comes later rejects', async () => {
    const folder = dataFolder();
    const store = openRecordStore(folder);
    const queued = Array.from({ length: 100 }, (_, n) => store.append(Buffer.from(`leaf ${n}`)));
    const closed = store.close();
    await expect(store.append(Buffer.from('late'))).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    await expect(store.saveHead(head(1))).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    expect(await Promise.all(queued)).toHaveLength(100);
    await closed;
    await store.close();
    await withStore(folder, async ({ size }) => expect(size).toBe(100));
  });

  it('`audit: relaxed` keeps the same promises while the machine stays up', async () => {
    const folder = dataFolder();
    const store = openRecordStore(folder, { audit: 'relaxed' });
    expect(await store.append(Buffer.from('a'))).toBe(0);
    await store.close();
    await withStore(folder, async ({ size }) => expect(size).toBe(1));
  });

  it('keeps its files from everyone but their owner', async () => {
    const folder = dataFolder();
    await withStore(folder, async (store) => {
      await store.append(Buffer.from('a'));
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      for (const suffix of ['', '-wal', '-shm']) {
        expect(statSync(join(folder, RECORDS_FILE + suffix)).mode & 0o777).toBe(0o600);
      }
    });
  });

  it('refuses a file that a newer release wrote', async () => {
    const folder = dataFolder();
    await withStore(folder, async (store) => store.append(Buffer.from('a')));
    const db = new Sqlite(join(folder, RECORDS_FILE));
    db.exec('PRAGMA user_version=99');
    db.close();
    expect(() => openRecordStore(folder)).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
    expect(() => openRecordReader(folder)).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
  });

  it('refuses a file whose tables are gone', async () => {
    const folder = dataFolder();
    await withStore(folder, async (store) => store.append(Buffer.from('a')));
    const db = new Sqlite(join(folder, RECORDS_FILE));
    db.exec('DROP TABLE leaves');
    db.close();
    expect(() => openRecordStore(folder)).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
  });
});

describe('openRecordReader()', () => {
  it('sees what the writer has committed, as it is committed', async () => {
    const folder = dataFolder();
    await withStore(folder, async (store) => {
      const reader = openRecordReader(folder);
      expect(reader.size).toBe(0);
      await store.append(Buffer.from('a'), 'x');
      expect(reader.size).toBe(1);
      expect([...reader.find('x')].map(({ leaf }) => Buffer.from(leaf).toString())).toEqual(['a']);
      await reader.close();
    });
  });

  it('makes nothing where there is nothing', () => {
    const folder = dataFolder();
    expect(() => openRecordReader(folder)).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
    expect(() => statSync(folder)).toThrow('ENOENT');
  });

  it('mark() takes a mark that cannot be read for none', async () => {
    const folder = dataFolder();
    await withStore(folder, async (store) => store.saveHead(head(1), { size: 1, frontier: [], open: [] }));
    for (const text of [
      '',
      '{',
      'null',
      '{"size":1.5,"frontier":[],"open":[]}',
      '{"size":1,"frontier":[1],"open":[]}',
    ]) {
      const db = new Sqlite(join(folder, RECORDS_FILE));
      db.statement('UPDATE mark SET mark = ?').run([text]);
      db.close();
      const reader = openRecordReader(folder);
      expect(reader.mark()).toBeUndefined();
      await reader.close();
    }
  });
});

function hashed(leaf: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(leaf).digest();
}
