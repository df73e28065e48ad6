import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBundleFloor } from './bundle-floor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-floor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const MARK = { version: 3, digest: 'a'.repeat(64) };

describe('openBundleFloor()', () => {
  test('has no mark at first, and keeps the one that it was given', () => {
    const floor = openBundleFloor(folder);
    expect(floor.mark).toBeUndefined();
    floor.raise(MARK);
    expect(floor.mark).toEqual(MARK);
    expect(openBundleFloor(folder).mark).toEqual(MARK);
    expect(statSync(join(folder, 'policy-bundle.json')).mode & 0o077).toBe(0);
  });

  test.each(['', '{}', '{"version":"3","digest":"x"}', '{"version":1.5,"digest":"x"}'])(
    'a mark that can no longer be read (%s) is not taken for none',
    (text) => {
      writeFileSync(join(folder, 'policy-bundle.json'), text);
      expect(() => openBundleFloor(folder)).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
    },
  );
});
