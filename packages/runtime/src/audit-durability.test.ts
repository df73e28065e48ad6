import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createAuditLog, type LogReport, readRecords, verifyLog } from '@sallyport/record';
import { openInstallKeys, openRecordReader, openRecordStore } from '@sallyport/stores';
import { afterAll, describe, expect, it } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'sallyport-durability-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = () => join(mkdtempSync(join(root, 'x')), 'data');

const packages = new URL('../../', import.meta.url);
const built = ['stores', 'record'].map((name) => new URL(`${name}/dist/index.js`, packages));

/** Appends without end, eight exchanges at a time, and says of each record that it was acknowledged, before anything else. */
const WRITER = `
  import { writeSync } from 'node:fs';
  const [stores, record, folder, run] = process.argv.slice(1);
  const { lockDataFolder, openInstallKeys, openRecordStore } = await import(stores);
  const { createAuditLog } = await import(record);
  lockDataFolder(folder);
  const { origin, signingKey, publicKey } = openInstallKeys(folder);
  const log = await createAuditLog({ store: openRecordStore(folder), origin, signingKey, publicKey, sealEvery: { leaves: 20 } });
  const at = new Date().toISOString();
  const append = async (kind, exchange) => {
    await log.append({ v: 1, kind, exchange, at });
    writeSync(1, kind + ' ' + exchange + '\\n');
  };
  await Promise.all(Array.from({ length: 8 }, async (_, lane) => {
    for (let n = 0; ; n++) {
      const exchange = [run, lane, n].join('-');
      await append('opened', exchange);
      await append('closed', exchange);
    }
  }));
`;

/** Lets a writer run until it has said so many lines, then kills it; resolves with all that it said. */
async function killAfter(lines: number, folder: string, run: number): Promise<Set<string>> {
  const args = [...built.map(({ href }) => href), folder, `run${run}`];
  const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = new Set<string>();
  const exited = once(writer, 'exit');
  for await (const line of createInterface({ input: writer.stdout })) {
    said.add(line);
    if (said.size === lines) writer.kill('SIGKILL');
  }
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
  return said;
}

async function reopened(
  folder: string,
): Promise<{ readonly interrupted: readonly string[]; readonly report: LogReport }> {
  const { origin, signingKey, publicKey } = openInstallKeys(folder);
  const store = openRecordStore(folder);
  try {
    const log = await createAuditLog({ store, origin, signingKey, publicKey });
    await log.close();
    return { interrupted: log.interrupted, report: await verifyLog(store, publicKey, { origin }) };
  } finally {
    await store.close();
  }
}

