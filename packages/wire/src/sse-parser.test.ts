import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Frame, SseParser, takeFrames } from './index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

interface Parsed {
  readonly events: readonly Frame[];
  readonly unfinished: Frame | undefined;
}

function parse(input: Uint8Array, cuts: readonly number[] = []): Parsed {
  const parser = new SseParser(10_000);
  const events: Frame[] = [];
  const ends = [...new Set(cuts.map((cut) => cut % (input.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, input.length]) {
    const got = takeFrames(parser, input.subarray(from, end));
    if ('fault' in got) throw new Error(got.fault);
    events.push(...got);
    from = end;
  }
  const unfinished = parser.end();
  if (unfinished !== undefined && 'fault' in unfinished) throw new Error(unfinished.fault);
  return { events, unfinished };
}

const dataOf = (input: string) => parse(bytes(input)).events.map((event) => event.data);

const streams = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'data: a',
        'data:b',
        'data',
        'data:',
        ': ping',
        'event: x',
        'id:7',
        'retry: 1',
        'data: {"é":"😀"}',
        'odd',
      ),
      fc.constantFrom('', '', ''),
    ),
    { maxLength: 20 },
  )
  .chain((lines) => fc.tuple(...lines.map((line) => fc.constantFrom('\n', '\r\n', '\r').map((end) => line + end))))
  .map((lines) => lines.join(''));

describe('SseParser', () => {
  test('hands out every byte once and in order, and the same events, however the stream is cut', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 12 }), (text, cuts) => {
        const input = bytes(text);
        const whole = parse(input);
        const cut = parse(input, cuts);
        const raw = (parsed: Parsed) =>
          Buffer.concat([...parsed.events.map((event) => event.raw), parsed.unfinished?.raw ?? new Uint8Array(0)]);
        expect(raw(whole).equals(input)).toBe(true);
        expect(raw(cut).equals(input)).toBe(true);
        expect(cut.events.map((event) => event.data)).toEqual(whole.events.map((event) => event.data));
      }),
      { numRuns: 2000 },
    );
  });

  test('gives one-byte chunks the same events', () => {
    const input = bytes('\ufeffdata: é\r\n\r\n: c\r\rdata: x\ndata: y\n\n');
    const cuts = Array.from({ length: input.length }, (_, at) => at);
    expect(parse(input, cuts).events.map((event) => event.data)).toEqual(['é', undefined, 'x\ny']);
  });

  test('takes LF, CRLF and CR, with and without the space, and only one space', () => {
    expect(dataOf('data: a\n\ndata:b\r\n\r\ndata:  c\r\r')).toEqual(['a', 'b', ' c']);
  });

  test('joins data lines with line feeds and says where each stands', () => {
    const [event] = parse(bytes('event: m\ndata: {"é":\ndata: 1}\n\n')).events;
    expect(event?.data).toBe('{"é":\n1}');
    const pieces = event?.pieces.map(({ offset, start, end }) => [
      offset,
      Buffer.from(event.raw.subarray(start, end)).toString(),
    ]);
    expect(pieces).toEqual([
      [0, '{"é":'],
      [6, '1}'],
    ]);
    expect(event?.fields.map(({ name, value }) => [name, value])).toEqual([['event', 'm']]);
  });

  test('keeps comments and unknown fields visible', () => {
    const [event] = parse(bytes(': keep-alive\nodd\nid: 7\n\n')).events;
    expect(event?.data).toBeUndefined();
    expect(event?.fields.map(({ name, value }) => [name, value])).toEqual([
      ['', 'keep-alive'],
      ['odd', ''],
      ['id', '7'],
    ]);
  });

  test('drops a byte order mark from the first line only, never from the bytes', () => {
    const { events } = parse(bytes('\ufeffdata: a\n\n\ufeffdata: b\n\n'));
    expect(events.map((event) => event.data)).toEqual(['a', undefined]);
    expect(events[0]?.raw[0]).toBe(0xef);
  });

  test('reports what the stream left unfinished', () => {
    const { events, unfinished } = parse(bytes('data: a\n\ndata: b\n'));
    expect(events).toHaveLength(1);
    expect(unfinished?.data).toBe('b');
    expect(parse(bytes('data: a\n\n')).unfinished).toBeUndefined();
  });

  test('hands out an event at its carriage return, and waits for a line feed only where the stream uses them', () => {
    const old = new SseParser(100);
    expect(takeFrames(old, bytes('data: a\r\r'))).toMatchObject([{ data: 'a' }]);
    expect(takeFrames(old, bytes('data: b\r\r'))).toMatchObject([{ data: 'b' }]);
    const mixed = new SseParser(100);
    expect(takeFrames(mixed, bytes('data: a\r\n\r'))).toEqual([]);
    const [event] = [takeFrames(mixed, bytes('\n'))].flat();
    expect(event).toMatchObject({ data: 'a', raw: Buffer.from('data: a\r\n\r\n') });
    expect(takeFrames(mixed, bytes('data: b\r\n\r'))).toEqual([]);
    expect(takeFrames(mixed, bytes('data: c\r\n\r\n'))).toMatchObject([{ data: 'b' }, { data: 'c' }]);
  });

  test('bounds an event, finished or not', () => {
    const atLimit = `data: ${'x'.repeat(92)}\n\n`;
    expect(takeFrames(new SseParser(100), bytes(atLimit))).toHaveLength(1);
    expect(takeFrames(new SseParser(99), bytes(atLimit))).toEqual({ fault: 'UPSTREAM_TOO_LARGE' });
    const parser = new SseParser(10);
    expect(takeFrames(parser, bytes('data: x'))).toEqual([]);
    expect(takeFrames(parser, bytes('yyyy'))).toEqual({ fault: 'UPSTREAM_TOO_LARGE' });
  });

  test('refuses an event that is not UTF-8', () => {
    expect(takeFrames(new SseParser(100), Uint8Array.of(0x64, 0xff, 0x0a, 0x0a))).toEqual({
      fault: 'UPSTREAM_GARBAGE',
    });
  });
});
