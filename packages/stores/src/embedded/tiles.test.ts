import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DROP_MAX_LEAVES, type RecordReader, type RecordStore } from '@sallyport/core';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { openRecordReader, RECORDS_FILE } from './record-reader.ts';
import { openRecordStore } from './record-store.ts';
import { Sqlite } from './sqlite.js';
import { openTileFolder } from './tile-folder.ts';

afterAll(removeDataFolders);

const sha256 = (...parts: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const leafOf = (n: number) => Buffer.from(`leaf ${n}`);
const hashOf = (n: number) => sha256(Buffer.of(0), leafOf(n));

/** Root over a power of two of hashes, as RFC 9162 defines it. */
function rootOf(hashes: readonly Buffer[]): Buffer {
  const [only = Buffer.alloc(0)] = hashes;
  if (hashes.length === 1) return only;
  const half = hashes.length / 2;
  return sha256(Buffer.of(1), rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

async function filled(store: RecordStore, size: number): Promise<void> {
  await Promise.all(Array.from({ length: size - store.size }, (_, n) => store.append(leafOf(store.size + n), 'k')));
}

function expectTiles(reader: RecordReader, size: number): void {
  const hashes = Array.from({ length: size }, (_, n) => hashOf(n));
  expect([...reader.nodes(0, 0, size)]).toEqual(hashes);
  const tiles = Math.floor(size / 256);
  const roots = Array.from({ length: tiles }, (_, n) => rootOf(hashes.slice(n * 256, n * 256 + 256)));
  expect([...reader.nodes(1, 0, 1_000)]).toEqual(roots);
  for (const [n, root] of roots.entries()) {
    expect(reader.tile(0, n)).toEqual({ root, hashes: Buffer.concat(hashes.slice(n * 256, n * 256 + 256)) });
  }
  expect(reader.tile(0, tiles)).toBeUndefined();
}

describe('the tiles of the record store', () => {
  it('hold the hashes of all leaves, whatever commits and starts they came in', async () => {
    const folder = dataFolder();
    for (const size of [1, 200, 255, 256, 257, 700, 1_500]) {
      const store = openRecordStore(folder);
      await filled(store, size);
      expectTiles(store, size);
      await store.close();
    }
  });

  it('are made for a folder of the layout before, which a reader alone does not change', async () => {
    const folder = dataFolder();
    mkdirSync(folder);
    const old = new Sqlite(join(folder, RECORDS_FILE));
    old.exec(`
      CREATE TABLE leaves (i INTEGER PRIMARY KEY, leaf BLOB NOT NULL, hash BLOB NOT NULL, key TEXT) STRICT;
      CREATE TABLE heads (n INTEGER PRIMARY KEY, size INTEGER NOT NULL, root TEXT NOT NULL, at TEXT NOT NULL, origin TEXT NOT NULL,
        signature TEXT NOT NULL) STRICT;
      CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 1), mark TEXT NOT NULL) STRICT;
      PRAGMA user_version=1`);
    const insert = old.statement('INSERT INTO leaves (i, leaf, hash, key) VALUES (?, ?, ?, ?)');
    old.exec('BEGIN');
    for (let n = 0; n < 9_000; n += 1) insert.run([n, leafOf(n), hashOf(n), 'k']);
    old.exec('COMMIT');
    old.close();
    expect(() => openRecordReader(folder)).toThrow(
      expect.objectContaining({ code: 'STORE_BROKEN', detail: expect.stringContaining('start the gateway once') }),
    );
    const store = openRecordStore(folder);
    await filled(store, 9_300);
    expectTiles(store, 9_300);
    await store.close();
    const reader = openRecordReader(folder);
    expectTiles(reader, 9_300);
    await reader.close();
  });

  it('end where the log has a hole', async () => {
    const folder = dataFolder();
    const store = openRecordStore(folder);
    await filled(store, 600);
    await store.close();
    const db = new Sqlite(join(folder, RECORDS_FILE));
    db.exec('DELETE FROM leaves WHERE i = 300; DELETE FROM tiles WHERE n >= 1');
    db.close();
    const again = openRecordStore(folder);
    await filled(again, 1_200);
    expect(again.tile(0, 0)).toBeDefined();
    expect(again.tile(0, 1)).toBeUndefined();
    await again.close();
  });
});

describe('RecordStore.drop()', () => {
  const head = (size: number) => ({
    size,
    root: 'cm9vdA==',
    at: '2026-01-01T00:00:00.000Z',
    origin: 'o',
    signature: `s${size}`,
  });

  it('lets the bytes of leaves go, some at a time, and keeps their hashes and what witnesses signed', async () => {
    const folder = dataFolder();
    const store = openRecordStore(folder);
    await filled(store, 3_000);
    for (const size of [10, 20, 2_900, 3_000]) await store.saveHead(head(size));
    await store.saveCosignature({ size: 20, witness: 'w', line: 'line\n' });
    await store.drop(2_816);
    expect(store.first).toBe(DROP_MAX_LEAVES);
    await store.drop(2_816);
    await store.drop(2_816);
    expect(store.first).toBe(2_816);
    expect(store.size).toBe(3_000);
    expect([...store.heads()].map(({ size }) => size)).toEqual([20, 2_900, 3_000]);
    expectTiles(store, 3_000);
    expect([...store.leaves(0)].map(({ index }) => index)).toEqual(Array.from({ length: 184 }, (_, n) => 2_816 + n));
    await filled(store, 3_100);
    await store.close();
    const reader = openRecordReader(folder);
    expectTiles(reader, 3_100);
    expect([...reader.cosignatures()]).toEqual([{ size: 20, witness: 'w', line: 'line\n' }]);
    await reader.close();
  });

  it('keeps a leaf whose tile is not stored, the last leaf, and the last head', async () => {
    const folder = dataFolder();
    const store = openRecordStore(folder);
    await filled(store, 512);
    await store.saveHead(head(200));
    await expect(store.drop(100)).rejects.toMatchObject({ code: 'INTERNAL' });
    const db = new Sqlite(join(folder, RECORDS_FILE));
    db.exec('DELETE FROM tiles');
    db.close();
    await expect(store.drop(256)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    expect(store.first).toBe(0);
    // After a failure the file is opened anew, and the tiles are made anew from the leaves.
    await expect(store.drop(512)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    await store.drop(256);
    expect(store.first).toBe(256);
    expect(store.head()?.size).toBe(200);
    await store.close();
  });

  it('makes room: a full store takes records again', async () => {
    const folder = dataFolder();
    const store = openRecordStore(folder, { maxStoreBytes: 1_500_000 });
    const big = (n: number) => store.append(Buffer.alloc(2_000, n));
    const fill = async () => {
      let taken = 0;
      for (;;) {
        const results = await Promise.allSettled(Array.from({ length: 32 }, (_, n) => big(n)));
        taken += results.filter(({ status }) => status === 'fulfilled').length;
        if (results.some(({ status }) => status === 'rejected')) return taken;
      }
    };
    expect(await fill()).toBeGreaterThan(300);
    expect(await fill()).toBeLessThan(32);
    await store.drop(256);
    expect(await fill()).toBeGreaterThan(100);
    await store.close();
  });

  it('`saveCosignature()` keeps the last word of each witness', async () => {
    const store = openRecordStore(dataFolder());
    await store.saveCosignature({ size: 5, witness: 'b', line: 'b5\n' });
    await store.saveCosignature({ size: 4, witness: 'a', line: 'a4\n' });
    await store.saveCosignature({ size: 7, witness: 'b', line: 'b7\n' });
    expect([...store.cosignatures()]).toEqual([
      { size: 4, witness: 'a', line: 'a4\n' },
      { size: 7, witness: 'b', line: 'b7\n' },
    ]);
    await store.close();
    await expect(store.saveCosignature({ size: 8, witness: 'a', line: '' })).rejects.toMatchObject({
      code: 'STORE_BROKEN',
    });
  });
});

describe('openTileFolder()', () => {
  it('writes whole files for their owner alone, and makes nothing before', async () => {
    const folder = join(dataFolder(), 'archive');
    const files = openTileFolder(folder);
    expect(await files.read('checkpoint')).toBeUndefined();
    expect(() => statSync(folder)).toThrow('ENOENT');
    await files.write('tile/entries/x001/000.p/7', Buffer.from('a'));
    await files.write('tile/entries/x001/000.p/7', Buffer.from('b'));
    expect(Buffer.from((await files.read('tile/entries/x001/000.p/7')) ?? '').toString()).toBe('b');
    const place = join(folder, 'tile/entries/x001/000.p');
    expect(readdirSync(place)).toEqual(['7']);
    expect(statSync(join(place, '7')).mode & 0o777).toBe(0o600);
    expect(statSync(place).mode & 0o777).toBe(0o700);
    await files.removePartial('tile/entries/x001/000.p');
    expect(await files.read('tile/entries/x001/000.p/7')).toBeUndefined();
  });

  it.each([
    '../checkpoint',
    '/etc/passwd',
    'tile/0/../1/000',
    'tile/7/000',
    'tile/0/00',
    'tile/0/000.p',
    'checkpoint/',
    '',
  ])('takes no other path than those of tiles: `%s`', async (path) => {
    const files = openTileFolder(join(dataFolder(), 'archive'));
    await expect(files.read(path)).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(files.write(path, Buffer.from('a'))).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(files.removePartial(path.replace('.p', ''))).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('reads nothing from what is no file, however much comes out of it, nor from a file that no log has', async () => {
    const folder = dataFolder();
    mkdirSync(folder);
    symlinkSync('/dev/zero', join(folder, 'checkpoint'));
    mkdirSync(join(folder, 'tile/0'), { recursive: true });
    const most = 256 * (2 + 65_535);
    for (const [name, size] of Object.entries({ '001': most, '002': most + 1 })) {
      writeFileSync(join(folder, 'tile/0', name), '');
      truncateSync(join(folder, 'tile/0', name), size);
    }
    const files = openTileFolder(folder);
    const sizeOf = async (path: string) => (await files.read(path))?.byteLength;
    expect(await sizeOf('checkpoint')).toBe(0);
    expect(await sizeOf('tile/0/001')).toBe(most);
    expect(await sizeOf('tile/0/002')).toBe(0);
  });

  it('says `STORE_BROKEN` where the disk fails', async () => {
    const folder = dataFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'tile'), 'a file in the way');
    const files = openTileFolder(folder);
    await expect(files.write('tile/0/000', Buffer.from('a'))).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    expect(await files.read('tile/0/000')).toBeUndefined();
    expect(readFileSync(join(folder, 'tile'), 'utf8')).toBe('a file in the way');
  });
});
