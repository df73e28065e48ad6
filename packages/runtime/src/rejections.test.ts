import type { AuditRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { REJECTIONS_BURST, REJECTIONS_PER_SECOND, Rejections } from './rejections.ts';

describe('Rejections', () => {
  it('records a burst, then a rate, and says in the next record how many it left out', async () => {
    const records: AuditRecord[] = [];
    let nowMs = 0;
    const rejections = new Rejections({
      recorder: { append: async (record) => void records.push(record) },
      nowMs: () => nowMs,
      iso: () => '2026-01-01T00:00:00.000Z',
    });
    const flood = async (count: number) => {
      for (let at = 0; at < count; at += 1) await rejections.record({ exchange: `x${at}`, code: 'KEY_INVALID' });
    };
    await flood(REJECTIONS_BURST + 50);
    expect(records).toHaveLength(REJECTIONS_BURST);
    nowMs += 1_000;
    await flood(REJECTIONS_PER_SECOND + 5);
    expect(records).toHaveLength(REJECTIONS_BURST + REJECTIONS_PER_SECOND);
    expect(records[REJECTIONS_BURST]).toMatchObject({ outcome: 'rejected', fault: 'KEY_INVALID', suppressed: 50 });
    expect(records.at(-1)).not.toHaveProperty('suppressed');
  });
});
