import { describe, expect, test } from 'vitest';
import { NdjsonParser, takeFrames } from './index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('NdjsonParser', () => {
  test('takes LF and CRLF, and keeps the end of a line out of its data', () => {
    expect(takeFrames(new NdjsonParser(100), bytes('{"a":1}\n{"b":2}\r\n{"c":"é"} \n'))).toMatchObject([
      { data: '{"a":1}', raw: bytes('{"a":1}\n'), pieces: [{ offset: 0, start: 0, end: 7 }], fields: [] },
      { data: '{"b":2}', raw: bytes('{"b":2}\r\n'), pieces: [{ offset: 0, start: 0, end: 7 }] },
      { data: '{"c":"é"} ', pieces: [{ offset: 0, start: 0, end: 11 }] },
    ]);
  });

  test('takes a line of white space for a frame that carries nothing', () => {
    const blank = { data: undefined, pieces: [], fields: [] };
    expect(takeFrames(new NdjsonParser(100), bytes('\n\r\n \t\n\r\r\n'))).toMatchObject([blank, blank, blank, blank]);
    const last = new NdjsonParser(100);
    expect(takeFrames(last, bytes(' '))).toEqual([]);
    expect(last.end()).toMatchObject({ data: undefined, raw: bytes(' ') });
  });

  test('ends a line at a line feed and nowhere else', () => {
    expect(takeFrames(new NdjsonParser(100), bytes('{}\r{}\u2028{}\u0085\n'))).toMatchObject([
      { data: '{}\r{}\u2028{}\u0085' },
    ]);
  });

  test('hands out the last line as it stands when it has no end, once', () => {
    const whole = '{"a":{"b":"}"}}';
    for (let length = 1; length <= whole.length; length += 1) {
      const parser = new NdjsonParser(100);
      expect(takeFrames(parser, bytes(whole.slice(0, length)))).toEqual([]);
      expect(parser.idle).toBe(false);
      const last = parser.end();
      expect(last).toMatchObject({ data: whole.slice(0, length) });
      expect(parser.end()).toBeUndefined();
    }
  });

  test('leaves a byte order mark where JSON refuses it', () => {
    expect(takeFrames(new NdjsonParser(100), bytes('\ufeff{}\n'))).toMatchObject([{ data: '\ufeff{}' }]);
  });

  test('refuses a line that is not UTF-8, at its end or at the end of the stream', () => {
    expect(takeFrames(new NdjsonParser(100), Uint8Array.of(0x22, 0xff, 0x22, 0x0a))).toEqual({
      fault: 'UPSTREAM_GARBAGE',
    });
    const cut = new NdjsonParser(100);
    expect(takeFrames(cut, bytes('"é"').subarray(0, 2))).toEqual([]);
    expect(cut.end()).toEqual({ fault: 'UPSTREAM_GARBAGE' });
  });

  test('bounds a line with its end, finished or not', () => {
    expect(takeFrames(new NdjsonParser(5), bytes('[12]\n'))).toHaveLength(1);
    expect(takeFrames(new NdjsonParser(4), bytes('[12]\n'))).toEqual({ fault: 'UPSTREAM_TOO_LARGE' });
    const parser = new NdjsonParser(10);
    for (let at = 0; at < 10; at += 1) expect(takeFrames(parser, bytes(' '))).toEqual([]);
    expect(takeFrames(parser, bytes(' '))).toEqual({ fault: 'UPSTREAM_TOO_LARGE' });
  });
});
