import { describe, expect, it } from 'vitest';
import type { LiveEvent } from './live-event.ts';
import { type FeedItem, LiveFeed, WATCHERS_MAX } from './live-feed.ts';

const event = (n: number): LiveEvent => ({ kind: 'closed', at: '', exchange: `ex-${n}` });
const fill = (feed: LiveFeed, count: number) => {
  for (let n = 1; n <= count; n += 1) feed.push(event(n));
};
const shown = (items: readonly FeedItem[] | undefined) =>
  items?.map((item) => ('event' in item ? item.number : `gap ${item.gap}`));
const ignored = () => undefined;

describe('LiveFeed', () => {
  it('tells a watcher what comes from now on, and wakes it', () => {
    const feed = new LiveFeed('run', 8);
    fill(feed, 3);
    let woken = 0;
    const watcher = feed.watch(undefined, () => {
      woken += 1;
    });
    expect(watcher?.take(10)).toEqual([]);
    feed.push(event(4));
    expect(woken).toBe(1);
    expect(watcher?.take(10)).toEqual([{ number: 4, event: event(4) }]);
    expect(watcher?.take(10)).toEqual([]);
    watcher?.close();
    feed.push(event(5));
    expect([woken, feed.watchers]).toEqual([1, 0]);
  });

  it('goes on after the last event that a watcher has, some at a time', () => {
    const feed = new LiveFeed('run', 8);
    fill(feed, 6);
    const watcher = feed.watch({ run: 'run', number: 2 }, ignored);
    expect(shown(watcher?.take(3))).toEqual([3, 4, 5]);
    expect(shown(watcher?.take(3))).toEqual([6]);
  });

  it('tells how many events are gone, at the bound and beyond it', () => {
    const feed = new LiveFeed('run', 8);
    fill(feed, 8);
    expect(shown(feed.watch({ run: 'run', number: 0 }, ignored)?.take(99))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const slow = feed.watch({ run: 'run', number: 0 }, ignored);
    feed.push(event(9));
    expect(shown(slow?.take(99))).toEqual(['gap 1', 2, 3, 4, 5, 6, 7, 8, 9]);
    fill(feed, 20);
    expect(shown(slow?.take(3))).toEqual(['gap 12', 22, 23]);
    expect(slow?.take(99)[0]).toEqual({ number: 24, event: event(15) });
  });

  it.each([
    ['another run', { run: 'other', number: 1 }],
    ['a number that was not given yet', { run: 'run', number: 99 }],
  ])('tells that nobody knows how many are gone after %s, and then all that it has', (_, after) => {
    const feed = new LiveFeed('run', 8);
    fill(feed, 3);
    const watcher = feed.watch(after, ignored);
    expect(shown(watcher?.take(99))).toEqual(['gap undefined', 1, 2, 3]);
    expect(watcher?.take(99)).toEqual([]);
  });

  it('has so many watchers at most', () => {
    const feed = new LiveFeed('run', 8);
    const watchers = Array.from({ length: WATCHERS_MAX }, () => feed.watch(undefined, ignored));
    expect(watchers.every(Boolean)).toBe(true);
    expect(feed.watch(undefined, ignored)).toBeUndefined();
    watchers[0]?.close();
    expect(feed.watch(undefined, ignored)).toBeDefined();
  });
});
