import { describe, expect, it } from 'vitest';
import { answerEvents } from './answers.mjs';
import { StreamReader } from './stream-reader.mjs';

const HEAD = 'HTTP/1.1 200 OK\r\nconnection: keep-alive\r\n\r\n';

/** @param {Buffer} bytes @param {number} size of a chunk */
const wire = (bytes, size) =>
  Buffer.concat([
    Buffer.from(HEAD),
    ...Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => {
      const part = bytes.subarray(index * size, (index + 1) * size);
      return Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
    }),
    Buffer.from('0\r\n\r\n'),
  ]);

describe('StreamReader', () => {
  const events = answerEvents(1, 20);
  const body = Buffer.from(events.join(''));

  it('counts the same events and sees the same end, wherever the chunks and the bytes are cut', () => {
    const reader = new StreamReader({ keeps: true });
    for (const [chunk, size] of [
      [7, 1],
      [250, 7],
      [1_000, 100],
      [body.length, body.length * 2],
    ]) {
      const bytes = wire(body, chunk ?? 1);
      reader.reset();
      for (let at = 0; at < bytes.length; at += size ?? 1) {
        expect(reader.push(bytes.subarray(at, at + (size ?? 1)))).toBe(at + (size ?? 1) >= bytes.length);
      }
      expect(reader).toMatchObject({ ok: true, events: events.length });
    }
  });

  it('takes no empty text for the first one, and says how many came with it', () => {
    const reader = new StreamReader({ keeps: false });
    const [role = '', one = '', two = ''] = events;
    reader.push(Buffer.from(HEAD + role));
    expect(reader.hasText).toBe(false);
    reader.push(Buffer.from(one + two));
    expect(reader).toMatchObject({ hasText: true, firstTexts: 2 });
  });

  it('knows an answer that is no success', () => {
    const reader = new StreamReader({ keeps: false });
    reader.push(Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    expect(reader.ok).toBe(false);
  });
});
