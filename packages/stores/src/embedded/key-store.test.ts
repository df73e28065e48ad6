import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredKey } from '@sallyport/core';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { openKeyStore, openOperatorStore } from './key-store.ts';
import { Sqlite } from './sqlite.js';

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
    expect(keys.revoke('a', { at: '2026-02-01T00:00:00.000Z' })).toBe(true);
    keys.close();
    const again = openKeyStore(folder);
    expect(again.list()).toEqual([{ ...key('a'), revokedAt: '2026-02-01T00:00:00.000Z' }, key('b')]);
    again.close();
  });

  it('put() never gives a name twice, not even a revoked one, nor a secret under two names', () => {
    const keys = openKeyStore(dataFolder());
    keys.put(key('a'));
    keys.revoke('a', { at: '2026-02-01T00:00:00.000Z' });
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
    expect(keys.revoke('nobody', { at: '2026-02-01T00:00:00.000Z' })).toBe(false);
    expect(keys.revoke('a', { at: '2026-02-01T00:00:00.000Z' })).toBe(true);
    expect(keys.revoke('a', { at: '2026-03-01T00:00:00.000Z' })).toBe(false);
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
    command.revoke('a', { at: '2026-02-01T00:00:00.000Z' });
    seen.push(gateway.version());
    gateway.revoke('b', { at: '2026-02-01T00:00:00.000Z' });
    seen.push(gateway.version());
    expect(new Set(seen).size).toBe(seen.length);
    command.revoke('b', { at: '2026-02-01T00:00:00.000Z' });
    expect(gateway.version()).toBe(seen.at(-1));
    gateway.close();
    command.close();
  });

  const full: StoredKey = {
    ...key('full'),
    scope: { routes: ['main'], models: ['gpt-*'], tools: [], checkpoints: ['input', 'output'] },
    expiresAt: '2027-01-01T00:00:00.000Z',
    certificate: 'A'.repeat(43),
  };

  it('keeps what a key is narrowed and bound to, and when it ends', () => {
    const folder = dataFolder();
    const keys = openKeyStore(folder);
    keys.put(full);
    keys.close();
    const again = openKeyStore(folder);
    expect(again.list()).toEqual([full]);
    again.close();
  });

  it('rotate() keeps the one secret that was there before, and ends the one before that', () => {
    const keys = openKeyStore(dataFolder());
    keys.put(full);
    const [first, second] = [
      { hmac: 'second', at: '2026-02-01T00:00:00.000Z', until: '2026-02-02T00:00:00.000Z' },
      {
        hmac: 'third',
        at: '2026-02-01T01:00:00.000Z',
        until: '2026-02-01T01:00:00.000Z',
        expiresAt: '2028-01-01T00:00:00.000Z',
      },
    ];
    const before = keys.version();
    expect(keys.rotate('full', first)).toBe(true);
    expect(keys.version()).not.toBe(before);
    expect(keys.list()).toEqual([
      { ...full, hmac: 'second', rotatedAt: first.at, previous: { hmac: full.hmac, until: first.until } },
    ]);
    expect(keys.rotate('full', second)).toBe(true);
    expect(keys.list()[0]).toMatchObject({
      hmac: 'third',
      previous: { hmac: 'second', until: second.until },
      expiresAt: second.expiresAt,
    });
    keys.revoke('full', { at: '2026-03-01T00:00:00.000Z' });
    expect(keys.rotate('full', { ...first, hmac: 'fourth' })).toBe(false);
    expect(keys.rotate('nobody', { ...first, hmac: 'fourth' })).toBe(false);
    keys.close();
  });

  it('used() notes the latest time of each, and changes no version', () => {
    const keys = openKeyStore(dataFolder());
    keys.put(key('a'));
    keys.put(key('b'));
    const before = keys.version();
    keys.used(
      new Map([
        ['a', '2026-02-01T10:00Z'],
        ['nobody', '2026-02-01T10:00Z'],
      ]),
    );
    keys.used(new Map([['a', '2026-02-01T09:00Z']]));
    keys.used(new Map());
    expect(keys.version()).toBe(before);
    expect(keys.list()).toEqual([{ ...key('a'), lastUsed: '2026-02-01T10:00Z' }, key('b')]);
    keys.close();
  });

  it('takes over a file of layout 1 with all that is in it', () => {
    const folder = dataFolder();
    openKeyStore(folder).close();
    rmSync(join(folder, 'keys.db'));
    const old = new Sqlite(join(folder, 'keys.db'));
    old.exec(`
      CREATE TABLE keys (
        name TEXT PRIMARY KEY, hmac TEXT NOT NULL UNIQUE, principal TEXT NOT NULL, created_at TEXT NOT NULL, revoked_at TEXT
      ) STRICT;
      PRAGMA user_version=1`);
    for (const [name, revokedAt] of [
      ['a', null],
      ['b', '2026-02-01T00:00:00.000Z'],
    ] as const) {
      const { hmac, principal, createdAt } = key(name);
      old
        .statement('INSERT INTO keys VALUES (?, ?, ?, ?, ?)')
        .run([name, hmac, JSON.stringify(principal), createdAt, revokedAt]);
    }
    old.close();
    const keys = openKeyStore(folder);
    const ended = '2026-02-01T00:00:00.000Z';
    expect(keys.list()).toEqual([
      { ...key('a'), recordedAt: key('a').createdAt },
      { ...key('b'), revokedAt: ended, recordedAt: ended },
    ]);
    keys.put(full);
    keys.close();
    // A second opening finds the new layout and leaves it alone.
    const again = openKeyStore(folder);
    expect(again.list()).toHaveLength(3);
    expect(again.rotate('a', { hmac: 'new', at: '2026-02-01T00:00:00.000Z', until: '2026-02-01T00:00:00.000Z' })).toBe(
      true,
    );
    again.close();
  });

  it('says of which keys the log does not tell: those that were changed and not recorded', () => {
    const keys = openKeyStore(dataFolder());
    const unrecorded = () => keys.list().flatMap(({ name, recordedAt }) => (recordedAt === undefined ? [name] : []));
    const at = '2026-02-01T00:00:00.000Z';
    keys.put({ ...key('told'), recordedAt: key('told').createdAt });
    keys.put(key('untold'));
    expect(unrecorded()).toEqual(['untold']);
    keys.recorded('untold', key('untold').createdAt);
    expect(unrecorded()).toEqual([]);
    keys.rotate('told', { hmac: 'new', at, until: at });
    keys.revoke('untold', { at, isRecorded: true });
    expect(unrecorded()).toEqual(['told']);
    keys.recorded('told', key('told').createdAt);
    expect(unrecorded()).toEqual(['told']);
    const before = keys.version();
    keys.recorded('told', at);
    expect(unrecorded()).toEqual([]);
    expect(keys.version()).toBe(before);
    keys.close();
  });

  it('openOperatorStore() keeps the tokens of operators apart', () => {
    const folder = dataFolder();
    const [keys, operators] = [openKeyStore(folder), openOperatorStore(folder)];
    keys.put(key('a'));
    expect(operators.list()).toEqual([]);
    operators.put(key('a'));
    expect(operators.list()).toEqual([key('a')]);
    keys.close();
    operators.close();
  });

  it('put() refuses what the engine would garble', () => {
    const keys = openKeyStore(dataFolder());
    expect(() => keys.put(key('a\0b'))).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
    expect(keys.list()).toEqual([]);
    keys.close();
  });
});
