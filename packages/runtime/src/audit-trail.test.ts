import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord } from '@sallyport/core';
import { createAuditLog } from '@sallyport/record';
import { openInstallKeys, openRecordStore } from '@sallyport/stores';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAuditTrail, readPublicKey } from './audit-trail.ts';

const data = mkdtempSync(join(tmpdir(), 'sallyport-trail-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const at = '2026-01-02T03:04:05.678Z';
const receipt = { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 };

function recordsOf(exchange: string): readonly AuditRecord[] {
  const base = { v: 1, exchange, at } as const;
  return [
    { ...base, kind: 'opened', decisions: [], receipt, effect: 'allow', redacted: {}, detectors: 'd' },
    {
      ...base,
      kind: 'closed',
      outcome: 'completed',
      status: 200,
      decisions: [],
      receipt,
      effect: 'flag',
      redacted: {},
      restored: 0,
      answer: {},
      releasedChars: 0,
      ms: { total: 1, held: 0 },
    },
  ];
}

beforeAll(async () => {
  const { signingKey, publicKey, origin } = openInstallKeys(data);
  const store = openRecordStore(data, { audit: 'strict' });
  const log = await createAuditLog({ store, signingKey, publicKey, origin });
  for (const exchange of ['x1', 'x2']) for (const record of recordsOf(exchange)) await log.append(record);
  await log.close();
  await store.close();
});

describe('openAuditTrail()', () => {
  test('lists, shows and exports what was recorded', async () => {
    const trail = openAuditTrail(data);
    expect(trail.size).toBe(4);
    expect(trail.list().exchanges.map(({ exchange }) => exchange)).toEqual(['x2', 'x1']);
    expect([...trail.records({ exchange: 'x1' })].map(({ record }) => record.kind)).toEqual(['opened', 'closed']);
    expect([...trail.lines()].map((line) => JSON.parse(line).exchange)).toEqual(['x1', 'x1', 'x2', 'x2']);
    await trail.close();
  });

  test("verifies with the install's key, with one kept elsewhere, and not with a stranger's", async () => {
    const trail = openAuditTrail(data);
    expect(await trail.verify()).toMatchObject({ ok: true, leaves: 4, unsealed: 0 });
    const kept = join(data, 'kept.pem');
    writeFileSync(kept, readFileSync(join(data, 'log-public-key.pem')));
    expect((await trail.verify({ publicKey: readPublicKey(kept) })).ok).toBe(true);

    const stranger = mkdtempSync(join(data, 'stranger-'));
    openInstallKeys(stranger);
    const report = await trail.verify({ publicKey: readPublicKey(join(stranger, 'log-public-key.pem')) });
    expect(report.problems.map(({ kind }) => kind)).toContain('head-unsigned');
    expect(() => readPublicKey(join(data, 'none.pem'))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    await trail.close();
  });

  test('a folder without a log is `STORE_BROKEN`', () => {
    expect(() => openAuditTrail(join(data, 'none'))).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
  });
});
