import { describe, expect, it } from 'vitest';
import { brokenOf, coverageOf, ReceiptBook, uncheckedOf } from './receipt.ts';

const line = (detector: string, status: 'inspected' | 'failed' | 'abstained' = 'inspected') => ({
  detector,
  version: '1',
  status,
  segments: 1,
});

describe('ReceiptBook', () => {
  it('adds up lines of one detector and status, and keeps other outcomes apart', () => {
    const book = new ReceiptBook();
    book.add({ chars: 10, lines: [line('a'), line('b')] });
    book.add({ chars: 5, lines: [line('a'), line('b', 'failed')] });
    const { lines, segments, inspectedChars, uninspectedChars } = book.toReceipt();
    expect(lines).toEqual([{ ...line('a'), segments: 2 }, line('b'), line('b', 'failed')]);
    expect([segments, inspectedChars, uninspectedChars]).toEqual([2, 10, 5]);
    expect(book.unchecked).toEqual(['b']);
  });
});

describe('coverageOf()', () => {
  const receipt = (inspectedChars: number, uninspectedChars: number, unseen = 0) => ({
    lines: [],
    unseen: unseen === 0 ? [] : [{ kind: 'image', count: unseen, bytes: 1 }],
    segments: 1,
    inspectedChars,
    uninspectedChars,
  });
  it.each([
    [receipt(100, 0), '100%'],
    [receipt(999_999, 1), '99.99%'],
    [receipt(0, 10), '0%'],
    [receipt(0, 0), '100%'],
    [receipt(10, 0, 2), '100%; unseen image=2'],
  ])('never rounds up to whole: %j', (given, expected) => {
    expect(coverageOf(given)).toBe(expected);
  });
});

describe('brokenOf() and uncheckedOf()', () => {
  it('tell a check that should have been made from one that says it cannot know', () => {
    const lines = [line('a'), line('b', 'failed'), line('c', 'abstained')];
    expect(brokenOf(lines)).toEqual(['b']);
    expect(uncheckedOf(lines)).toEqual(['b', 'c']);
  });
});
