import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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
  const [stores, record, folder, run] = process.argv.slice(1);
  const { lockDataFolder, openInstallKeys, openRecordStore } = await import(stores);
  const { createAuditLog } = await import(record);
  lockDataFolder(folder);
  const { origin, signingKey, publicKey } = openInstallKeys(folder);
  const log = await createAuditLog({ store: openRecordStore(folder), origin, signingKey, publicKey, sealEvery: { leaves: 20 } });
  const at = new Date().toISOString();
  const append = async (kind, exchange) => {
    await log.append({ v: 1, kind, exchange, at });
    process.stdout.write(kind + ' ' + exchange + '\\n');
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
