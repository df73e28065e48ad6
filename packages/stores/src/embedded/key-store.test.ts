import type { StoredKey } from '@sallyport/core';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { openKeyStore } from './key-store.ts';

afterAll(removeDataFolders);

const key = (name: string): StoredKey => ({
  name,
  hmac: `hmac of ${name}`,
  principal: { kind: 'service', id: name, tenant: 'default', groups: ['apps'] },
  createdAt: '2026-01-01T00:00:00.000Z',
});

describe('openKeyStore()', () => {
  it('lists what was put, revoked or not, also after it was opened again', () => {
    const folder = dataFolder();
    const keys = openKeyStore(folder);
    keys.put(key('a'));
    keys.put(key('b'));
    expect(keys.revoke('a', '2026-02-01T00:00:00.000Z')).toBe(true);
    keys.close();
    const again = openKeyStore(folder);
    expect(again.list()).toEqual([{ ...key('a'), revokedAt: '2026-02-01T00:00:00.000Z' }, key('b')]);
    again.close();
  });

  it('put() never gives a name twice, not even a revoked one, nor a secret under two names', () => {
    const keys = openKeyStore(dataFolder());
    keys.put(key('a'));
    keys.revoke('a', '2026-02-01T00:00:00.000Z');
    expect(() => keys.put({ ...key('a'), hmac: 'other' })).toThrow(expect.objectContaining({ code: 'KEY_NAME_TAKEN' }));
    expect(() => keys.put({ ...key('b'), hmac: key('a').hmac })).toThrow(
      expect.objectContaining({ code: 'KEY_NAME_TAKEN' }),
    );
    expect(keys.list()).toHaveLength(1);
    keys.close();
  });

  it('revoke() says whether there was a key to revoke, and keeps the first time', () => {
    const keys = openKeyStore(dataFolder());
    keys.put(key('a'));
    expect(keys.revoke('nobody', '2026-02-01T00:00:00.000Z')).toBe(false);
    expect(keys.revoke('a', '2026-02-01T00:00:00.000Z')).toBe(true);
    expect(keys.revoke('a', '2026-03-01T00:00:00.000Z')).toBe(false);
    expect(keys.list()[0]?.revokedAt).toBe('2026-02-01T00:00:00.000Z');
    keys.close();
  });

  it('version() changes with our own changes and with those of another connection, and not without', () => {
    const folder = dataFolder();
    const gateway = openKeyStore(folder);
    const command = openKeyStore(folder);
    const seen = [gateway.version()];
    expect(gateway.version()).toBe(seen[0]);
    gateway.put(key('a'));
    seen.push(gateway.version());
    command.put(key('b'));
    seen.push(gateway.version());
    command.revoke('a', '2026-02-01T00:00:00.000Z');
    seen.push(gateway.version());
    gateway.revoke('b', '2026-02-01T00:00:00.000Z');
    seen.push(gateway.version());
    expect(new Set(seen).size).toBe(seen.length);
    command.revoke('b', '2026-02-01T00:00:00.000Z');
    expect(gateway.version()).toBe(seen.at(-1));
    gateway.close();
    command.close();
  });

  it('put() refuses what the engine would garble', () => {
    const keys = openKeyStore(dataFolder());
    expect(() => keys.put(key('a\0b'))).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
    expect(keys.list()).toEqual([]);
    keys.close();
  });
});
