import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BASELINE_MAX_BYTES, BASELINE_NAME, openBaselineFolder } from './baseline-folder.ts';

const data = mkdtempSync(join(tmpdir(), 'sallyport-baselines-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe('openBaselineFolder()', () => {
  it('keeps texts by name, for their owner alone, and replaces none unless it is told to', () => {
    const folder = openBaselineFolder(data);
    expect([folder.names(), folder.read('june')]).toEqual([[], undefined]);
    expect(existsSync(join(data, 'baselines'))).toBe(false);
    expect(folder.create('june', 'one')).toBe(true);
    expect(folder.create('june', 'two')).toBe(false);
    expect(folder.read('june')).toBe('one');
    folder.replace('june', 'three');
    folder.create('april', 'four');
    expect([folder.names(), folder.read('june')]).toEqual([['april', 'june'], 'three']);
    expect(statSync(join(data, 'baselines', 'june.json')).mode & 0o777).toBe(0o600);
  });

  it('reads a file up to the bound, and none beyond', () => {
    const folder = openBaselineFolder(data);
    const place = join(data, 'baselines', 'large.json');
    writeFileSync(place, '');
    truncateSync(place, BASELINE_MAX_BYTES);
    expect(folder.read('large')).toHaveLength(BASELINE_MAX_BYTES);
    truncateSync(place, BASELINE_MAX_BYTES + 1);
    expect(folder.read('large')).toBeUndefined();
  });

  it('passes by what is no baseline, and reads nothing outside', () => {
    const folder = openBaselineFolder(data);
    mkdirSync(join(data, 'baselines'), { recursive: true });
    writeFileSync(join(data, 'baselines', 'NOTES.json'), '{}');
    writeFileSync(join(data, 'baselines', 'notes.txt'), '');
    writeFileSync(join(data, 'secret.json'), '{}');
    expect(folder.names()).not.toContain('NOTES');
    expect(folder.read('../secret')).toBeUndefined();
    for (const name of ['', '.', '..', 'a/b', 'a.json', 'A', '-a', `a${'b'.repeat(64)}`])
      expect(BASELINE_NAME.test(name)).toBe(false);
    expect(BASELINE_NAME.test(`a${'b'.repeat(63)}`)).toBe(true);
  });
});
