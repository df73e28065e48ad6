import { hash } from 'node:crypto';
import { SallyportError } from '@sallyport/core';
import { z } from 'zod';

/** Items of one page, at most. */
export const PAGE_MAX = 200;
const CURSOR_CHARS = 24;

/** How every list is asked for: so many from where the page before ended. */
export const PAGE = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50).describe('items of the page'),
  cursor: z.string().min(1).max(64).exactOptional().describe('`next` of the page before; without it the first page'),
};
export const PAGE_QUERY = z.strictObject(PAGE);
export type PageQuery = z.output<typeof PAGE_QUERY>;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly next?: string;
}

/**
 * A page of a list that lies in memory. What comes to the front of it later is on no further page; what goes away leaves no gap.
 * @param nameOf what tells an item from all others
 * @throws {SallyportError} `NOT_FOUND` where what the page before ended with is gone: there is nothing certain behind it
 */
export function pageOf<Item>(
  all: readonly Item[],
  nameOf: (item: Item) => string,
  { limit, cursor }: PageQuery,
): Page<Item> {
  const from = cursor === undefined ? 0 : all.findIndex((item) => cursorOf(nameOf(item)) === cursor) + 1;
  if (cursor !== undefined && from === 0) throw new SallyportError('NOT_FOUND');
  const items = all.slice(from, from + limit);
  const last = items.at(-1);
  return { items, ...(last !== undefined && from + limit < all.length && { next: cursorOf(nameOf(last)) }) };
}

/** Names may be long, and say something: a cursor does neither. */
function cursorOf(name: string): string {
  return hash('sha256', name, 'base64url').slice(0, CURSOR_CHARS);
}
