import { describe, expect, it } from 'vitest';
import type { AdminClient } from './admin-client.ts';
import { everyPage, PAGES_MAX } from './every-page.ts';

/** A gateway with so many pages of one item each. */
function paged(pages: number, asked: string[] = []): AdminClient {
  const get: AdminClient['get'] = async (path) => {
    asked.push(path);
    const at = Number(new URLSearchParams(path.split('?')[1]).get('cursor') ?? 1);
    return { body: { unit: 'EUR', items: [at], ...(at < pages && { next: String(at + 1) }) } };
  };
  return { get } as AdminClient;
}

describe('everyPage()', () => {
  it('puts all pages together, in their order, with what stands beside the items', async () => {
    const asked: string[] = [];
    expect(await everyPage(paged(3, asked), '/things', 'items')).toEqual({ body: { unit: 'EUR', items: [1, 2, 3] } });
    expect(asked).toEqual(['/things?limit=200', '/things?limit=200&cursor=2', '/things?limit=200&cursor=3']);
  });

  it('asks for so many pages at most, and says that there are more', async () => {
    const all = Array.from({ length: PAGES_MAX }, (_, at) => at + 1);
    expect(await everyPage(paged(PAGES_MAX), '/things', 'items')).toEqual({ body: { unit: 'EUR', items: all } });
    const { body } = (await everyPage(paged(PAGES_MAX + 1), '/things', 'items')) as { body: unknown };
    expect(body).toEqual({ unit: 'EUR', items: all, next: String(PAGES_MAX + 1) });
  });

  it('is refused as any of its pages is', async () => {
    const get = async () => ({ refused: 'no', code: 'ROLE_MISSING' });
    expect(await everyPage({ get } as unknown as AdminClient, '/things', 'items')).toEqual({
      refused: 'no',
      code: 'ROLE_MISSING',
    });
  });
});
