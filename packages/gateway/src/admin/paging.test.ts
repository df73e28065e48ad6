import { describe, expect, it } from 'vitest';
import { PAGE_QUERY, pageOf } from './paging.ts';

const ALL = ['a', 'b', 'c'];
const same = (item: string) => item;

describe('pageOf()', () => {
  it('goes on behind what the page before ended with, also where more came to the front or something went', () => {
    const { items, next = '' } = pageOf(ALL, same, { limit: 2 });
    expect(items).toEqual(['a', 'b']);
    expect(pageOf(['new', 'b', 'c'], same, { limit: 2, cursor: next })).toEqual({ items: ['c'] });
  });

  it('names no further page behind the last item', () => {
    expect(pageOf(ALL, same, { limit: 3 })).toEqual({ items: ALL });
    expect(pageOf([], same, { limit: 3 })).toEqual({ items: [] });
  });

  it('leads nowhere where the last item is gone', () => {
    const { next = '' } = pageOf(ALL, same, { limit: 2 });
    expect(() => pageOf(['a', 'c'], same, { limit: 2, cursor: next })).toThrow('no such thing');
  });

  it('says nothing of a name in its cursor', () => {
    expect(pageOf(['secret-name', 'b'], same, { limit: 1 }).next).toMatch(/^[\w-]{24}$/);
  });
});

describe('PAGE_QUERY', () => {
  it('takes 1 to 200 items, 50 where nothing is said', () => {
    expect(PAGE_QUERY.parse({})).toEqual({ limit: 50 });
    for (const limit of ['1', '200']) expect(PAGE_QUERY.safeParse({ limit }).success).toBe(true);
    for (const limit of ['0', '201', '1.5', 'x']) expect(PAGE_QUERY.safeParse({ limit }).success).toBe(false);
  });
});
