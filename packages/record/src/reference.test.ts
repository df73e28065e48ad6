import { readFileSync } from 'node:fs';
import { LEAF_MAX_BYTES } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { MARK_EVERY_LEAVES, SEAL_EVERY_LEAVES, SEAL_EVERY_MS } from './audit-log.ts';
import { leafHash, rootOf } from './merkle-tree.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { headText } from './tree-head.ts';

const page = readFileSync(new URL('../../../docs/reference/audit-log.md', import.meta.url), 'utf8');
const [json = '', text = ''] = [...page.matchAll(/^```(?:json|text)\n([\s\S]*?)\n```$/gm)].map(([, block]) => block);

describe('the page of the audit log', () => {
  it('shows a leaf as it is written, with its hash', () => {
    const leaf = Buffer.from(json);
    expect(Buffer.from(encodeRecord(decodeRecord(leaf)))).toEqual(leaf);
    expect(page).toContain(`\`${Buffer.from(leafHash(leaf)).toString('hex')}\``);
  });

  it('shows the text of the head over that leaf', () => {
    const root = Buffer.from(rootOf([leafHash(Buffer.from(json))])).toString('base64');
    const [origin = '', size, , at = ''] = text.split('\n');
    expect(headText({ origin, size: Number(size), root, at })).toBe(`${text}\n`);
  });

  it('names the limits that the code has', () => {
    const grouped = (value: number) => value.toLocaleString('en-US');
    expect(page).toContain(`at most ${grouped(LEAF_MAX_BYTES)} bytes`);
    expect(page).toContain(`when ${grouped(SEAL_EVERY_LEAVES)} leaves are unsealed`);
    expect(page).toContain(`leaf is ${grouped(SEAL_EVERY_MS)} ms old`);
    expect(page).toContain(`one mark every ${grouped(MARK_EVERY_LEAVES)} leaves`);
  });
});
