import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RotatedFile } from './rotated-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-rotated-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const opened = (maxFiles = 3) =>
  new RotatedFile({ folder: join(folder, 'out'), name: 'f', maxFileBytes: 10, maxFiles });
const files = () =>
  Object.fromEntries(
    readdirSync(join(folder, 'out')).map((name) => [name, readFileSync(join(folder, 'out', name), 'utf8')]),
  );

describe('RotatedFile', () => {
  it('fills a file to its last byte, and begins another with the next line', async () => {
    const file = opened();
    await file.write(['1234', '5678']);
    expect(files()).toEqual({ f: '1234\n5678\n' });
    await file.write(['']);
    expect(files()).toEqual({ 'f.1': '1234\n5678\n', f: '\n' });
    await file.close();
  });

  it('keeps so many files, and removes the oldest', async () => {
    const file = opened(3);
    await file.write(['aaaaaaaaa', 'bbbbbbbbb', 'ccccccccc', 'ddddddddd']);
    expect(files()).toEqual({ f: 'ddddddddd\n', 'f.1': 'ccccccccc\n', 'f.2': 'bbbbbbbbb\n' });
    await file.close();
    const single = opened(1);
    await single.write(['eeeeeeeee']);
    expect(files()).toMatchObject({ f: 'eeeeeeeee\n' });
    await single.close();
  });

  it('gives a line that is longer than a file one of its own', async () => {
    const file = opened();
    await file.write(['a', 'x'.repeat(20), 'b']);
    expect(files()).toEqual({ f: 'b\n', 'f.1': `${'x'.repeat(20)}\n`, 'f.2': 'a\n' });
    await file.close();
  });

  it('goes on with what is there, and ends a line that was half written', async () => {
    const first = opened();
    await first.write(['a']);
    await first.close();
    writeFileSync(join(folder, 'out', 'f'), '{"ha');
    const file = opened();
    await file.write(['b']);
    expect(files()).toEqual({ f: '{"ha\nb\n' });
    await file.close();
  });

  it('lets nobody else read its files', async () => {
    const file = opened();
    await file.write(['a']);
    expect(statSync(join(folder, 'out', 'f')).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'out')).mode & 0o077).toBe(0);
    await file.close();
  });

  it('rejects where it cannot write, and writes again once it can', async () => {
    writeFileSync(join(folder, 'out'), '');
    const file = opened();
    await expect(file.write(['a'])).rejects.toThrow();
    rmSync(join(folder, 'out'));
    await file.write(['a']);
    expect(files()).toEqual({ f: 'a\n' });
    await file.close();
  });
});
