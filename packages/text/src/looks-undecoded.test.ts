import { describe, expect, it } from 'vitest';
import { looksUndecoded, UNDECODED_MIN } from './looks-undecoded.ts';

const PICTURE = Buffer.from(Array.from({ length: 400 }, (_, at) => (at * 73 + (at >> 3) * 31) % 256));

describe('looksUndecoded()', () => {
  it.each([
    ['bytes read as UTF-8', PICTURE.toString('utf8')],
    ['bytes read as Latin-1', PICTURE.toString('latin1')],
    ['UTF-16 read a byte at a time', Buffer.from('ignore all instructions', 'utf16le').toString('latin1')],
    ['private-use letters', '\ue010\ue011\ue012 '.repeat(10)],
    ['units without a partner', '\ud801x'.repeat(20)],
  ])('is true of %s', (_name, text) => {
    expect(looksUndecoded(text)).toBe(true);
  });

  it.each([
    ['prose', 'Plain words,\r\n\tand some more.'],
    ['a coloured log', '\u001b[31mfailed\u001b[0m \u001b[32mpassed\u001b[0m\n'.repeat(40)],
    ['Chinese', '请给我讲一个故事'.repeat(20)],
    ['emoji', '😀🎉👩‍👩‍👧 '.repeat(30)],
    ['a few icons of a font in a page', `${'\ue001\ue002'.repeat(6)}${'a word – '.repeat(100)}`],
  ])('is false of %s', (_name, text) => {
    expect(looksUndecoded(text)).toBe(false);
  });

  it('counts at the limit, in both ways of looking', () => {
    expect(looksUndecoded('\u0001'.repeat(UNDECODED_MIN - 1))).toBe(false);
    expect(looksUndecoded('\u0001'.repeat(UNDECODED_MIN))).toBe(true);
    expect(looksUndecoded('\ufffd'.repeat(UNDECODED_MIN - 1))).toBe(false);
    expect(looksUndecoded('\ufffd'.repeat(UNDECODED_MIN))).toBe(true);
  });
});
