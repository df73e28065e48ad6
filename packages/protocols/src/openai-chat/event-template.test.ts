import { isFault, oneByOne, type WireEvent } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiChat } from './adapter.ts';
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 100_000 };

/** Literals as a server may write them, among them some that are none. */
const literals = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '" the"',
    '"\\"x\\""',
    '"\\\\"',
    '"\\u00e9"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\x"',
    '"a\tb"',
    '""',
    '"\ufffd"',
    'null',
  ),
);
const paddings = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('"aB3"', '""') },
  fc.constantFrom('"aB3"', '""', '"a b"', '"é"', `"${'x'.repeat(200)}"`, '7', '"a\\"b"'),
);
const fields = fc.oneof(
  { weight: 8, arbitrary: fc.constant('content') },
  fc.constantFrom('reasoning_content', 'refusal'),
);

const events = fc
  .record({
    field: fields,
    literal: literals,
    padding: paddings,
    index: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
    after: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
  })
  .map(({ field, literal, padding, index, after }) => {
    const choice = `"choices":[{"index":${index},"delta":{"${field}":${literal}},"finish_reason":null}]`;
    const noise = `"obfuscation":${padding}`;
    return `data: {"id":"c1","model":"m",${after ? `${choice},${noise}` : `${noise},${choice}`}}\n\n`;
  });
const calls = literals.map(
  (literal) =>
    `data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":${literal}}}]}}]}\n\n`,
);
const named = fc.constant(
  'data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"pay","arguments":""}}]}}]}\n\n',
);
const others = fc.constantFrom(
  ': ping\n\n',
  'data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}\r\n\r\n',
);

/** What a reader of the events can see of them. */
interface Reading {
  readonly events: readonly WireEvent[];
  readonly rewritten: readonly string[];
  readonly fault: string | undefined;
}

function read(stream: string, cut: boolean): Reading {
  const request = openaiChat.request(Buffer.from('{"model":"m","messages":[],"logprobs":true}'), ENDPOINT, LIMITS);
  if (isFault(request)) throw new Error(request.fault);
  const codec = openaiChat.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
  const bytes = Buffer.from(stream);
  const seen: WireEvent[] = [];
  let fault: string | undefined;
  const step = cut ? 1 : bytes.length;
  for (let at = 0; at < bytes.length && fault === undefined; at += step) {
    const got = codec.push(bytes.subarray(at, at + step));
    if (isFault(got)) fault = got.fault;
    else seen.push(...got.flatMap(oneByOne));
  }
  const rewritten = seen.map((event) => {
    const edits = event.parts.map((part, index) => ({
      part: index,
      edits: [{ start: 0, end: part.text.length, text: 'é"' }],
    }));
    return Buffer.from(codec.rewrite(event, edits)).toString();
  });
  return { events: seen.map((event) => ({ ...event, raw: Buffer.from(event.raw) })), rewritten, fault };
}

describe('EventTemplate', () => {
  test('reads every stream exactly as the parser reads it, and writes it again the same way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 8, arbitrary: events }, calls, named, others), { maxLength: 25 }),
        (list) => {
          const stream = list.join('');
          const byTemplate = read(stream, false);
          const byParser = read(stream, true);
          // A fault in one piece hides the events before it; byte by byte they were seen already.
          if (byTemplate.fault === undefined) expect(byTemplate).toEqual(byParser);
          else expect(byTemplate.fault).toBe(byParser.fault);
        },
      ),
      { numRuns: 600 },
    );
  });
});
