import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { openWitnessKeys, openWitnessState } from './witness-store.ts';

afterAll(removeDataFolders);

const head = (size: number, origin = 'a') => ({ origin, size, root: Buffer.alloc(32, size), checkpoint: `${size}` });

describe('openWitnessState()', () => {
  it('goes on only from what it knows, also when another has gone on meanwhile', () => {
    const folder = dataFolder();
    const state = openWitnessState(folder);
    expect(state.get('a')).toBeUndefined();
    expect(state.advance(3, head(5))).toBe(false);
    expect(state.advance(0, head(0))).toBe(true);
    expect(state.advance(0, head(5))).toBe(true);
    expect(state.advance(0, head(6))).toBe(false);
    const other = openWitnessState(folder);
    expect(other.advance(5, head(9))).toBe(true);
    expect(state.advance(5, head(7))).toBe(false);
    expect(state.get('a')).toEqual(head(9));
    expect(state.advance(0, head(2, 'b'))).toBe(true);
    other.close();
    state.close();
    const again = openWitnessState(folder);
    expect([again.get('a')?.size, again.get('b')?.size]).toEqual([9, 2]);
    again.close();
  });
});

describe('openWitnessKeys()', () => {
  it('makes a key at the first start, keeps it, and keeps it to its owner', () => {
    const folder = dataFolder();
    const made = openWitnessKeys(folder, 'witness.example/w1');
    const found = openWitnessKeys(folder);
    expect(found.name).toBe('witness.example/w1');
    expect(found.publicKey.equals(made.publicKey)).toBe(true);
    expect(statSync(join(folder, 'witness-key.json')).mode & 0o777).toBe(0o600);
    expect(() => openWitnessKeys(folder, 'other')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it.each([undefined, '', 'a b', 'a+b', 'é', 'x'.repeat(129)])(
    'takes no witness without a name that notes can bear: %j',
    (name) => {
      expect(() => openWitnessKeys(dataFolder(), name)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );

  it.each(['', '{}', '{"name":"w","signingKey":"x"}'])(
    'says `STORE_BROKEN` for a key file that is none: %s',
    (text) => {
      const folder = dataFolder();
      openWitnessKeys(folder, 'w');
      writeFileSync(join(folder, 'witness-key.json'), text);
      expect(() => openWitnessKeys(folder)).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
      expect(readFileSync(join(folder, 'witness-key.json'), 'utf8')).toBe(text);
    },
  );
});
