import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SallyportError, type StoredPin } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sqlite } from './sqlite.js';
import { openToolPins } from './tool-pin-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tools-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEY = Buffer.alloc(32, 7);
const SEEN = { hash: 'aa', exchange: 'x1', at: '2026-01-01T00:00:00.000Z' };
const pin = (id: string, more: Partial<StoredPin> = {}): StoredPin => ({
  id,
  ownerId: 'o1',
  owner: { tenant: 'default', principal: { kind: 'agent', id: 'a' }, route: 'all', protocol: 'openai-chat' },
  name: 'send\u0000\ud800',
  trusted: [SEEN],
  waiting: [],
  ...more,
});

describe('openToolPins()', () => {
  it('keeps pins by owner, in their last state, also after it was closed and opened again', () => {
    const store = openToolPins(folder, KEY);
    store.put([pin('pin_1'), pin('pin_2'), pin('pin_3', { ownerId: 'o2' })]);
    store.put([pin('pin_1', { waiting: [SEEN] })]);
    store.remove('pin_2');
    store.remove('pin_4');
    store.close();
    const again = openToolPins(folder, KEY);
    expect(again.of('o1')).toEqual([pin('pin_1', { waiting: [SEEN] })]);
    expect(again.of('o3')).toEqual([]);
    expect(again.get('pin_3')).toEqual(pin('pin_3', { ownerId: 'o2' }));
    expect(again.get('pin_2')).toBeUndefined();
    again.close();
  });

  it('lists as many as are asked for, those first of which something waits', () => {
    const store = openToolPins(folder, KEY);
    store.put([pin('pin_1'), pin('pin_2', { waiting: [SEEN] }), pin('pin_3')]);
    expect(store.list(2).map(({ id }) => id)).toEqual(['pin_2', 'pin_1']);
    store.put([pin('pin_2')]);
    expect(store.list(9).map(({ id }) => id)).toEqual(['pin_1', 'pin_2', 'pin_3']);
    store.close();
  });

  it('lists the tools of one tenant before it cuts, whatever others have', () => {
    const store = openToolPins(folder, KEY);
    const of = (tenant: string, n: number, more: Partial<StoredPin> = {}) =>
      pin(`pin_${tenant}${n}`, { ownerId: `${tenant}${n}`, owner: { ...pin('').owner, tenant }, ...more });
    const theirs = [1, 2, 3].map((n) => of('acme', n, { waiting: [SEEN] }));
    store.put([...theirs, of('zeta', 1), of('zeta', 2, { waiting: [SEEN] }), of('zeta', 3)]);
    expect(store.list(2, 'zeta').map(({ id }) => id)).toEqual(['pin_zeta2', 'pin_zeta1']);
    expect(store.list(9, 'nobody')).toEqual([]);
    store.close();
  });

  it('leaves no name of a tool readable in the folder, for nobody but its owner', () => {
    const store = openToolPins(folder, KEY);
    store.put([pin('pin_1', { name: 'needle_in_the_hay' })]);
    for (const file of readdirSync(folder)) {
      expect(readFileSync(join(folder, file)).includes('needle')).toBe(false);
      expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
    }
    store.close();
  });

  it('keeps what definitions say, sealed, as long as they are trusted or wait', () => {
    const store = openToolPins(folder, KEY);
    const text = '{"description":"needle in the hay"}';
    const both = pin('pin_1', { waiting: [{ ...SEEN, hash: 'bb' }] });
    store.put(
      [both],
      [
        { pin: 'pin_1', hash: 'aa', text },
        { pin: 'pin_1', hash: 'bb', text: '{}' },
      ],
    );
    store.put([pin('pin_2')], [{ pin: 'pin_2', hash: 'aa', text: '{"a":1}' }]);
    store.close();
    for (const file of readdirSync(folder)) expect(readFileSync(join(folder, file)).includes('needle')).toBe(false);
    const again = openToolPins(folder, KEY);
    expect([...again.texts('pin_1')]).toEqual([
      ['aa', text],
      ['bb', '{}'],
    ]);
    again.put([pin('pin_1')]);
    expect([...again.texts('pin_1').keys()]).toEqual(['aa']);
    again.remove('pin_1');
    expect(again.texts('pin_1').size).toBe(0);
    expect(again.texts('pin_2').size).toBe(1);
    again.close();
  });

  it('lets the oldest texts go where all of them take more than they may', () => {
    const store = openToolPins(folder, KEY, 1_000);
    const kept = (): readonly string[] => ['pin_1', 'pin_2', 'pin_3'].filter((id) => store.texts(id).size > 0);
    // Sealing adds 28 bytes.
    const put = (id: string, bytes: number): void =>
      store.put([pin(id)], [{ pin: id, hash: 'aa', text: 'x'.repeat(bytes - 28) }]);
    put('pin_1', 400);
    put('pin_2', 600);
    expect(kept()).toEqual(['pin_1', 'pin_2']);
    put('pin_3', 100);
    expect(kept()).toEqual(['pin_2', 'pin_3']);
    expect(store.get('pin_1')).toEqual(pin('pin_1'));
    store.close();
  });

  it('opens no text that was moved to another tool', () => {
    const store = openToolPins(folder, KEY);
    store.put([pin('pin_1')], [{ pin: 'pin_1', hash: 'aa', text: '{}' }]);
    store.close();
    const db = new Sqlite(join(folder, 'tools.db'));
    db.exec("UPDATE definitions SET pin = 'pin_2'");
    db.close();
    const again = openToolPins(folder, KEY);
    expect(() => again.texts('pin_2')).toThrow(SallyportError);
    again.close();
  });

  it('takes over a file of the layout without texts', () => {
    const db = new Sqlite(join(folder, 'tools.db'));
    db.exec(
      'CREATE TABLE pins (id TEXT PRIMARY KEY, owner TEXT NOT NULL, waits INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT; PRAGMA user_version=1',
    );
    db.close();
    const store = openToolPins(folder, KEY);
    store.put([pin('pin_1')], [{ pin: 'pin_1', hash: 'aa', text: '{}' }]);
    expect(store.texts('pin_1').size).toBe(1);
    store.close();
  });

  it('opens under the key of its install alone', () => {
    const store = openToolPins(folder, KEY);
    store.put([pin('pin_1')]);
    store.close();
    const other = openToolPins(folder, Buffer.alloc(32, 8));
    expect(() => other.of('o1')).toThrow(SallyportError);
    other.close();
  });
});
