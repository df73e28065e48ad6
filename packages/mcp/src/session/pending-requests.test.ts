import { describe, expect, it } from 'vitest';
import { PENDING_MAX, PendingRequests } from './pending-requests.ts';

describe('PendingRequests', () => {
  it('says once what an answer answers, and of every other that it answers nothing', () => {
    const pending = new PendingRequests<{ readonly method: string }>();
    expect(pending.add(1, { method: 'a' })).toBeUndefined();
    expect(pending.add('1', { method: 'b' })).toBeUndefined();
    expect(pending.get('1')).toEqual({ method: 'b' });
    expect(pending.take('1')).toEqual({ method: 'b' });
    expect(pending.take('1')).toEqual({ fault: 'BODY_SHAPE', at: '/id' });
    expect(pending.take(2)).toEqual({ fault: 'BODY_SHAPE', at: '/id' });
    expect(pending.size).toBe(1);
  });

  it('refuses an id that waits already, and takes it again once it was answered', () => {
    const pending = new PendingRequests<string>();
    pending.add('x', 'first');
    expect(pending.add('x', 'second')).toEqual({ fault: 'BODY_SHAPE', at: '/id' });
    expect(pending.take('x')).toBe('first');
    expect(pending.add('x', 'second')).toBeUndefined();
  });

  it.each([
    ['by default', new PendingRequests<number>(), PENDING_MAX],
    ['as it is told', new PendingRequests<number>(2), 2],
  ])('holds no more than it may: %s', (_what, pending, max) => {
    for (let id = 0; id < max; id += 1) expect(pending.add(id, id)).toBeUndefined();
    expect(pending.add(max, max)).toEqual({ fault: 'OVERLOADED' });
    pending.take(0);
    expect(pending.add(max, max)).toBeUndefined();
  });

  it('gives up all that waits', () => {
    const pending = new PendingRequests<number>();
    pending.add(1, 1);
    pending.add(2, 2);
    expect(pending.drain()).toEqual([1, 2]);
    expect(pending.size).toBe(0);
  });
});
