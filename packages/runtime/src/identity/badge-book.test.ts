import { describe, expect, it } from 'vitest';
import { BADGES_MAX, BadgeBook } from './badge-book.ts';
import { BADGE_HOLDS_MS, drillBadge } from './drill-badge.ts';

const NOW_MS = 1_790_000_000_000;
const DRILL = { id: 'drill-7', stubbed: true };
const INVALID = { fault: 'DRILL_INVALID' };
const drillKey = Buffer.alloc(32, 1);
const request = { credential: 'key', body: Buffer.from('{}') };

function rig() {
  let atMs = NOW_MS;
  const parts = { drillKey, dateMs: () => atMs };
  return {
    book: new BadgeBook(parts),
    badge: (id = 'drill-7') => drillBadge({ ...DRILL, id }, request, parts),
    pass: (ms: number) => {
      atMs += ms;
    },
  };
}

describe('BadgeBook', () => {
  it('takes a badge once', () => {
    const { book, badge, pass } = rig();
    const shown = badge();
    expect(book.take(shown, request)).toEqual(DRILL);
    expect(book.take(shown, request)).toEqual(INVALID);
    pass(BADGE_HOLDS_MS - 1);
    expect(book.take(shown, request)).toEqual(INVALID);
    expect(book.take(badge(), request)).toEqual(DRILL);
  });

  it('does not let one that is refused use up the true one', () => {
    const { book, badge } = rig();
    const shown = badge();
    expect(book.take(shown, { ...request, credential: 'other' })).toEqual(INVALID);
    expect(book.take(shown, request)).toEqual(DRILL);
  });

  it('remembers so many, refuses what it could not remember, and forgets what holds no more', () => {
    const { book, badge, pass } = rig();
    for (let at = 0; at < BADGES_MAX; at += 1) book.take(badge(`d${at}`), request);
    expect(book.take(badge('one-more'), request)).toEqual(INVALID);
    pass(BADGE_HOLDS_MS + 1);
    expect(book.take(badge('one-more'), request)).toEqual({ ...DRILL, id: 'one-more' });
  });
});
