import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerEntry } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedger } from './ledger-store.ts';

const DAY_MS = 86_400_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (id: string, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  id,
  tenant: 'default',
  principal: { kind: 'service', id: 'a' },
  protocol: 'openai-responses',
  route: 'all',
  provider: 'p',
  model: 'm',
  placed: [{ type: 'email', fingerprint: 'f', number: 1 }],
  at: '2026-01-01T00:00:00.000Z',
  ...more,
});
const BOUNDS = { maxEntries: 100, maxAgeDays: 30 };

describe('openLedger()', () => {
  it('knows what was put, also after it was closed and opened again', () => {
    const ledger = openLedger(folder, BOUNDS);
    ledger.put([entry('resp_1'), entry('msg_1')]);
    expect(ledger.get('resp_1')).toEqual(entry('resp_1'));
    ledger.close();
    const again = openLedger(folder, BOUNDS);
    expect(again.get('msg_1')).toEqual(entry('msg_1'));
    expect(again.get('resp_2')).toBeUndefined();
    again.close();
  });

  it('puts an entry in the place of that of the same id, and forgets', () => {
    const ledger = openLedger(folder, BOUNDS);
    ledger.put([entry('resp_1')]);
    ledger.put([entry('resp_1', { placed: [] })]);
    expect(ledger.get('resp_1')?.placed).toEqual([]);
    ledger.forget(['resp_1', 'resp_none']);
    expect(ledger.get('resp_1')).toBeUndefined();
    ledger.close();
  });

  it('lets the oldest go beyond its number, and each beyond its age', () => {
    let nowMs = 1_000 * DAY_MS;
    const ledger = openLedger(folder, { maxEntries: 10, maxAgeDays: 2, nowMs: () => nowMs });
    for (let at = 0; at < 21; at += 1) ledger.put([entry(`resp_${at}`)]);
    expect(ledger.get('resp_0')).toBeUndefined();
    expect(ledger.get('resp_10')).toBeUndefined();
    expect(ledger.get('resp_11')).toBeDefined();
    expect(ledger.get('resp_20')).toBeDefined();
    nowMs += 2 * DAY_MS;
    expect(ledger.get('resp_20')).toBeDefined();
    nowMs += 1;
    expect(ledger.get('resp_20')).toBeUndefined();
    ledger.close();
  });

  it.each(['', 'a b', 'x\0y', '\ud800', 'é', 'x'.repeat(257)])(
    'knows nothing under an id that no provider would give',
    (id) => {
      const ledger = openLedger(folder, BOUNDS);
      ledger.put([entry(id)]);
      expect(ledger.get(id)).toBeUndefined();
      ledger.forget([id]);
      ledger.close();
    },
  );
});
