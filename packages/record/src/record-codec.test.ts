import { type AuditRecord, LEAF_MAX_BYTES } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { closed, opened } from './testing/sample-records.ts';

const again = (record: AuditRecord) => decodeRecord(encodeRecord(record));

describe('encodeRecord()', () => {
  it('writes every record so that decodeRecord() gives it back', () => {
    const records: AuditRecord[] = [
      opened('a'),
      closed('a'),
      { v: 1, kind: 'interrupted', exchange: 'a', at: '2026-01-01T00:00:00.000Z' },
      { v: 1, kind: 'decided', exchange: 'a', at: '2026-01-01T00:00:00.000Z', tool: 't', decisions: [], effect: 'ask' },
    ];
    for (const record of records) expect(again(record)).toEqual(record);
  });

  it('is the same bytes whatever order the members were set in', () => {
    const { v, kind, ...rest } = closed('a');
    expect(encodeRecord({ ...rest, kind, v } as AuditRecord)).toEqual(encodeRecord(closed('a')));
  });

  it('cuts findings first when a record is too long, keeps their count, and says how many went', () => {
    const record = again(opened('a', { findings: 400 }));
    const decision = record.kind === 'opened' ? record.decisions[0] : undefined;
    if (decision?.kind !== 'guard') throw new Error('the decision was lost');
    expect(decision.findingsTotal).toBe(400);
    expect(decision.question.context.findings).toHaveLength(100);
    expect(record.shortened).toEqual({ entries: 300, chars: 0 });
  });

  it('fits every record into a leaf, keeps what it is found by, and always cuts it alike', () => {
    const long = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.repeat(300));
    const shape = fc.record({
      findings: fc.nat(3_000),
      tools: fc.array(long, { maxLength: 30 }),
      model: fc.oneof(fc.string(), long),
    });
    fc.assert(
      fc.property(shape, (hostile) => {
        const record = opened('exchange-1', hostile);
        const leaf = encodeRecord(record);
        expect(leaf.byteLength).toBeLessThanOrEqual(LEAF_MAX_BYTES);
        expect(Buffer.compare(encodeRecord(record), leaf)).toBe(0);
        expect(decodeRecord(leaf)).toMatchObject({ v: 1, kind: 'opened', exchange: 'exchange-1', at: record.at });
      }),
      { numRuns: 40 },
    );
  });

  it('fits open-ended maps and deep lists too', () => {
    const redacted = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`type-${n}`, n]));
    expect(encodeRecord({ ...closed('a'), redacted }).byteLength).toBeLessThanOrEqual(LEAF_MAX_BYTES);
    const decisions = Array.from({ length: 500 }, () => opened('a').decisions).flat();
    expect(encodeRecord({ ...closed('a'), decisions }).byteLength).toBeLessThanOrEqual(LEAF_MAX_BYTES);
  });

  it('keeps the place of a record whose id is no id', () => {
    const record = again(closed('x'.repeat(100_000)));
    expect(record).toMatchObject({ kind: 'closed', exchange: 'x'.repeat(64) });
    expect(record.shortened?.chars).toBeGreaterThan(99_000);
  });
});

describe('decodeRecord()', () => {
  it.each([
    '',
    '{',
    '7',
    'null',
    '[]',
    '{"v":2,"kind":"closed","exchange":"a","at":""}',
    '{"v":1,"kind":"other","exchange":"a","at":""}',
  ])('refuses the leaf %j', (leaf) => {
    expect(() => decodeRecord(Buffer.from(leaf))).toThrow(
      expect.objectContaining({ code: 'STORE_BROKEN', detail: 'a leaf of the log is not a record' }),
    );
  });
});
