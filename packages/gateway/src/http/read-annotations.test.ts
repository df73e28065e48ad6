import { describe, expect, it } from 'vitest';
import { DOCUMENTS_MAX_CHARS, readAnnotations, SESSION_MAX_CHARS } from './read-annotations.ts';

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

  it('reads what the client calls its session', () => {
    for (const session of ['chat-17', 'ses_0123456789abcdef0123', 'x'.repeat(SESSION_MAX_CHARS)]) {
      expect(readAnnotations({ 'x-sallyport-session': session })).toEqual({ documents: new Set(), session });
    }
  });

  it.each(['', 'two words', 'tab\t', 'é', 'x'.repeat(SESSION_MAX_CHARS + 1)])(
    'refuses a name of a session that is none: `%s`',
    (session) => {
      expect(readAnnotations({ 'x-sallyport-session': session })).toEqual({ fault: 'ANNOTATION_SHAPE' });
    },
  );

  const [trace, parent] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

  it.each([`00-${trace}-${parent}-01`, `01-${trace}-${parent}-00-more`])(
    'reads where in a trace it stands: %s',
    (traceparent) => {
      const sampled = traceparent.startsWith('00');
      const context = { traceId: trace, spanId: parent, sampled };
      expect(readAnnotations({ traceparent })).toEqual({ documents: new Set(), trace: context });
    },
  );

  it.each([
    '',
    `ff-${trace}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${parent}-01-more`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}-${parent}`,
    `01-${trace}-${parent}-00-${'x'.repeat(512)}`,
  ])('takes a `traceparent` that is not well-formed for none: %s', (traceparent) => {
    expect(readAnnotations({ traceparent })).toEqual({ documents: new Set() });
  });
});
