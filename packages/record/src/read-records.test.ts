import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportLines, listExchanges, readRecords, TENANT_PAGE_LEAVES } from './read-records.ts';
import { MemoryRecordStore, storedLeaf } from './testing/memory-record-store.ts';
import { closed, opened } from './testing/sample-records.ts';
import { openLog } from './testing/test-log.ts';

const PRINCIPAL = { kind: 'user', id: 'u', groups: [] } as const;

/** Exchanges `x0`, `x1`, ...: each opens, and closes `gap` records later. */
async function storeOf(exchanges: number, gap: number): Promise<MemoryRecordStore> {
  const store = new MemoryRecordStore();
  const log = await openLog(store);
  for (let n = 0; n < exchanges + gap; n++) {
    if (n < exchanges) await log.append(opened(`x${n}`));
    if (n >= gap) await log.append(closed(`x${n - gap}`));
  }
  return store;
}

describe('readRecords()', () => {
  it('yields records with their places, in log order, that pass the filter', async () => {
    const store = await storeOf(3, 1);
    const places = (filter: object) =>
      [...readRecords(store, filter)].map(({ index, record }) => `${index} ${record.kind} ${record.exchange}`);
    expect(places({})).toEqual([
      '0 opened x0',
      '1 opened x1',
      '2 closed x0',
      '3 opened x2',
      '4 closed x1',
      '5 closed x2',
    ]);
    expect(places({ exchange: 'x1' })).toEqual(['1 opened x1', '4 closed x1']);
    expect(places({ kind: 'closed', from: 3 })).toEqual(['4 closed x1', '5 closed x2']);
    expect(places({ exchange: 'x1', to: 4 })).toEqual(['1 opened x1']);
    expect(places({ exchange: 'nobody' })).toEqual([]);
  });
});

describe('listExchanges()', () => {
  it('pages through all exchanges, newest first, each once and whole', async () => {
    const shape = fc.tuple(fc.nat(300), fc.nat(5), fc.integer({ min: 1, max: 90 }));
    await fc.assert(
      fc.asyncProperty(shape, async ([count, gap, limit]) => {
        const store = await storeOf(count, gap);
        const seen: string[] = [];
        for (let before: number | undefined = store.size; before !== undefined; ) {
          const page = listExchanges(store, { before, limit });
          expect(page.exchanges.length).toBeLessThanOrEqual(limit);
          for (const { exchange, records } of page.exchanges) {
            seen.push(exchange);
            expect(records.map(({ kind }) => kind)).toEqual(['opened', 'closed']);
          }
          before = page.before;
        }
        expect(seen).toEqual(Array.from({ length: count }, (_, n) => `x${count - 1 - n}`));
      }),
      { numRuns: 15 },
    );
  });

  it('lists an exchange that was turned away before it opened', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(closed('a'));
    expect(listExchanges(store)).toEqual({ exchanges: [{ exchange: 'a', index: 0, records: [closed('a')] }] });
  });

  it('lists nothing that stands under a name in the place of an exchange', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    const at = '2026-01-01T00:00:00.000Z';
    const step = { v: 1, exchange: 'content', at, by: { id: 'ann', via: 'terminal' }, reason: 'request 4' } as const;
    await log.append({ v: 1, kind: 'retention', exchange: 'retention', at, step: 'set', days: 30, lock: true });
    await log.append({ ...step, kind: 'content', step: 'rewrapped', effect: 'allow', decisions: [], count: 1 });
    await log.append(closed('a'));
    await log.append({ ...step, kind: 'shred', subject: { kind: 'user', id: 'u' }, generations: 1 });
    expect(listExchanges(store).exchanges.map(({ exchange }) => exchange)).toEqual(['a']);
  });

  it('lists what is of one tenant, in pages that end where enough was gone through', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    const { principal, ...other } = closed('theirs');
    const acme = { ...other, principal: { ...PRINCIPAL, tenant: 'acme' } } as const;
    await log.append({ ...acme, exchange: 'first' });
    for (let n = 1; n < TENANT_PAGE_LEAVES; n += 1) await log.append(closed(`x${n}`));
    expect(listExchanges(store, { tenant: 'acme' }).exchanges.map(({ exchange }) => exchange)).toEqual(['first']);
    await log.append({ ...acme, exchange: 'last' });
    const page = listExchanges(store, { tenant: 'acme' });
    expect([page.exchanges.map(({ exchange }) => exchange), page.before]).toEqual([['last'], 1]);
    const next = listExchanges(store, { tenant: 'acme', before: 1 });
    expect(next.exchanges).toMatchObject([{ exchange: 'first' }]);
    expect(listExchanges(store, { tenant: 'nobody', before: 9 })).toEqual({ exchanges: [] });
  });

  it('gives a tenant no exchange of which a record names another tenant, or none', async () => {
    const store = new MemoryRecordStore();
    const log = await openLog(store);
    await log.append(opened('shared'));
    const { principal, ...nobodys } = closed('nobodys');
    await log.append({ ...nobodys, exchange: 'shared', principal: { ...PRINCIPAL, tenant: 'acme' } });
    await log.append(nobodys);
    expect(listExchanges(store, { tenant: 'acme' })).toEqual({ exchanges: [] });
    expect(listExchanges(store).exchanges).toHaveLength(2);
  });

  it.each([
    [0, 1],
    [-5, 1],
    [2.9, 2],
  ])('takes a limit of %d for %i', async (limit, found) => {
    expect(listExchanges(await storeOf(5, 0), { limit }).exchanges).toHaveLength(found);
  });

  it.each([1, 3, 130, 256])('lists what is left where %i records were archived, and ends there', async (archived) => {
    const store = await storeOf(300, 0);
    await store.drop(archived);
    const pages = [listExchanges(store, { limit: 1_000 }), listExchanges(store, { limit: 600 - archived })];
    for (const { exchanges, before } of pages) {
      expect(exchanges.at(-1)).toMatchObject({ index: archived });
      expect(before).toBeUndefined();
    }
    for (const before of [0, 1, archived]) expect(listExchanges(store, { before })).toEqual({ exchanges: [] });
    expect(listExchanges(store, { before: archived + 1 }).exchanges).toHaveLength(1);
  });

  it('gives no further page where the last one begins with the first record that is left', async () => {
    const store = await storeOf(10, 0);
    await store.drop(4);
    expect(listExchanges(store, { before: 8, limit: 2 })).toMatchObject({ exchanges: [{}, {}] });
    expect(listExchanges(store, { before: 8, limit: 2 })).not.toHaveProperty('before');
  });

  it('does not walk through a hole that has no end', async () => {
    const store = await storeOf(5, 0);
    store.rows.push(storedLeaf({ index: 2 ** 50, leaf: Buffer.from('{}'), key: 'far' }));
    expect(() => listExchanges(store, { before: 2 ** 50 })).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
  });
});

describe('exportLines()', () => {
  it('yields each leaf exactly as it is stored, so that its hash can be taken from the line', async () => {
    const store = await storeOf(4, 1);
    const hashes = [...exportLines(store)].map((line) => createHash('sha256').update('\0').update(line).digest('hex'));
    expect(hashes).toEqual([...store.nodes(0, 0, store.size)].map((hash) => Buffer.from(hash).toString('hex')));
    const lines = [...exportLines(store, { exchange: 'x2' })].map((line) => JSON.parse(line));
    expect(lines).toEqual([opened('x2'), closed('x2')]);
  });
});
