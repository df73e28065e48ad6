import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditRecord } from '@sallyport/core';
import {
  addCheckpointText,
  type Checkpoint,
  checkpointText,
  consistencyProof,
  createAuditLog,
  type LogReport,
  parseCheckpoint,
  parseSignatureLine,
  parseVkey,
  proveLeaf,
  rangeRootIn,
  type VerifierKey,
  verifierKey,
  verifyLog,
} from '@sallyport/record';
import { openInstallKeys, openRecordReader, openRecordStore, openTileFolder } from '@sallyport/stores';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWitness } from './audit/open-witness.ts';

const root = mkdtempSync(join(tmpdir(), 'sallyport-hostile-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const packages = new URL('../../', import.meta.url);
const AT = '2026-01-01T00:00:00.000Z';
const record = (n: number, name = 'x'): AuditRecord => ({ v: 1, kind: 'interrupted', exchange: `${name}${n}`, at: AT });

/** The folder of a log with 700 leaves and a head every 100, its state at 300, and a witness that signed both. */
const base = join(root, 'base');
const early = join(root, 'early');
const witnessFolder = join(root, 'witness');
let log: VerifierKey;
let witness: VerifierKey;
let kept: Checkpoint;

async function grow(folder: string, from: number, options: { to: number; name?: string }): Promise<void> {
  const { origin, signingKey, publicKey } = openInstallKeys(folder);
  const store = openRecordStore(folder);
  const open = await createAuditLog({ store, origin, signingKey, publicKey, sealEvery: { leaves: 100, ms: 60_000 } });
  for (let n = from; n < options.to; n += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, k) => open.append(record(n + k, options.name))));
  }
  await open.close();
  await store.close();
}

/** Shows a folder's last head to the witness; what it answers. */
async function show(folder: string, oldSize: number) {
  const reader = openRecordReader(folder);
  const head = reader.head();
  const { publicKey } = openInstallKeys(folder);
  if (head === undefined) throw new Error('the log has no head');
  const open = openWitness({ folder: witnessFolder, name: 'witness.example/w1', logs: [log] });
  try {
    const proof = oldSize === 0 || oldSize > head.size ? [] : consistencyProof(rangeRootIn(reader), oldSize, head.size);
    const checkpoint = checkpointText(head, publicKey);
    const answer = open.witness.addCheckpoint(addCheckpointText({ oldSize, proof, checkpoint }));
    witness = parseVkey(open.vkey) ?? witness;
    return { ...answer, size: head.size, checkpoint: open.checkpointOf(() => true) };
  } finally {
    open.close();
    await reader.close();
  }
}

beforeAll(async () => {
  const { origin, publicKey } = openInstallKeys(base);
  log = verifierKey(origin, publicKey);
  await grow(base, 0, { to: 300 });
  expect((await show(base, 0)).status).toBe(200);
  cpSync(base, early, { recursive: true });
  await grow(base, 300, { to: 700 });
  const shown = await show(base, 300);
  const store = openRecordStore(base);
  await store.saveCosignature({ size: 700, witness: 'witness.example/w1', line: shown.body });
  await store.close();
  kept = parseCheckpoint(shown.checkpoint ?? '') as Checkpoint;
}, 60_000);

