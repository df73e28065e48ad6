import { expect, it } from 'vitest';
import { SlidingWindow } from './sliding-window.ts';

function gathering(): SlidingWindow<number[]> {
  return new SlidingWindow<number[]>({ slots: 3, slotMs: 100 }, () => []);
}

it('SlidingWindow holds its last slots, and forgets a slot as a whole', () => {
  const window = gathering();
  window.current(0).push(1);
  window.current(99).push(2);
  window.current(100).push(3);
  expect(window.contents(299)).toEqual([[1, 2], [3]]);
  expect(window.contents(300)).toEqual([[3]]);
  expect(window.contents(400)).toEqual([]);
});

it('SlidingWindow keeps no more slots than it has, however long it is not asked', () => {
  const window = gathering();
  for (let slot = 0; slot < 50; slot += 1) window.current(slot * 100).push(slot);
  expect(window.contents(4_999)).toEqual([[47], [48], [49]]);
  window.current(1_000_000).push(50);
  expect(window.contents(1_000_000)).toEqual([[50]]);
});

it('SlidingWindow adds to the newest slot when the clock goes back', () => {
  const window = gathering();
  window.current(500).push(1);
  window.current(100).push(2);
  expect(window.contents(500)).toEqual([[1, 2]]);
});

it('SlidingWindow.addTo() puts each slot to that of its time, and leaves out what has left the other window', () => {
  const merge = (into: number[], from: number[]) => void into.push(...from);
  const [one, other] = [gathering(), gathering()];
  for (const atMs of [0, 100, 200]) one.current(atMs).push(atMs);
  other.current(100).push(1);
  other.current(300).push(3);
  one.addTo(other, merge);
  expect(other.contents(300)).toEqual([[1, 100], [200], [3]]);
  const later = gathering();
  one.addTo(later, merge);
  expect(later.contents(250)).toEqual([[0], [100], [200]]);
});
