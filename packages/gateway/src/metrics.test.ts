import type { ShredRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { Meter } from './metrics.ts';

const SHRED: ShredRecord = {
  v: 1,
  kind: 'shred',
  exchange: 'content',
  at: '2026-01-01T00:00:00.000Z',
  subject: { kind: 'user', id: 'u' },
  generations: 1,
  by: { id: 'ann', via: 'terminal' },
  reason: 'request 4',
};

describe('Meter.observe()', () => {
  it('counts an erasure, and not that it is stated again', async () => {
    const meter = new Meter({ models: new Set(), postureOf: () => '', headAgeSeconds: () => 0, witnesses: () => [] });
    meter.observe(SHRED);
    for (const again of [7, 8]) meter.observe({ ...SHRED, again });
    expect(await meter.text()).toContain('sallyport_content_steps_total{step="erased",effect="allow"} 1\n');
  });
});
