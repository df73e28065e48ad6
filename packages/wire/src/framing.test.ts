import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventMessages } from './fixtures/event-messages.ts';
import {
  EventStreamParser,
  encodeEventFrame,
  type Frame,
  type Framing,
  JsonArrayParser,
  NdjsonParser,
  SseParser,
  takeFrames,
} from './index.ts';

interface Cut {
  readonly frames: readonly Frame[];
  readonly fault: string | undefined;
}

/** What a framing makes of a stream cut at some offsets: the frames up to its end or the first fault. */
function cut(framing: Framing, input: Uint8Array, cuts: readonly number[] = []): Cut {
  const frames: Frame[] = [];
  const ends = [...new Set(cuts.map((at) => at % (input.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, input.length]) {
    const chunk = input.slice(start, end);
    for (let from = 0; from < chunk.length; ) {
      const taken = framing.take(chunk, from);
      if (taken === undefined) break;
      if ('fault' in taken) return { frames, fault: taken.fault };
      expect(taken.end).toBeGreaterThanOrEqual(from);
      frames.push(taken.frame);
      from = taken.end;
    }
    start = end;
  }
  const last = framing.end();
  if (last === undefined) return { frames, fault: undefined };
  return 'fault' in last ? { frames, fault: last.fault } : { frames: [...frames, last], fault: undefined };
}

const rawOf = ({ frames }: Cut) => Buffer.concat(frames.map(({ raw }) => raw));
const plain = ({ frames, fault }: Cut) => ({
  frames: frames.map(({ raw, data, pieces, fields }) => ({
    raw: Buffer.from(raw).toString('hex'),
    data,
    pieces,
    fields,
  })),
  fault,
});

const MAX_FRAME_BYTES = 100_000;
const objects = fc.array(
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 }).map((value) => JSON.stringify(value)),
  { maxLength: 6 },
);
const spaces = fc.constantFrom('', '', ' ', '\n', '\r\n', '\t ');
const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

const kinds: readonly {
  readonly name: string;
  readonly make: (maxFrameBytes: number) => Framing;
  readonly streams: fc.Arbitrary<Uint8Array>;
}[] = [
  {
    name: 'SseParser',
    make: (maxFrameBytes) => new SseParser(maxFrameBytes),
    streams: fc
      .array(fc.tuple(fc.constantFrom('', ': x\n', 'event: e\r\n'), objects, fc.constantFrom('\n', '\n\n')))
      .map((blocks) =>
        encoded(
          blocks.map(([field, data, end]) => field + data.map((each) => `data: ${each}\n`).join('') + end).join(''),
        ),
      ),
  },
  {
    name: 'NdjsonParser',
    make: (maxFrameBytes) => new NdjsonParser(maxFrameBytes),
    streams: fc
      .tuple(fc.array(fc.tuple(objects, fc.constantFrom('\n', '\r\n', '\n\n'))), fc.constantFrom('', '{}', '{"a'))
      .map(([lines, last]) => encoded(lines.map(([line, end]) => (line[0] ?? '') + end).join('') + last)),
  },
  {
    name: 'JsonArrayParser',
    make: (maxFrameBytes) => new JsonArrayParser({ maxFrameBytes, maxDepth: 8 }),
    streams: fc
      .tuple(objects, spaces, spaces)
      .map(([items, a, b]) => encoded(`${a}[${b}${items.join(`${a},${b}`)}${b}]${a}`)),
  },
  {
    name: 'EventStreamParser',
    make: (maxFrameBytes) => new EventStreamParser(maxFrameBytes),
    streams: fc
      .array(
        fc.oneof(
          fc.constantFrom(...eventMessages.map(({ raw }) => raw)),
          fc
            .tuple(fc.dictionary(fc.string({ minLength: 1, maxLength: 9 }), fc.string(), { maxKeys: 3 }), fc.string())
            .map(([headers, payload]) => encodeEventFrame(headers, payload)),
        ),
        { maxLength: 5 },
      )
      .map((messages) => Buffer.concat(messages)),
  },
];

