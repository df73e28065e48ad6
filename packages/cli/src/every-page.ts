import type { AdminAnswer, AdminClient } from './admin-client.ts';

/** Items that are asked for at once, and pages that are asked for. */
const PAGE_ITEMS = 200;
export const PAGES_MAX = 50;

/**
 * A list of the admin API, all of its pages as one; of more than `PAGES_MAX` the rest is left, and `next` says so.
 * @param member what the items stand under
 */
export async function everyPage(client: AdminClient, path: string, member: string): Promise<AdminAnswer> {
  const items: unknown[] = [];
  let next: unknown;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const query = new URLSearchParams({ limit: `${PAGE_ITEMS}`, ...(typeof next === 'string' && { cursor: next }) });
    const answer = await client.get(`${path}?${query}`);
    if ('refused' in answer) return answer;
    const { next: further, ...body } = answer.body as Readonly<Record<string, unknown>>;
    const of = body[member];
    if (Array.isArray(of)) items.push(...of);
    next = further;
    if (next === undefined || page === PAGES_MAX)
      return { body: { ...body, [member]: items, ...(next !== undefined && { next }) } };
  }
  return { body: { [member]: items } };
}
