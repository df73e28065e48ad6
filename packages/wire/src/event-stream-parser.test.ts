import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventMessages } from './fixtures/event-messages.ts';
import { EventStreamParser, encodeEventFrame, takeFrames } from './index.ts';

const GARBAGE = { fault: 'UPSTREAM_GARBAGE' };
const TOO_LARGE = { fault: 'UPSTREAM_TOO_LARGE' };
const make = (maxFrameBytes = 1_000_000) => new EventStreamParser(maxFrameBytes);

/** A prelude whose lengths are what they claim to be, under a checksum that is right. */
function prelude(total: number, headers: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(total, 0);
  bytes.writeUInt32BE(headers, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}

/** A message whose checksums are right, whatever stands in it. */
function message(headers: Uint8Array, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([prelude(16 + headers.length + payload.length, headers.length), headers, payload]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([body, checksum]);
}

const header = (name: string, type: number, ...value: readonly number[]) =>
  Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(type, ...value)]);

describe('EventStreamParser', () => {
  test.each(eventMessages)('reads a message that another implementation sealed: $name', ({ raw, data, fields }) => {
    const frames = takeFrames(make(), raw);
    expect(frames).toMatchObject([{ raw, data }]);
    const [frame] = 'fault' in frames ? [] : frames;
    expect(frame?.fields.map(({ name, value }) => [name, value])).toEqual(fields);
  });

  test('says where the payload and the text of a header stand, and gives no other header a range', () => {
    const raw = message(
      Buffer.concat([header('n', 4, 0, 0, 0, 7), header('s', 7, 0, 3, 0xc3, 0xa9, 0x78)]),
      Buffer.from('{}'),
    );
    const [frame] = [takeFrames(make(), raw)].flat();
    expect(frame).toMatchObject({
      data: '{}',
      pieces: [{ offset: 0, start: raw.length - 6, end: raw.length - 4 }],
      fields: [
        { name: 'n', value: '7', start: 15, end: 15 },
        { name: 's', value: 'éx', start: 24, end: 27 },
      ],
    });
    expect(raw.subarray(24, 27).toString()).toBe('éx');
  });

  test('refuses a message in which any one bit is not as it was', () => {
    const raw = eventMessages.find(({ name }) => name === 'contentBlockDelta')?.raw ?? Buffer.alloc(0);
    expect(raw.length).toBeGreaterThan(100);
    for (let bit = 0; bit < raw.length * 8; bit += 1) {
      const damaged = Buffer.from(raw);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(takeFrames(make(), damaged), `bit ${bit}`).toEqual(GARBAGE);
    }
  });

  test('believes no length that lies, though its checksum is right, and waits for none', () => {
    expect(takeFrames(make(), prelude(15, 0))).toEqual(GARBAGE);
    expect(takeFrames(make(), prelude(0, 0))).toEqual(GARBAGE);
    expect(takeFrames(make(), prelude(20, 5))).toEqual(GARBAGE);
    expect(takeFrames(make(), prelude(20, 0xffff_ffff))).toEqual(GARBAGE);
    expect(takeFrames(make(), prelude(0xffff_ffff, 0))).toEqual(TOO_LARGE);
    expect(takeFrames(make(), prelude(1_000_001, 0))).toEqual(TOO_LARGE);
    expect(takeFrames(make(), prelude(1_000_000, 0))).toEqual([]);
    expect(takeFrames(make(), prelude(1_000_000, 131_072))).toEqual([]);
    expect(takeFrames(make(), prelude(1_000_000, 131_073))).toEqual(TOO_LARGE);
  });

  test('refuses headers that do not add up', () => {
    const text = header('s', 7, 0, 2, 0x61, 0x62);
    expect(takeFrames(make(), message(text))).toHaveLength(1);
    for (let length = 1; length < text.length; length += 1) {
      expect(takeFrames(make(), message(text.subarray(0, length), text.subarray(length))), `${length}`).toEqual(
        GARBAGE,
      );
    }
    for (const [type, size] of [1, 1, 2, 3, 5, 9, 3, 3, 9, 17].entries()) {
      const whole = Buffer.concat([header('h', type), Buffer.alloc(size - 1)]);
      expect(takeFrames(make(), message(whole)), `type ${type}`).toHaveLength(1);
      expect(takeFrames(make(), message(whole.subarray(0, -1))), `type ${type}`).toEqual(GARBAGE);
      expect(takeFrames(make(), message(Buffer.concat([whole, Buffer.of(0)]))), `type ${type}`).toEqual(GARBAGE);
    }
  });

  test('refuses what two readers could read differently: types unknown, names repeated or empty, lengths with a sign', () => {
    expect(takeFrames(make(), message(header('h', 10)))).toEqual(GARBAGE);
    expect(takeFrames(make(), message(header('h', 255)))).toEqual(GARBAGE);
    expect(takeFrames(make(), message(header('', 0)))).toEqual(GARBAGE);
    expect(takeFrames(make(), message(Buffer.concat([header('h', 0), header('h', 1)])))).toEqual(GARBAGE);
    const long = (bytes: number) => Buffer.concat([header('h', 7, bytes >> 8, bytes & 0xff), Buffer.alloc(bytes, 'x')]);
    expect(takeFrames(make(), message(long(0x7fff)))).toHaveLength(1);
    expect(takeFrames(make(), message(long(0x8000)))).toEqual(GARBAGE);
  });

  test('refuses text that is not UTF-8, in a name, a header or the payload', () => {
    expect(takeFrames(make(), message(Buffer.of(1, 0xff, 0)))).toEqual(GARBAGE);
    expect(takeFrames(make(), message(header('h', 7, 0, 1, 0xff)))).toEqual(GARBAGE);
    expect(takeFrames(make(), message(header('h', 6, 0, 1, 0xff)))).toMatchObject([{ fields: [{ value: '/w==' }] }]);
    expect(takeFrames(make(), message(Buffer.alloc(0), Buffer.of(0xff)))).toEqual(GARBAGE);
  });

  test('reads headers that come again as it read them first, and others for themselves, however much they look alike', () => {
    const frame = (name: string, value: string) => encodeEventFrame({ [name]: value }, '{}');
    const frames = [frame('a', 'one'), frame('a', 'one'), frame('a', 'two'), frame('b', 'two'), frame('a', 'one')];
    const broken = message(header('a', 7, 0, 3, 0x6f, 0x6e), Buffer.from('{}'));
    const alone = frames.map((raw) => takeFrames(make(), raw));
    const together = takeFrames(make(), Buffer.concat(frames));
    expect(together).toEqual(alone.flat());
    for (const first of frames) expect(takeFrames(make(), Buffer.concat([first, broken]))).toEqual(GARBAGE);
  });

  test('never takes a cut message for an end', () => {
    const raw = eventMessages[1]?.raw ?? Buffer.alloc(0);
    expect(raw.length).toBeGreaterThan(100);
    for (let length = 1; length < raw.length; length += 1) {
      const parser = make();
      expect(takeFrames(parser, raw.subarray(0, length))).toEqual([]);
      expect(parser.idle).toBe(false);
      expect(parser.end()).toEqual({ fault: 'UPSTREAM_BROKEN' });
    }
    const parser = make();
    expect(takeFrames(parser, raw)).toHaveLength(1);
    expect([parser.idle, parser.end()]).toEqual([true, undefined]);
  });

  test('answers any headers under right checksums with a frame or a fault', () => {
    const headers = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(fc.tuple(fc.constantFrom('a', 'b', 'é'), fc.nat(11), fc.uint8Array({ maxLength: 18 })))
        .map((list) => Buffer.concat(list.map(([name, type, value]) => Buffer.concat([header(name, type), value])))),
    );
    fc.assert(
      fc.property(headers, fc.string(), (block, payload) => {
        const raw = message(block, Buffer.from(payload));
        const frames = takeFrames(make(), raw);
        if ('fault' in frames) expect(frames).toEqual(GARBAGE);
        else expect(frames).toMatchObject([{ raw, data: payload === '' ? undefined : payload }]);
      }),
      { numRuns: 2000 },
    );
  });

  test('`reseal()` makes a message valid again after its payload was replaced, and leaves the given bytes alone', () => {
    const headers = fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fc.string(), { maxKeys: 4 });
    fc.assert(
      fc.property(headers, fc.string({ minLength: 1 }), fc.string(), (fields, before, after) => {
        const raw = encodeEventFrame(fields, before);
        const [frame] = [takeFrames(make(), raw)].flat();
        const [{ start, end } = { start: 0, end: 0 }] = frame !== undefined && 'raw' in frame ? frame.pieces : [];
        const spliced = Buffer.concat([raw.subarray(0, start), Buffer.from(after), raw.subarray(end)]);
        const given = Buffer.from(spliced);
        const resealed = make().reseal(spliced);
        expect(spliced.equals(given)).toBe(true);
        expect(Buffer.from(encodeEventFrame(fields, after)).equals(resealed)).toBe(true);
        expect(takeFrames(make(), resealed)).toHaveLength(1);
      }),
    );
  });
});
