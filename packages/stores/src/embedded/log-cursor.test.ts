import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogCursor } from './log-cursor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cursor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('openLogCursor()', () => {
  it('remembers how far somebody has read, for its owner alone', async () => {
    const cursor = openLogCursor(folder, 'a');
    expect(cursor.next).toBeUndefined();
    await cursor.save(7);
    await cursor.save(9);
    expect([cursor.next, openLogCursor(folder, 'a').next]).toEqual([9, 9]);
    expect(openLogCursor(folder, 'b').next).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['cursor-a.json']);
    expect(statSync(join(folder, 'cursor-a.json')).mode & 0o777).toBe(0o600);
  });

  it.each(['', '7', 'null', '{}', '{"next":-1}', '{"next":1.5}', '{"next":"1"}'])('takes %j for broken', (text) => {
    writeFileSync(join(folder, 'cursor-a.json'), text);
    expect(() => openLogCursor(folder, 'a')).toThrow(expect.objectContaining({ code: 'STORE_BROKEN' }));
  });

  it('begins where whoever reads says when it is broken, and is whole again with the next save', async () => {
    writeFileSync(join(folder, 'cursor-a.json'), '{');
    const cursor = openLogCursor(folder, 'a', () => 3);
    expect(cursor.next).toBe(3);
    await cursor.save(5);
    expect(openLogCursor(folder, 'a').next).toBe(5);
  });
});
