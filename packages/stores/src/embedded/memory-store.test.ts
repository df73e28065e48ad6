import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredPiece } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore } from './memory-store.ts';

const DAY_MS = 86_400_000;
const KEY = new Uint8Array(32).fill(3);
const BOUNDS = { maxKeys: 4, maxAgeDays: 2 };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-memories-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const piece = (id: string, keys: readonly string[] = [`${id}1`, `${id}2`]): StoredPiece => ({
  id,
  keys,
  label: {
    integrity: 'untrusted',
    shape: 'free',
    readers: 'public',
    origin: { tool: 'read_file', path: '', line: 4, document: 'secret-name.txt' },
  },
});

describe('openMemoryStore()', () => {
  it('knows what was put, apart by place, also after it was closed and opened again', () => {
    const store = openMemoryStore(folder, KEY, BOUNDS);
    expect(store.put('a', [piece('x'), piece('y')])).toBe(true);
    store.close();
    const again = openMemoryStore(folder, KEY, BOUNDS);
    expect(again.of('a')).toEqual({ pieces: [piece('x'), piece('y')], lost: false });
    expect(again.of('b')).toEqual({ pieces: [], lost: false });
    again.close();
  });

  it('keeps one piece that is written twice, and no name of a document in clear', () => {
    const store = openMemoryStore(folder, KEY, BOUNDS);
    for (let at = 0; at < 3; at += 1) store.put('a', [piece('x')]);
    expect(store.of('a').pieces).toHaveLength(1);
    store.close();
    expect(readFileSync(join(folder, 'memories.db')).includes('secret-name')).toBe(false);
  });

  it('forgets the oldest beyond its bound, and then the memory is lost; no other one is', () => {
    const store = openMemoryStore(folder, KEY, BOUNDS);
    store.put('b', [piece('z')]);
    store.put('a', [piece('x'), piece('y')]);
    expect(store.of('a').lost).toBe(false);
    expect(store.put('a', [piece('w', ['w1'])])).toBe(false);
    expect(store.of('a')).toEqual({ pieces: [piece('y'), piece('w', ['w1'])], lost: true });
    expect(store.of('b')).toEqual({ pieces: [piece('z')], lost: false });
    store.close();
  });

  it('knows a piece as long as it says, counted from its last write, and that something is lost as long', () => {
    let nowMs = 100 * DAY_MS;
    const store = openMemoryStore(folder, KEY, { ...BOUNDS, nowMs: () => nowMs });
    store.put('a', [piece('x'), piece('y')]);
    store.lose('a');
    nowMs += DAY_MS;
    store.put('a', [piece('x')]);
    nowMs += DAY_MS;
    expect(store.of('a')).toEqual({ pieces: [piece('x'), piece('y')], lost: true });
    nowMs += 1;
    expect(store.of('a')).toEqual({ pieces: [piece('x')], lost: false });
    expect(store.put('a', [piece('x')])).toBe(false);
    expect(store.put('a', [piece('x')])).toBe(true);
    store.close();
  });

  it('breaks, and says so, when it is closed or the key is another one', () => {
    const store = openMemoryStore(folder, KEY, BOUNDS);
    store.put('a', [piece('x')]);
    store.close();
    expect(() => store.of('a')).toThrow(/STORE_BROKEN|store/i);
    const other = openMemoryStore(folder, new Uint8Array(32).fill(4), BOUNDS);
    expect(() => other.of('a')).toThrow();
    other.close();
  });
});
