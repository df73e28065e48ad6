import { describe, expect, it } from 'vitest';
import { DOCUMENT_MAX_CHARS, namedDocument } from './named-document.ts';

const of = (given: unknown) => namedDocument({ arguments: typeof given === 'string' ? given : JSON.stringify(given) });

describe('namedDocument()', () => {
  it.each<[unknown, string | undefined]>([
    [{ path: 'a/bill.txt' }, 'a/bill.txt'],
    [{ limit: 3, fileName: 'bill.txt' }, 'bill.txt'],
    [{ uri: 'file:///a' }, 'file:///a'],
    [{ urls: ['https://a.example/', 'https://b.example/'] }, 'https://a.example/'],
    [{ path: '', file: 'b.txt' }, 'b.txt'],
    [{ path: 7 }, undefined],
    [{ paths: [] }, undefined],
    [{ query: 'bills' }, undefined],
    ['not json', undefined],
    ['[1]', undefined],
  ])('says which document %j asks for', (given, document) => {
    expect(of(given)).toBe(document);
  });

  it('keeps a name at its bound, and cuts one beyond it, never within a character', () => {
    expect(of({ path: 'x'.repeat(DOCUMENT_MAX_CHARS) })).toHaveLength(DOCUMENT_MAX_CHARS);
    expect(of({ path: 'x'.repeat(DOCUMENT_MAX_CHARS + 1) })).toHaveLength(DOCUMENT_MAX_CHARS);
    expect(of({ path: `${'x'.repeat(DOCUMENT_MAX_CHARS - 1)}😀` })?.isWellFormed()).toBe(true);
  });
});
