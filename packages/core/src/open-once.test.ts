import { describe, expect, it } from 'vitest';
import { OPENED_MAX_BYTES, openOnce } from './open-once.ts';
import type { SliceContent } from './protocol.ts';

function sliceOf(bytes: number) {
  const slice = {
    bytes: new Uint8Array(bytes),
    opened: 0,
    open: (): SliceContent => {
      slice.opened += 1;
      return { segments: [], unseen: [] };
    },
  };
  return slice;
}

describe('openOnce()', () => {
  it('decodes a slice once, and gives its content again', () => {
    const open = openOnce();
    const slice = sliceOf(10);
    expect(open(slice)).toBe(open(slice));
    expect(slice.opened).toBe(1);
  });

  it('keeps the contents of as many bytes as OPENED_MAX_BYTES says, and not of one more', () => {
    const open = openOnce();
    const [within, beyond] = [sliceOf(OPENED_MAX_BYTES), sliceOf(1)];
    for (const slice of [within, beyond, within, beyond]) open(slice);
    expect([within.opened, beyond.opened]).toEqual([1, 2]);
  });

  it('keeps small ones that come behind one that is too large', () => {
    const open = openOnce();
    const [large, small] = [sliceOf(OPENED_MAX_BYTES + 1), sliceOf(1)];
    for (const slice of [large, small, large, small]) open(slice);
    expect([large.opened, small.opened]).toEqual([2, 1]);
  });
});
