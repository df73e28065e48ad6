import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SallyportError, type StoredToken } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuthorizations } from './authorization-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-authorizations-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEY = Buffer.alloc(32, 7);
const token = (more: Partial<StoredToken> = {}): StoredToken => ({
  server: 'tickets',
  owner: { tenant: 'default', kind: 'user', id: 'ann' },
  issuer: 'https://login.example.com',
  resource: 'https://mcp.example.com/mcp',
  clientId: 'c',
  access: 'a-needle-that-lets-in',
  refresh: 'another-needle',
  asked: ['read'],
  granted: ['read'],
  gotMs: 1,
  ...more,
});

describe('openAuthorizations()', () => {
  it('keeps entries by their names, in their last state, also after it was closed and opened again', () => {
    const store = openAuthorizations(folder, KEY);
    store.tokens.put(['tickets', 'ann'], token());
    store.tokens.put(['tickets', 'bo'], token({ access: 'of-bo' }));
    store.tokens.put(['tickets', 'ann'], token({ access: 'newer' }));
    store.tokens.remove(['tickets', 'nobody']);
    store.close();
    const again = openAuthorizations(folder, KEY);
    expect(again.tokens.get(['tickets', 'ann'])).toEqual(token({ access: 'newer' }));
    expect(again.tokens.all()).toHaveLength(2);
    again.tokens.remove(['tickets', 'bo']);
    expect(again.tokens.get(['tickets', 'bo'])).toBeUndefined();
    again.close();
  });

  it('takes no kind for another, and no two parts of a name for one', () => {
    const store = openAuthorizations(folder, KEY);
    store.tokens.put(['a', 'b'], token());
    expect(store.clients.get(['a', 'b'])).toBeUndefined();
    expect(store.tokens.get(['ab'])).toBeUndefined();
    expect(store.tokens.get(['a,b'])).toBeUndefined();
    store.close();
  });

  it('leaves nothing readable in the folder, for nobody but its owner', () => {
    const store = openAuthorizations(folder, KEY);
    store.tokens.put(['tickets', 'ann'], token());
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file));
      for (const word of ['needle', 'tickets', 'ann"', 'example.com']) expect(bytes.includes(word)).toBe(false);
      expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
    }
    store.close();
  });

  it('opens under the key of its install alone', () => {
    const store = openAuthorizations(folder, KEY);
    store.tokens.put(['tickets', 'ann'], token());
    store.close();
    const other = openAuthorizations(folder, Buffer.alloc(32, 8));
    expect(() => other.tokens.all()).toThrow(SallyportError);
    other.close();
  });
});
