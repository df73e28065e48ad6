import { describe, expect, it } from 'vitest';
import { parseCheckpoint } from './checkpoint.ts';
import { decodeBundle, encodeBundle } from './entry-bundle.ts';
import { exportTiles } from './export-tiles.ts';
import { proveLeaf } from './prove.ts';
import { noteOf, signatureLine, signNote, verifierKey } from './signed-note.ts';
import { MemoryRecordStore } from './testing/memory-record-store.ts';
import { MemoryTileFiles } from './testing/memory-tile-files.ts';
import { closed } from './testing/sample-records.ts';
import { ORIGIN, openLog, publicKey, signingKey, stranger } from './testing/test-log.ts';
import { tilePath } from './tile-path.ts';
import { parseTlogProof, proofProblems } from './tlog-proof.ts';
import { BUNDLES_MISSING_MAX, verifyTiles } from './verify-tiles.ts';

const log = verifierKey(ORIGIN, publicKey);

/** Appends up to `size` leaves and seals. */
async function grown(store: MemoryRecordStore, size: number): Promise<void> {
  const open = await openLog(store);
  for (let n = store.size; n < size; n += 1) await open.append(closed(`x${n}`));
  await open.seal();
}

const exported = (reader: MemoryRecordStore, files: MemoryTileFiles) =>
  exportTiles({ reader, files, publicKey, origin: ORIGIN });

describe('tilePath()', () => {
  it.each([
    [{ level: 0, n: 0, width: 256 }, 'tile/0/000'],
    [{ level: 1, n: 5, width: 12 }, 'tile/1/005.p/12'],
    [{ level: 0, n: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 'entries', n: 1_000, width: 1 }, 'tile/entries/x001/000.p/1'],
  ] as const)('of %j is `%s`', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
  });
});

describe('decodeBundle()', () => {
  it('gives back what encodeBundle() put together, and refuses what is cut off or too long', () => {
    const leaves = [Buffer.from('a'), Buffer.alloc(65_535, 7), Buffer.from('b')];
    const bundle = encodeBundle(leaves);
    expect(decodeBundle(bundle)).toEqual(leaves);
    expect(Buffer.from(bundle).readUInt16BE(3)).toBe(65_535);
    for (const end of [1, 2, bundle.byteLength - 1]) expect(decodeBundle(bundle.subarray(0, end))).toBeUndefined();
    expect(decodeBundle(encodeBundle(Array.from({ length: 256 }, () => Buffer.of(1))))).toHaveLength(256);
    expect(decodeBundle(encodeBundle(Array.from({ length: 257 }, () => Buffer.of(1))))).toBeUndefined();
  });
});

