import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { filesAt } from './text-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('filesAt()', () => {
  mkdirSync(join(folder, 'sub', 'node_modules'), { recursive: true });
  for (const name of ['b.txt', 'a.jsonl', 'sub/c.txt', 'sub/node_modules/d.txt']) writeFileSync(join(folder, name), '');
  symlinkSync(folder, join(folder, 'sub', 'loop'));

  test('walks a folder in order, follows no link and passes over packages', () => {
    expect(filesAt(folder)).toEqual([join(folder, 'a.jsonl'), join(folder, 'b.txt'), join(folder, 'sub/c.txt')]);
  });

  test('takes only what is accepted, a file as itself, and nothing for nothing', () => {
    expect(filesAt(folder, (name) => name.endsWith('.jsonl'))).toEqual([join(folder, 'a.jsonl')]);
    expect(filesAt(join(folder, 'b.txt'))).toEqual([join(folder, 'b.txt')]);
    expect(filesAt(join(folder, 'none'))).toBeUndefined();
    expect(filesAt(join(folder, 'x'.repeat(5_000)))).toBeUndefined();
    expect(filesAt(join(folder, 'a\0b'))).toBeUndefined();
  });
});
