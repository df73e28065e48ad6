import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { fileInput, itemsOf, type ScanItem } from './scan-items.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-scan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function itemsFor(
  name: string,
  content: string | Buffer | undefined,
  field?: string,
): Promise<readonly ScanItem[]> {
  const file = join(folder, name);
  if (content !== undefined) writeFileSync(file, content);
  const items: ScanItem[] = [];
  for await (const item of itemsOf(
    fileInput(file, name, () => undefined),
    { maxTextBytes: 100, field },
  ))
    items.push(item);
  return items;
}

describe('itemsOf()', () => {
  test('a file is one text, packed or not', async () => {
    expect(await itemsFor('a.txt', 'line\nline é')).toEqual([{ source: 'a.txt', text: 'line\nline é' }]);
    expect(await itemsFor('a.txt.gz', gzipSync('packed'))).toEqual([{ source: 'a.txt.gz', text: 'packed' }]);
  });

  test('what cannot be looked at is said, not passed over', async () => {
    expect(await itemsFor('big.txt', 'x'.repeat(101))).toEqual([{ source: 'big.txt', skipped: 'too-large' }]);
    expect(await itemsFor('bomb.gz', gzipSync('x'.repeat(1_000_000)))).toEqual([
      { source: 'bomb.gz', skipped: 'too-large' },
    ]);
    expect(await itemsFor('nul.bin', Buffer.from([65, 0, 66]))).toEqual([{ source: 'nul.bin', skipped: 'binary' }]);
    expect(await itemsFor('latin.txt', Buffer.from([65, 0xe9, 66]))).toEqual([
      { source: 'latin.txt', skipped: 'binary' },
    ]);
    expect(await itemsFor('gone.txt', undefined)).toEqual([{ source: 'gone.txt', skipped: 'unreadable' }]);
  });

  test('a field of JSON lines, by name or path', async () => {
    const lines = ['{"text":"one"}', 'no json', '{"text":2}', '{"other":"x"}', `{"text":"${'x'.repeat(100)}"}`].join(
      '\n',
    );
    expect(await itemsFor('a.jsonl', lines, 'text')).toEqual([
      { source: 'a.jsonl', line: 1, text: 'one' },
      { source: 'a.jsonl', line: 2, skipped: 'not-json' },
      { source: 'a.jsonl', line: 3, skipped: 'no-field' },
      { source: 'a.jsonl', line: 4, skipped: 'no-field' },
      { source: 'a.jsonl', line: 5, skipped: 'too-large' },
    ]);
    expect(await itemsFor('b.jsonl', '{"message":{"content":"deep"}}', 'message.content')).toEqual([
      { source: 'b.jsonl', line: 1, text: 'deep' },
    ]);
    expect(await itemsFor('c.jsonl', '{"a":"x"}', 'constructor.name')).toEqual([
      { source: 'c.jsonl', line: 1, skipped: 'no-field' },
    ]);
  });
});
