import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { REVISIONS } from '../revision/revisions.ts';
import { bridgeParts, ScriptedEnd } from '../testing/ends.ts';
import { KEY_MIN_BYTES } from './bridge-parts.ts';
import { bridgeTo } from './bridge-to.ts';

describe('bridgeTo()', () => {
  it('bridges two pairs, lets equals pass, and refuses every other pair', () => {
    const end = new ScriptedEnd();
    const seen = REVISIONS.flatMap((from) =>
      REVISIONS.map((to) => {
        const bridge = bridgeTo(end, bridgeParts({ from, to }));
        return `${from} ${to} ${isFault(bridge) ? bridge.fault : bridge === end ? 'same' : 'bridge'}`;
      }),
    );
    expect(seen).toEqual([
      '2025-06-18 2025-06-18 same',
      '2025-06-18 2025-11-25 PROTOCOL_MISMATCH',
      '2025-06-18 2026-07-28 PROTOCOL_MISMATCH',
      '2025-11-25 2025-06-18 PROTOCOL_MISMATCH',
      '2025-11-25 2025-11-25 same',
      '2025-11-25 2026-07-28 bridge',
      '2026-07-28 2025-06-18 PROTOCOL_MISMATCH',
      '2026-07-28 2025-11-25 bridge',
      '2026-07-28 2026-07-28 same',
    ]);
  });

  it('takes no key that is short', () => {
    const bridge = (bytes: number) =>
      bridgeTo(new ScriptedEnd(), bridgeParts({ from: '2026-07-28', to: '2025-11-25', key: new Uint8Array(bytes) }));
    expect(() => bridge(KEY_MIN_BYTES - 1)).toThrow();
    expect(isFault(bridge(KEY_MIN_BYTES))).toBe(false);
  });
});
