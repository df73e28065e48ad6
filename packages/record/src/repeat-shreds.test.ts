import type { AuditRecord, ShredRecord } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecords } from './read-records.ts';
import { repeatShreds, SUBJECTS_AT_ONCE } from './repeat-shreds.ts';
import { MemoryRecordStore } from './testing/memory-record-store.ts';
import { openLog } from './testing/test-log.ts';

const THEN = '2026-03-01T00:00:00.000Z';
const NOW = '2026-09-01T00:00:00.000Z';
const content = {
  v: 1,
  exchange: 'content',
  at: THEN,
  by: { id: 'ann', via: 'terminal' },
  reason: 'request 4',
} as const;
const shred = (id: string, generations: number): ShredRecord => ({
  ...content,
  kind: 'shred',
  subject: { kind: 'user', id },
  generations,
});
const exported: AuditRecord = {
  ...content,
  kind: 'content',
  step: 'exported',
  effect: 'allow',
  decisions: [],
  count: 1,
};

async function roomWith(records: readonly AuditRecord[]) {
  const store = new MemoryRecordStore();
  const log = await openLog(store);
  for (const record of records) await log.append(record);
  const repeat = (to: number) => repeatShreds({ store, recorder: log, iso: () => NOW }, to);
  const after = (index: number) => Array.from(readRecords(store, { from: index }), ({ record }) => record);
  return { store, log, repeat, after };
}

describe('repeatShreds()', () => {
  it('states again what leaves that go say was erased, once for each subject, and which leaf said so', async () => {
    const { repeat, after } = await roomWith([shred('a', 1), exported, shred('b', 1), shred('a', 2), exported]);
    await repeat(4);
    const said = [
      { ...shred('b', 1), at: NOW, again: 2 },
      { ...shred('a', 2), at: NOW, again: 3 },
    ];
    expect(after(5)).toEqual(said);
    await repeat(4);
    await repeat(5);
    expect(after(5)).toEqual(said);
  });

  it('states nothing that a leaf which stays states, nor what goes later', async () => {
    const { repeat, after } = await roomWith([
      shred('a', 1),
      shred('b', 2),
      shred('a', 3),
      shred('b', 1),
      shred('c', 1),
    ]);
    await repeat(2);
    expect(after(5)).toEqual([{ ...shred('b', 2), at: NOW, again: 1 }]);
  });

  it('tells subjects of one id apart by their kind', async () => {
    const session: AuditRecord = { ...shred('a', 1), subject: { kind: 'session', id: 'a' } };
    const { repeat, after } = await roomWith([shred('a', 1), session]);
    await repeat(1);
    expect(after(2)).toEqual([{ ...shred('a', 1), at: NOW, again: 0 }]);
  });

  it('repeats a repetition when that goes, and names the erasure itself', async () => {
    const { store, repeat, after } = await roomWith([shred('a', 1), exported]);
    await repeat(1);
    store.rows.splice(0, 1);
    await repeat(3);
    expect(after(3)).toEqual([{ ...shred('a', 1), at: NOW, again: 0 }]);
  });

  it.each([0, 1, 2])('holds so many subjects at once, and misses none of %i more', async (more) => {
    const subjects = Array.from({ length: SUBJECTS_AT_ONCE + more }, (_, n) => `s${n}`);
    // Of the first, a later erasure that lies behind those that are held at once.
    const { repeat, after } = await roomWith([...subjects.map((id) => shred(id, 1)), shred('s0', 2)]);
    await repeat(subjects.length + 1);
    const said = after(subjects.length + 1).map(
      (record) => record.kind === 'shred' && [record.subject.id, record.again],
    );
    expect(said).toEqual([...subjects.slice(1).map((id, n) => [id, n + 1]), ['s0', subjects.length]]);
  });

  it('leaves every erasure stated among what stays, wherever it was broken off', async () => {
    const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), generations: fc.integer({ min: 1, max: 4 }) });
    const input = fc.record({ steps: fc.array(step, { maxLength: 12 }), to: fc.nat(12), failAt: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(input, async ({ steps, failAt, ...shape }) => {
        const to = Math.min(shape.to, steps.length);
        const { store, log, after } = await roomWith(steps.map(({ id, generations }) => shred(id, generations)));
        const begin = steps.length;
        let left = failAt;
        const failing = {
          append: (record: AuditRecord) => {
            left -= 1;
            return left < 0 ? Promise.reject(new Error('killed')) : log.append(record);
          },
        };
        await repeatShreds({ store, recorder: failing, iso: () => NOW }, to).catch(() => {});
        await repeatShreds({ store, recorder: log, iso: () => NOW }, to);
        const said = after(begin) as ShredRecord[];
        expect(new Set(said.map(({ subject }) => subject.id)).size).toBe(said.length);
        const stated = after(to) as ShredRecord[];
        for (const { id, generations } of steps.slice(0, to)) {
          expect(stated.some((one) => one.subject.id === id && one.generations >= generations)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
