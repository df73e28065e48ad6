import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { linesOf, MAX_LINE_CHARS, openText } from './lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function textsOf(stream: Readable): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of linesOf(stream)) texts.push(text);
  return texts;
}

describe('linesOf()', () => {
  test('gives the same lines wherever the bytes are cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', 'é', '😀', ' ') });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (whole, size) => {
        const bytes = Buffer.from(whole);
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        expect(await textsOf(Readable.from(chunks))).toEqual(whole.split(/\r?\n/).filter((line) => line !== ''));
      }),
    );
  });

  test('numbers lines from one and counts the empty ones', async () => {
    const numbers: number[] = [];
    for await (const { number } of linesOf(Readable.from([Buffer.from('a\n\nb')]))) numbers.push(number);
    expect(numbers).toEqual([1, 3]);
  });

  test('a line beyond the limit is named and not kept', async () => {
    const chunk = Buffer.alloc(1_048_576, 'x');
    const chunks = [...Array.from({ length: MAX_LINE_CHARS / chunk.length + 2 }, () => chunk), Buffer.from('\nnext')];
    const found: [number, boolean, string][] = [];
    for await (const { number, tooLong, text } of linesOf(Readable.from(chunks))) found.push([number, tooLong, text]);
    expect(found).toEqual([
      [1, true, ''],
      [2, false, 'next'],
    ]);
  });
});

describe('openText()', () => {
  test('unpacks `.gz` and counts the bytes on disk', async () => {
    const packed = gzipSync('one\ntwo\n'.repeat(1_000));
    writeFileSync(join(folder, 'a.gz'), packed);
    let bytes = 0;
    const texts = await textsOf(
      openText(join(folder, 'a.gz'), (count) => {
        bytes += count;
      }),
    );
    expect([texts.length, bytes]).toEqual([2_000, packed.length]);
  });

  test.each(['none.txt', 'none.gz'])('fails for `%s`, which is not there', async (name) => {
    await expect(textsOf(openText(join(folder, name)))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('fails for a broken archive', async () => {
    writeFileSync(join(folder, 'broken.gz'), gzipSync('text'.repeat(1_000)).subarray(0, 30));
    await expect(textsOf(openText(join(folder, 'broken.gz')))).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  });
});
