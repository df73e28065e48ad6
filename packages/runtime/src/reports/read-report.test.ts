import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditRecord, isFault } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { openHouse } from '../open-house.ts';
import type { OpenHouse } from '../open-house-contract.ts';
import { vendorReport } from './offline-reports.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-reports-'));
const period = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
let house: OpenHouse;

function closed(exchange: string, tenant: string): AuditRecord {
  return {
    v: 1,
    kind: 'closed',
    exchange,
    at: '2026-01-01T12:00:00.000Z',
    principal: { kind: 'user', id: 'ann', tenant, groups: [] },
    resource: { kind: 'model', id: 'm', provider: 'p', groups: [] },
    outcome: 'completed',
    status: 200,
    upstreamStatus: 200,
    upstream: { provider: 'p', tries: 1 },
    decisions: [],
    receipt: { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 },
    effect: 'allow',
    redacted: {},
    restored: 0,
    answer: {},
    releasedChars: 0,
    ms: { total: 2, beforeUpstream: 1, held: 0 },
  };
}

beforeAll(async () => {
  const loaded = loadConfig({ env: {}, cwd: folder, options: { data: 'data', logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error('the configuration of this test is not valid');
  house = await openHouse(loaded.config);
  // More than are read at once.
  for (let at = 0; at < 300; at += 1) {
    await house.parts.recorder.append(closed(`x${at}`, at < 100 ? 'default' : 'bank'));
  }
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('ReportRoom', () => {
  it('counts every record of the log, with the log that it was made from', async () => {
    const report = await house.reports.vendors({ period });
    if (isFault(report)) throw new Error(report.fault);
    expect(report.exchanges.counted).toBe(300);
    expect(report).toMatchObject({ v: 1, report: 'vendors', period, log: { archived: 0 } });
    expect(report.log.size).toBeGreaterThanOrEqual(300);
    expect(report).not.toHaveProperty('tenant');
  });

  it('counts one tenant alone where it is asked for that', async () => {
    expect(await house.reports.vendors({ period, tenant: 'bank' })).toMatchObject({
      tenant: 'bank',
      exchanges: { counted: 200 },
    });
    expect(await house.reports.vendors({ period, tenant: 'none' })).toMatchObject({ models: [] });
  });

  it('counts for a tenant nothing that a record says of others, and what was held back because of its alerts', async () => {
    const at = '2026-01-03T12:00:00.000Z';
    const about = { tenant: 'shop' };
    const alert = { v: 1, kind: 'alert', exchange: 'alerts', at, alert: 'alr_1', rule: 'r', severity: 'high' } as const;
    const of = { kind: 'model', name: 'm' } as const;
    const held = { id: 'iso_1', action: 'isolate', of, from: at, until: at, reason: '', alert: 'alr_1' } as const;
    for (const record of [
      { ...closed('s1', 'shop'), at, suppressed: 5 } as AuditRecord,
      { ...alert, step: 'raised', about, suppressed: 3 } as const,
      { v: 1, kind: 'containment', exchange: 'containments', at, step: 'begun', containment: held } as const,
    ])
      await house.parts.recorder.append(record);
    const wanted = { period: { from: '2026-01-03T00:00:00.000Z', to: '2026-01-04T00:00:00.000Z' } };
    expect(await house.reports.impact({ ...wanted, tenant: 'shop' })).toMatchObject({
      exchanges: { counted: 1 },
      response: { raised: 1, suppressed: 0, byRule: { count: 1 } },
    });
    expect(await house.reports.impact(wanted)).toMatchObject({
      exchanges: { counted: 6 },
      response: { suppressed: 3 },
    });
  });

  it('makes one at a time, and the next when that one is made', async () => {
    const first = house.reports.impact({ period });
    expect(await house.reports.impact({ period })).toEqual({ fault: 'RATE_LIMITED' });
    expect(await first).toHaveProperty('attacks');
    expect(await house.reports.impact({ period })).toHaveProperty('attacks');
  });
});

describe('vendorReport()', () => {
  it('says the same from the data folder, beside the gateway', async () => {
    const report = await vendorReport(join(folder, 'data'), { period });
    const asked = await house.reports.vendors({ period });
    if (isFault(asked)) throw new Error(asked.fault);
    expect(report.models).toEqual(asked.models);
    expect(report.exchanges).toEqual(asked.exchanges);
  });

  it('throws where there is no log', async () => {
    await expect(vendorReport(join(folder, 'nothing'), { period })).rejects.toMatchObject({ code: 'STORE_BROKEN' });
  });
});