describe('the audit log of a process that is killed', () => {
  const isBuilt = built.every((url) => existsSync(url));

  it.skipIf(!isBuilt)('has lost no acknowledged record, five times in a row (needs a build)', async () => {
    const folder = newFolder();
    const acknowledged = new Set<string>();
    for (let run = 0; run < 5; run++) {
      const lines = 1 + Math.floor(Math.random() * 400);
      for (const line of await killAfter(lines, folder, run)) acknowledged.add(line);
      const { interrupted, report } = await reopened(folder);
      expect(report).toMatchObject({ ok: true, unsealed: 0, problems: [] });
      const reader = openRecordReader(folder);
      const kept = new Set([...readRecords(reader)].map(({ record }) => `${record.kind} ${record.exchange}`));
      await reader.close();
      expect([...acknowledged].filter((line) => !kept.has(line))).toEqual([]);
      const open = [...kept].filter((line) => line.startsWith('opened ')).map((line) => line.slice('opened '.length));
      const orphans = open.filter((exchange) => !kept.has(`closed ${exchange}`) && exchange.startsWith(`run${run}-`));
      expect([...interrupted].sort()).toEqual(orphans.sort());
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(5);
  });
});

/** Changes the database as someone with access to the file would, from a process of its own. */
function sql(folder: string, statements: string): void {
  const script =
    'const [path, sql] = process.argv.slice(1); const db = new (require("libsql"))(path); db.exec(sql); db.close()';
  const file = join(folder, 'records.db');
  execFileSync(process.execPath, ['-e', script, file, statements], {
    cwd: fileURLToPath(new URL('stores/', packages)),
  });
}

/** 30 leaves, a head every 10. */
async function sealedFolder(): Promise<string> {
  const folder = newFolder();
  const { origin, signingKey, publicKey } = openInstallKeys(folder);
  const store = openRecordStore(folder);
  const log = await createAuditLog({ store, origin, signingKey, publicKey, sealEvery: { leaves: 10 } });
  const at = '2026-01-01T00:00:00.000Z';
  for (let n = 0; n < 30; n++) await log.append({ v: 1, kind: 'interrupted', exchange: `x${n}`, at });
  await log.close();
  await store.close();
  return folder;
}

describe('verifyLog() on a database that was tampered with', () => {
  it.each([
    [
      'an edited leaf',
      "UPDATE leaves SET leaf = CAST(replace(leaf, '2026', '2025') AS BLOB) WHERE i = 12",
      { kind: 'leaf-edited', index: 12 },
    ],
    ['a deleted leaf', 'DELETE FROM leaves WHERE i = 12', { kind: 'leaves-missing', from: 12, to: 13 }],
    [
      'two swapped leaves',
      'UPDATE leaves SET i = -1 WHERE i = 12; UPDATE leaves SET i = 12 WHERE i = 13; UPDATE leaves SET i = 13 WHERE i = -1',
      { kind: 'leaves-changed', from: 10, to: 20 },
    ],
    [
      'an inserted leaf',
      'UPDATE leaves SET i = -i - 1 WHERE i >= 12; UPDATE leaves SET i = -i WHERE i < 0; INSERT INTO leaves SELECT 12, leaf, hash, key FROM leaves WHERE i = 3',
      { kind: 'leaves-changed', from: 10, to: 20 },
    ],
    ['a leaf filed elsewhere', "UPDATE leaves SET key = 'x1' WHERE i = 12", { kind: 'leaf-misfiled', index: 12 }],
    ['a truncated log', 'DELETE FROM leaves WHERE i >= 25', { kind: 'tail-missing', from: 25, to: 30 }],
    [
      'an edited head',
      "UPDATE heads SET at = '2020-01-01T00:00:00.000Z' WHERE size = 20",
      { kind: 'head-unsigned', size: 20 },
    ],
    ['a head moved to another size', 'UPDATE heads SET size = 19 WHERE size = 20', { kind: 'head-unsigned', size: 19 }],
  ])('finds %s, and says where', async (_, statements, problem) => {
    const folder = await sealedFolder();
    const { publicKey } = openInstallKeys(folder);
    sql(folder, statements);
    const reader = openRecordReader(folder);
    expect(await verifyLog(reader, publicKey)).toMatchObject({ ok: false, problemsTotal: 1, problems: [problem] });
    await reader.close();
  });

  it('finds rolled back heads and leaves with a head that was kept elsewhere', async () => {
    const folder = await sealedFolder();
    const { publicKey } = openInstallKeys(folder);
    const before = openRecordReader(folder);
    const kept = before.head();
    await before.close();
    sql(folder, 'DELETE FROM leaves WHERE i >= 20; DELETE FROM heads WHERE size > 20; DELETE FROM mark');
    const reader = openRecordReader(folder);
    expect(await verifyLog(reader, publicKey)).toMatchObject({ ok: true, leaves: 20 });
    expect(await verifyLog(reader, publicKey, { known: kept === undefined ? [] : [kept] })).toMatchObject({
      ok: false,
      problems: [{ kind: 'tail-missing', from: 20, to: 30 }],
    });
    await reader.close();
  });

  it('and the log refuses to go on with it', async () => {
    const folder = await sealedFolder();
    sql(folder, "UPDATE leaves SET leaf = CAST('{}' AS BLOB) WHERE i = 12; DELETE FROM mark");
    await expect(reopened(folder)).rejects.toMatchObject({ code: 'STORE_BROKEN' });
  });
});
