import { BoundedCache } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { SHELF_MAX_TOOLS, ToolShelf } from './tool-shelf.ts';

const SCHEMAS = { schemas: new BoundedCache<never>({ maxEntries: 2, maxWeight: 2 }) };

function offer(shelf: ToolShelf, name: string) {
  return shelf.take({ definition: { name }, key: name, bytes: 1, withheld: undefined }, SCHEMAS);
}

const namesOf = ({ definitions }: ToolShelf) => definitions.map(({ name }) => name);

describe('ToolShelf', () => {
  it('gives one array of definitions as long as they are the same, and another one afterwards', () => {
    const shelf = new ToolShelf();
    offer(shelf, 'read');
    const { definitions } = shelf;
    expect(shelf.definitions).toBe(definitions);
    offer(shelf, 'write');
    expect([definitions.length, namesOf(shelf)]).toEqual([1, ['read', 'write']]);
    shelf.clear();
    expect(namesOf(shelf)).toEqual([]);
  });

  it('takes as many tools as it has room for, and one of them again', () => {
    const shelf = new ToolShelf();
    for (let at = 0; at < SHELF_MAX_TOOLS; at += 1) expect(offer(shelf, `tool ${at}`)).toBe(true);
    expect(offer(shelf, 'one more')).toBe(false);
    expect(offer(shelf, 'tool 0')).toBe(true);
    expect(shelf.definitions).toHaveLength(SHELF_MAX_TOOLS);
  });
});
