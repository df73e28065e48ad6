import { describe, expect, it } from 'vitest';
import { DOCUMENTS_MAX_CHARS, readAnnotations } from './read-annotations.ts';

describe('readAnnotations()', () => {
  it('reads which messages are documents', () => {
    expect(readAnnotations({ 'x-sallyport-documents': '0, 3,12' })).toEqual({ documents: new Set([0, 3, 12]) });
    expect(readAnnotations({})).toEqual({ documents: new Set() });
  });

  it.each(['', 'all', '1;2', '-1', '1,', '1 2', '1.5', '0x1', '1234567', '1,'.repeat(DOCUMENTS_MAX_CHARS)])(
    'refuses what it cannot read: it was meant to protect',
    (value) => {
      expect(readAnnotations({ 'x-sallyport-documents': value })).toEqual({ fault: 'ANNOTATION_SHAPE' });
    },
  );
});