describe.each(kinds)('$name as a Framing', ({ make, streams }) => {
  test('hands out every byte once and in order, and the same frames, however the stream is cut', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 12 }), (input, cuts) => {
        const whole = cut(make(MAX_FRAME_BYTES), input);
        expect(whole.fault).toBeUndefined();
        expect(rawOf(whole).equals(input)).toBe(true);
        expect(plain(cut(make(MAX_FRAME_BYTES), input, cuts))).toEqual(plain(whole));
        const everywhere = Array.from({ length: input.length }, (_, at) => at);
        expect(plain(cut(make(MAX_FRAME_BYTES), input, everywhere))).toEqual(plain(whole));
      }),
      { numRuns: 300 },
    );
  });

  test('says where its data stands, part by part', () => {
    fc.assert(
      fc.property(streams, (input) => {
        for (const { raw, data, pieces } of cut(make(MAX_FRAME_BYTES), input).frames) {
          expect(pieces.length > 0).toBe(data !== undefined);
          for (const [at, { offset, start, end }] of pieces.entries()) {
            const next = pieces[at + 1];
            const part = data?.slice(offset, next === undefined ? undefined : next.offset - 1);
            expect(Buffer.from(raw.subarray(start, end)).toString()).toBe(part);
          }
        }
      }),
    );
  });

  test('answers hostile bytes with frames and faults, the same ones however they are cut, and never throws', () => {
    const damage = fc.record({ at: fc.nat(), drop: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) });
    const damaged = fc.tuple(streams, fc.array(damage, { minLength: 1, maxLength: 3 })).map(([stream, list]) => {
      let bytes = Buffer.from(stream);
      for (const { at, drop, put } of list) {
        const start = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + drop)]);
      }
      return new Uint8Array(bytes);
    });
    fc.assert(
      fc.property(
        fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })).map((bytes) => bytes.filter((byte) => byte !== 0x0d)),
        fc.array(fc.nat(), { maxLength: 12 }),
        (input, cuts) => {
          const whole = cut(make(MAX_FRAME_BYTES), input);
          expect(plain(cut(make(MAX_FRAME_BYTES), input, cuts))).toEqual(plain(whole));
          const raw = rawOf(whole);
          expect(raw.equals(input.subarray(0, raw.length))).toBe(true);
          expect(whole.fault !== undefined || raw.length === input.length).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('bounds a frame, finished or not', () => {
    fc.assert(
      fc.property(streams, (input) => {
        const sizes = cut(make(MAX_FRAME_BYTES), input).frames.map(({ raw }) => raw.length);
        if (sizes.length === 0) return;
        const largest = Math.max(...sizes);
        expect(cut(make(largest), input).fault).toBeUndefined();
        const cuts = Array.from({ length: input.length }, (_, at) => at);
        expect(cut(make(largest - 1), input).fault).toBe('UPSTREAM_TOO_LARGE');
        expect(cut(make(largest - 1), input, cuts).fault).toBe('UPSTREAM_TOO_LARGE');
      }),
    );
  });

  test('is idle between frames, and what was taken directly there leaves no trace', () => {
    fc.assert(
      fc.property(streams, (input) => {
        const framing = make(MAX_FRAME_BYTES);
        const whole = cut(make(MAX_FRAME_BYTES), input);
        for (const { raw, data } of whole.frames) {
          if (framing.idle && data !== undefined) continue;
          for (const byte of raw) framing.take(Uint8Array.of(byte), 0);
        }
        const last = framing.end();
        expect(last === undefined || !('fault' in last) ? undefined : last.fault).toBe(whole.fault);
      }),
    );
  });
});

describe('takeFrames()', () => {
  test('gives the frames that a chunk completes, or the first fault', () => {
    const parser = new NdjsonParser(10);
    const frames = takeFrames(parser, encoded('{}\n[]\n1'));
    expect(frames).toMatchObject([{ data: '{}' }, { data: '[]' }]);
    expect(takeFrames(parser, encoded('2\n'))).toMatchObject([{ data: '12' }]);
    expect(takeFrames(parser, encoded('{}\n0123456789\n'))).toEqual({ fault: 'UPSTREAM_TOO_LARGE' });
  });
});