describe('exportTiles()', () => {
  it('writes what any reader of C2SP tiles finds, and goes on where it was', async () => {
    const store = new MemoryRecordStore();
    const files = new MemoryTileFiles();
    for (const size of [3, 255, 256, 300, 300, 1_030]) {
      await grown(store, size);
      const { head } = await exported(store, files);
      expect(head?.size).toBe(size);
      expect(parseCheckpoint(Buffer.from(files.files.get('checkpoint') ?? '').toString())?.size).toBe(size);
      expect(await verifyTiles(files, { log })).toEqual({ ok: true, leaves: size, problems: [], problemsTotal: 0 });
    }
    const names = [...files.files.keys()].sort();
    expect(names).toContain('tile/1/000.p/4');
    expect(names).toContain('tile/entries/003');
    // Parts of what is whole by now are gone.
    expect(names.filter((name) => name.startsWith('tile/0/000'))).toEqual(['tile/0/000']);
    expect((await exported(store, files)).files).toBe(1);
  });

  it('is finished by the next call when it was broken off anywhere', async () => {
    const store = new MemoryRecordStore();
    await grown(store, 600);
    const files = new MemoryTileFiles();
    for (let limit = 0; ; limit += 1) {
      files.failAfter = limit;
      const done = await exported(store, files).then(
        () => true,
        () => false,
      );
      if (done) break;
      // Without its checkpoint nothing claims to be whole.
      expect(files.files.has('checkpoint')).toBe(false);
    }
    expect(await verifyTiles(files, { log })).toMatchObject({ ok: true, leaves: 600 });
  });

  it('never goes on with another history, nor writes over what is there', async () => {
    const store = new MemoryRecordStore();
    await grown(store, 300);
    const files = new MemoryTileFiles();
    await exported(store, files);
    const other = new MemoryRecordStore();
    await grown(other, 299);
    await expect(exported(other, files)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    const fork = new MemoryRecordStore();
    const open = await openLog(fork);
    for (let n = 0; n < 400; n += 1) await open.append(closed(`y${n}`));
    await open.seal();
    await expect(exported(fork, files)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    files.files.set('tile/entries/001.p/144', Buffer.from('else'));
    await grown(store, 400);
    await expect(exported(store, files)).rejects.toMatchObject({
      detail: expect.stringContaining('holds something else'),
    });
    files.files.set('checkpoint', Buffer.from('none'));
    await expect(exported(store, files)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
  });
});

describe('verifyTiles()', () => {
  async function folder() {
    const store = new MemoryRecordStore();
    await grown(store, 600);
    const files = new MemoryTileFiles();
    await exported(store, files);
    return files;
  }
  const flip = (files: MemoryTileFiles, path: string, at: number) => {
    const bytes = Buffer.from(files.files.get(path) ?? '');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    files.files.set(path, bytes);
  };

  it.each([
    [
      'an edited leaf',
      (files: MemoryTileFiles) => flip(files, 'tile/entries/001', 100),
      { kind: 'leaf-edited', index: 256 },
    ],
    [
      'a bundle that is gone',
      (files: MemoryTileFiles) => files.files.delete('tile/entries/001'),
      { kind: 'entries-missing', from: 256, to: 512 },
    ],
    [
      'a bundle that is cut off',
      (files: MemoryTileFiles) => files.files.set('tile/entries/000', Buffer.alloc(7)),
      { kind: 'entries-missing', from: 0, to: 256 },
    ],
    ['an edited hash', (files: MemoryTileFiles) => flip(files, 'tile/0/000', 33), { kind: 'leaf-edited', index: 1 }],
    [
      'a tile that is gone',
      (files: MemoryTileFiles) => files.files.delete('tile/0/000'),
      { kind: 'tile-wrong', level: 0, tile: 0 },
    ],
    [
      'an edited tile above',
      (files: MemoryTileFiles) => flip(files, 'tile/1/000.p/2', 1),
      { kind: 'tile-wrong', level: 1, tile: 0 },
    ],
    ['no checkpoint', (files: MemoryTileFiles) => files.files.delete('checkpoint'), { kind: 'checkpoint-missing' }],
    [
      'an edited checkpoint',
      (files: MemoryTileFiles) =>
        files.files.set(
          'checkpoint',
          Buffer.from(
            Buffer.from(files.files.get('checkpoint') ?? '')
              .toString()
              .replace('2026', '2025'),
          ),
        ),
      { kind: 'checkpoint-unsigned' },
    ],
  ])('finds %s', async (_, tamper, problem) => {
    const files = await folder();
    tamper(files);
    const report = await verifyTiles(files, { log });
    expect(report.ok).toBe(false);
    expect(report.problems[0]).toEqual(problem);
  });

  it('ends where a signed checkpoint speaks of more leaves than anyone could look for', async () => {
    const files = await folder();
    const text = `${ORIGIN}\n${2 ** 53 - 1}\n${Buffer.alloc(32).toString('base64')}\n`;
    files.files.set('checkpoint', Buffer.from(noteOf(text, [signatureLine(log, signNote(text, signingKey))])));
    const report = await verifyTiles(files, { log });
    expect(report.problemsTotal).toBe(BUNDLES_MISSING_MAX);
    expect(report.problems[0]).toEqual({ kind: 'entries-missing', from: 512, to: 768 });
  });

  it('finds leaves that were changed together with their tiles, and believes no other key', async () => {
    const files = await folder();
    const bundle = decodeBundle(files.files.get('tile/entries/001') ?? Buffer.alloc(0)) ?? [];
    const other = new MemoryRecordStore();
    const leaves = bundle.with(3, Buffer.from('{}'));
    for (const leaf of leaves) await other.append(leaf);
    files.files.set('tile/entries/001', encodeBundle(leaves));
    files.files.set('tile/0/001', Buffer.concat([...other.nodes(0, 0, 256)]));
    const above = Buffer.from(files.files.get('tile/1/000.p/2') ?? '');
    above.set(other.tile(0, 0)?.root ?? Buffer.alloc(0), 32);
    files.files.set('tile/1/000.p/2', above);
    expect((await verifyTiles(files, { log })).problems).toEqual([{ kind: 'root-differs', size: 600 }]);
    const honest = await folder();
    const report = await verifyTiles(honest, { log: verifierKey(ORIGIN, stranger.publicKey) });
    expect(report.problems).toEqual([{ kind: 'checkpoint-unsigned' }]);
  });
});

describe('proveLeaf()', () => {
  it('proves every leaf that a head covers, as a file that holds on its own', async () => {
    const store = new MemoryRecordStore();
    await grown(store, 530);
    const unsealed = await openLog(store, { sealEvery: { leaves: 1_000 } });
    await unsealed.append(closed('late'));
    for (const index of [0, 1, 255, 256, 511, 512, 529]) {
      const { leaf, proof } = await proveLeaf({ reader: store, publicKey }, index);
      const parsed = parseTlogProof(proof);
      if (parsed === undefined) throw new Error('our own proof is not read');
      expect(parsed.index).toBe(index);
      expect(proofProblems(parsed, { leaf, log })).toEqual([]);
      expect(proofProblems(parsed, { leaf: Buffer.concat([leaf, Buffer.of(0x20)]), log })).toEqual(['leaf-not-there']);
      expect(proofProblems({ ...parsed, index: (index + 1) % 530 }, { leaf, log })).toEqual(['leaf-not-there']);
      expect(proofProblems(parsed, { leaf, log: verifierKey(ORIGIN, stranger.publicKey) })).toEqual([
        'checkpoint-unsigned',
      ]);
      expect(proofProblems(parsed, { leaf, log, witnesses: [verifierKey('w', stranger.publicKey, 4)] })).toEqual([
        'not-witnessed',
      ]);
    }
    for (const index of [530, 531]) {
      await expect(proveLeaf({ reader: store, publicKey }, index)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('gives no proof out of a store that does not lead to its own head', async () => {
    const store = new MemoryRecordStore();
    await grown(store, 20);
    const [first] = store.rows;
    if (first === undefined) throw new Error('the store is empty');
    store.rows[0] = { ...first, leaf: Buffer.from('{}') };
    await expect(proveLeaf({ reader: store, publicKey }, 0)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
  });
});

describe('parseTlogProof()', () => {
  it('passes extra data over, and refuses what is no proof', async () => {
    const store = new MemoryRecordStore();
    await grown(store, 5);
    const { proof } = await proveLeaf({ reader: store, publicKey }, 2);
    expect(parseTlogProof(proof.replace('index 2', 'extra QUJD\nindex 2'))?.index).toBe(2);
    for (const bad of [
      '',
      proof.replace('@v1', '@v2'),
      proof.replace('index 2', 'index 02'),
      proof.replace('index 2', 'index -1'),
      proof.replace('index 2\n', 'index 2\nAAAA\n'),
      proof.replace('\n\n', '\n'),
    ]) {
      expect(parseTlogProof(bad)).toBeUndefined();
    }
  });
});