function copyOf(folder: string): string {
  const copy = join(mkdtempSync(join(root, 'x')), 'data');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Changes the database as someone with access to the file would, from a process of its own. */
function sql(folder: string, statements: string): void {
  const script =
    'const [path, sql] = process.argv.slice(1); const db = new (require("libsql"))(path); db.exec(sql); db.close()';
  execFileSync(process.execPath, ['-e', script, join(folder, 'records.db'), statements], {
    cwd: fileURLToPath(new URL('stores/', packages)),
  });
}

/** What an auditor finds who kept the log's key, and, where asked, a head that a witness signed. */
async function audited(folder: string, options: { keptHead?: boolean; witnessed?: boolean } = {}): Promise<LogReport> {
  const reader = openRecordReader(folder);
  try {
    return await verifyLog(reader, log.publicKey, {
      origin: log.name,
      ...(options.keptHead === true && { checkpoints: [kept] }),
      ...((options.witnessed ?? options.keptHead) === true && { witnesses: [witness] }),
    });
  } finally {
    await reader.close();
  }
}

const sha256 = (...parts: Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const forged = Buffer.from(`{"at":"${AT}","exchange":"x412","kind":"interrupted","v":1,"w":1}`);
const forgedHash = sha256(Buffer.of(0), forged);
const SWAP =
  'UPDATE leaves SET i = -1 WHERE i = 412; UPDATE leaves SET i = 412 WHERE i = 413; UPDATE leaves SET i = 413 WHERE i = -1';
const SHIFT = 'UPDATE leaves SET i = -i - 1 WHERE i >= 412; UPDATE leaves SET i = -i WHERE i < 0';

describe('what is done to the store behind its back', () => {
  it('is nothing in a log that nobody touched, and its witness vouches for it', async () => {
    expect(await audited(base, { keptHead: true })).toMatchObject({
      ok: true,
      leaves: 700,
      unsealed: 0,
      problems: [],
      witnessed: [{ witness: 'witness.example/w1', size: 700 }],
    });
    expect((await audited(early)).ok).toBe(true);
  });

  const tampered: readonly (readonly [string, string, object, number | undefined])[] = [
    [
      'an edited leaf',
      "UPDATE leaves SET leaf = CAST(replace(leaf, '2026', '2025') AS BLOB) WHERE i = 412",
      { kind: 'leaf-edited', index: 412 },
      412,
    ],
    [
      'a leaf edited with its hash',
      `UPDATE leaves SET leaf = x'${forged.toString('hex')}', hash = x'${forgedHash.toString('hex')}' WHERE i = 412`,
      { kind: 'leaves-changed', from: 400, to: 500, first: 412 },
      412,
    ],
    [
      'a hash edited alone',
      'UPDATE leaves SET hash = zeroblob(32) WHERE i = 412',
      { kind: 'leaf-edited', index: 412 },
      412,
    ],
    ['two swapped leaves', SWAP, { kind: 'leaves-changed', from: 400, to: 500, first: 412 }, 412],
    [
      'a doubled leaf',
      'UPDATE leaves SET leaf = a.leaf, hash = a.hash, key = a.key FROM leaves AS a WHERE a.i = 412 AND leaves.i = 413',
      { kind: 'leaves-changed', from: 400, to: 500, first: 413 },
      413,
    ],
    [
      'an inserted leaf',
      `${SHIFT}; INSERT INTO leaves SELECT 412, leaf, hash, key FROM leaves WHERE i = 3`,
      { kind: 'leaves-changed', from: 400, to: 500, first: 412 },
      412,
    ],
    ['a removed leaf', 'DELETE FROM leaves WHERE i = 412', { kind: 'leaves-missing', from: 412, to: 413 }, 412],
    [
      'a removed leaf whose gap was closed',
      'DELETE FROM leaves WHERE i = 412; UPDATE leaves SET i = -i WHERE i > 412; UPDATE leaves SET i = -i - 1 WHERE i < 0',
      { kind: 'leaves-changed', from: 400, to: 500, first: 412 },
      412,
    ],
    [
      'first leaves that are gone, as if archived',
      'DELETE FROM leaves WHERE i < 256',
      { kind: 'leaves-missing', from: 0, to: 256 },
      0,
    ],
    ['a tail that is gone', 'DELETE FROM leaves WHERE i >= 650', { kind: 'tail-missing', from: 650, to: 700 }, 650],
    ['all leaves gone', 'DELETE FROM leaves', { kind: 'tail-missing', from: 0, to: 100 }, 0],
    [
      'a leaf filed under another exchange',
      "UPDATE leaves SET key = 'x1' WHERE i = 412",
      { kind: 'leaf-misfiled', index: 412 },
      412,
    ],
    [
      'a leaf filed under none',
      'UPDATE leaves SET key = NULL WHERE i = 412',
      { kind: 'leaf-misfiled', index: 412 },
      412,
    ],
    [
      'a leaf made one of retention',
      "UPDATE leaves SET key = 'retention' WHERE i = 412",
      { kind: 'leaf-misfiled', index: 412 },
      412,
    ],
    [
      'an edited head',
      "UPDATE heads SET at = '2020-01-01T00:00:00.000Z' WHERE size = 200",
      { kind: 'head-unsigned', size: 200 },
      undefined,
    ],
    [
      'a head moved to another size',
      'UPDATE heads SET size = 199 WHERE size = 200',
      { kind: 'head-unsigned', size: 199 },
      undefined,
    ],
    [
      'a head with an edited root',
      'UPDATE heads SET root = (SELECT root FROM heads WHERE size = 100) WHERE size = 200',
      { kind: 'head-unsigned', size: 200 },
      undefined,
    ],
    [
      'a doubled head',
      'INSERT INTO heads (size, root, at, origin, signature) SELECT size, root, at, origin, signature FROM heads WHERE size = 300',
      { kind: 'head-order', size: 300 },
      undefined,
    ],
    ['heads that are all gone', 'DELETE FROM heads', { kind: 'heads-missing', size: 700 }, undefined],
    [
      'an edited hash of a tile',
      'UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND n = 1',
      { kind: 'tile-edited', level: 0, tile: 1 },
      undefined,
    ],
    [
      'an edited root of a tile',
      'UPDATE tiles SET root = zeroblob(32) WHERE level = 0 AND n = 1',
      { kind: 'tile-edited', level: 0, tile: 1 },
      undefined,
    ],
    [
      'a tile that is gone',
      'DELETE FROM tiles WHERE level = 0 AND n = 0',
      { kind: 'tile-missing', level: 0, tile: 0 },
      undefined,
    ],
    [
      'an edited word of a witness',
      'UPDATE cosignatures SET size = 600',
      { kind: 'witness-unsigned', size: 600, witness: 'witness.example/w1' },
      undefined,
    ],
  ];
  it.each(tampered)('finds %s, and names it', async (...[, statements, problem, index]) => {
    const folder = copyOf(base);
    sql(folder, statements);
    const report = await audited(folder, { witnessed: true });
    expect(report.ok).toBe(false);
    expect(report.problems).toContainEqual(problem);
    expect(report.firstBad?.index).toBe(index);
  });

  it('does no harm where it changes marks: they are believed only when they lead to a signed head', async () => {
    for (const mark of [
      "UPDATE mark SET mark = '{}'",
      'DELETE FROM mark',
      `UPDATE mark SET mark = '{"size":256,"frontier":["${forgedHash.toString('base64')}"],"open":[]}'`,
    ]) {
      const folder = copyOf(base);
      sql(folder, mark);
      await grow(folder, 700, { to: 800 });
      expect(await audited(folder, { keptHead: true })).toMatchObject({ ok: true, leaves: 800 });
    }
  });

  it('and the log refuses to go on with leaves that do not lead to its head', async () => {
    const folder = copyOf(base);
    sql(folder, "UPDATE leaves SET leaf = CAST('{}' AS BLOB) WHERE i = 412; DELETE FROM mark");
    await expect(grow(folder, 700, { to: 800 })).rejects.toMatchObject({ code: 'STORE_BROKEN' });
  });

  it('gives no proof that does not hold, whatever the tiles were made to say', async () => {
    const folder = copyOf(base);
    sql(folder, 'UPDATE tiles SET root = zeroblob(32) WHERE level = 0 AND n = 1');
    const reader = openRecordReader(folder);
    await expect(proveLeaf({ reader, publicKey: log.publicKey }, 3)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
    await reader.close();
  });

  it('never goes unseen, whichever byte of the file it changes', async () => {
    const before = contentOf(base);
    const bytes = readFileSync(join(base, 'records.db'));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const folder = mkdtempSync(join(root, 'f'));
        cpSync(base, folder, { recursive: true });
        const copy = Buffer.from(bytes);
        copy[at] = (copy[at] ?? 0) ^ flip;
        writeFileSync(join(folder, 'records.db'), copy);
        const report = await audited(folder, { keptHead: true }).catch((error: unknown) => error);
        rmSync(join(folder, 'log-public-key.pem'));
        const whole = (report as LogReport).ok === true;
        // A byte that nothing is read from may change: then everything reads as it did.
        if (whole) expect(contentOf(folder)).toBe(before);
        else if ((report as LogReport).ok === undefined) expect(report).toMatchObject({ code: 'STORE_BROKEN' });
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  it('is said when the file is cut off', async () => {
    for (const share of [0.3, 0.7, 0.99]) {
      const folder = copyOf(base);
      const file = join(folder, 'records.db');
      // Else what is cut off may stand in the journal beside it, and nothing is lost.
      sql(folder, 'PRAGMA wal_checkpoint(TRUNCATE)');
      truncateSync(file, Math.floor(statSync(file).size * share));
      const report = await audited(folder, { keptHead: true }).catch((error: unknown) => error);
      if ((report as LogReport).ok !== undefined) expect((report as LogReport).ok).toBe(false);
      else expect(report).toMatchObject({ code: 'STORE_BROKEN' });
    }
  });
});

function contentOf(folder: string): string {
  const reader = openRecordReader(folder);
  const hash = createHash('sha256');
  for (const { index, leaf, key } of reader.leaves(0)) hash.update(`${index} ${key} `).update(leaf);
  for (const head of reader.heads()) hash.update(JSON.stringify(head));
  void reader.close();
  return hash.digest('hex');
}

describe('a log that was set back, or given another past by someone who has its key', () => {
  it('looks whole by itself, is found with a head that was kept, and its witness does not sign it', async () => {
    const folder = copyOf(early);
    expect((await audited(folder)).ok).toBe(true);
    expect(await audited(folder, { keptHead: true })).toMatchObject({
      ok: false,
      firstBad: { index: 300, why: 'rolled-back' },
      problems: [{ kind: 'rolled-back', from: 300, to: 700 }],
    });
    expect(await show(folder, 300)).toMatchObject({ status: 409, body: '700\n' });
    expect((await show(folder, 700)).status).toBe(400);
  });

  it.each([700, 800])('is found as a fork at %i leaves', async (to) => {
    const folder = copyOf(early);
    await grow(folder, 300, { to, name: 'other' });
    expect((await audited(folder)).ok).toBe(true);
    expect((await audited(folder, { keptHead: true })).problems).toContainEqual({ kind: 'forked', size: 700 });
    const { status } = await show(folder, 700);
    expect(status).toBe(to === 700 ? 409 : 422);
    expect((await show(base, 700)).status).toBe(200);
  });

  it('is found when it was signed with another key', async () => {
    const folder = join(mkdtempSync(join(root, 'x')), 'data');
    const stranger = openInstallKeys(folder, { origin: log.name });
    await grow(folder, 0, { to: 300 });
    expect((await audited(folder)).problems).toContainEqual({ kind: 'head-unsigned', size: 100 });
    expect(stranger.origin).toBe(log.name);
    expect((await show(folder, 700)).status).toBe(403);
  });

  it('a witness that was told another past itself signs nothing more', async () => {
    const before = copyOf(witnessFolder);
    const db = join(witnessFolder, 'witness.db');
    const script =
      'const db = new (require("libsql"))(process.argv[1]); db.exec("UPDATE witnessed SET root = zeroblob(32)"); db.close()';
    execFileSync(process.execPath, ['-e', script, db], { cwd: fileURLToPath(new URL('stores/', packages)) });
    const folder = copyOf(base);
    await grow(folder, 700, { to: 800 });
    expect((await show(folder, 700)).status).toBe(422);
    expect((await show(base, 700)).status).toBe(409);
    rmSync(witnessFolder, { recursive: true });
    cpSync(before, witnessFolder, { recursive: true });
  });

  it('a witness takes no word of itself for one of a log', () => {
    const line = kept.signatures.find(({ name }) => name === 'witness.example/w1');
    expect(line?.signature).toHaveLength(72);
    expect(parseSignatureLine('\u2014 x AAAA')).toBeUndefined();
  });
});

const built = ['stores', 'record'].map((name) => new URL(`${name}/dist/index.js`, packages));
const isBuilt = built.every((url) => existsSync(url));

/** Appends records of long ago, four at a time, and archives all the while, in steps small enough to be killed in the middle. */
const ARCHIVER = `
  const [stores, record, folder, archive, run] = process.argv.slice(1);
  const { lockDataFolder, openInstallKeys, openRecordStore, openTileFolder } = await import(stores);
  const { createAuditLog, openRetention } = await import(record);
  lockDataFolder(folder);
  const { origin, signingKey, publicKey } = openInstallKeys(folder);
  const store = openRecordStore(folder);
  const log = await createAuditLog({ store, origin, signingKey, publicKey, sealEvery: { leaves: 50 }, markEveryLeaves: 64 });
  const retention = await openRetention({
    store, recorder: log, files: openTileFolder(archive), terms: { days: 1, lock: true }, publicKey, origin,
    iso: () => '2026-02-01T00:00:00.000Z',
  });
  (async () => { for (;;) { const { first } = await retention.run(); process.stdout.write('first ' + first + '\\n'); } })();
  await Promise.all([0, 1, 2, 3].map(async (lane) => {
    for (let n = 0; ; n++) {
      const exchange = [run, lane, n].join('-');
      await log.append({ v: 1, kind: 'interrupted', exchange, at: '${AT}' });
      process.stdout.write('acknowledged ' + exchange + '\\n');
    }
  }));
`;

describe('the archive of a process that is killed', () => {
  it.skipIf(!isBuilt)(
    'holds every acknowledged record, or the store does, five times in a row (needs a build)',
    { timeout: 60_000 },
    async () => {
      const folder = join(mkdtempSync(join(root, 'x')), 'data');
      const archive = `${folder}-archive`;
      const acknowledged = new Set<string>();
      for (let run = 0; run < 5; run += 1) {
        const child = spawn(
          process.execPath,
          ['--input-type=module', '-e', ARCHIVER, ...built.map(({ href }) => href), folder, archive, `run${run}`],
          {
            stdio: ['ignore', 'pipe', 'inherit'],
          },
        );
        const exited = once(child, 'exit');
        const killAt = 300 + Math.floor(Math.random() * 1_200);
        let text = '';
        let lines = 0;
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          lines += chunk.toString().split('\n').length - 1;
          if (lines >= killAt) child.kill('SIGKILL');
        });
        const [, signal] = await exited;
        expect(signal).toBe('SIGKILL');
        for (const [, exchange = ''] of text.matchAll(/^acknowledged (\S+)$/gm)) acknowledged.add(exchange);
        const { publicKey, origin, signingKey } = openInstallKeys(folder);
        const store = openRecordStore(folder);
        const reopened = await createAuditLog({ store, origin, signingKey, publicKey });
        await reopened.close();
        const files = openTileFolder(archive);
        expect(await verifyLog(store, publicKey, { origin, archive: files })).toMatchObject({ ok: true, problems: [] });
        const kept = new Set<string>();
        for (let index = 0; index < store.size; index += 1) {
          if (index >= store.first) break;
          const { leaf } = await proveLeaf({ reader: store, publicKey, archive: files }, index);
          kept.add(String((JSON.parse(Buffer.from(leaf).toString()) as AuditRecord).exchange));
        }
        for (const leaf of store.read(0)) kept.add((JSON.parse(Buffer.from(leaf).toString()) as AuditRecord).exchange);
        await store.close();
        expect([...acknowledged].filter((exchange) => !kept.has(exchange))).toEqual([]);
      }
      expect(acknowledged.size).toBeGreaterThan(1_000);
    },
  );
});

/** A small disk of its own, where this machine lets a test mount one. */
function mounted(bytes: number): string | undefined {
  const folder = mkdtempSync(join(root, 'disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  return status === 0 ? folder : undefined;
}

const disk = process.platform === 'linux' ? mounted(1_500_000) : undefined;
if (disk === undefined)
  process.stderr.write('skipped: no small disk can be mounted here; the store has a test with a quota\n');
afterAll(() => {
  if (disk !== undefined) spawnSync('umount', ['-l', disk]);
});

describe('a disk that is full', () => {
  it.skipIf(disk === undefined)(
    'stops records with `RECORD_FAILED`, harms nothing, and goes on when there is room again',
    async () => {
      const folder = join(disk ?? '', 'data');
      mkdirSync(folder);
      const { origin, signingKey, publicKey } = openInstallKeys(folder);
      const store = openRecordStore(folder);
      const open = await createAuditLog({ store, origin, signingKey, publicKey, onSealFailed: () => undefined });
      const fill = async (most: number) => {
        const done: number[] = [];
        const errors: unknown[] = [];
        for (let n = 0; n < most && errors.length === 0; n += 1) {
          const padded: AuditRecord = { ...record(n), exchange: `x${n}${'y'.repeat(200)}` };
          await open.append(padded).then(
            () => done.push(n),
            (error: unknown) => errors.push(error),
          );
        }
        return { done: done.length, errors };
      };
      const full = await fill(5_000);
      expect(full.errors).toEqual([expect.objectContaining({ code: 'RECORD_FAILED', status: 503 })]);
      expect(full.done).toBeGreaterThan(50);
      expect(spawnSync('mount', ['-o', 'remount,size=20000000', disk ?? '']).status).toBe(0);
      expect(await fill(300)).toEqual({ done: 300, errors: [] });
      await open.close();
      const report = await verifyLog(store, publicKey, { origin });
      expect(report).toMatchObject({ ok: true, unsealed: 0, problems: [] });
      expect(report.leaves).toBeGreaterThanOrEqual(full.done + 300);
      await store.close();
    },
  );
});
