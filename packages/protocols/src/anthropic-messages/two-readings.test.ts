import { type AnswerCodec, isFault, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { anthropicMessages } from './adapter.ts';
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000_000 };
const GARBAGE = { fault: 'UPSTREAM_GARBAGE' };
const BODY = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], stream: true };

interface Sent {
  readonly type: string;
  readonly [member: string]: unknown;
}

function codec(contentType: string, status = 200): AnswerCodec {
  const request = anthropicMessages.request(Buffer.from(JSON.stringify(BODY)), ENDPOINT, LIMITS);
  if (isFault(request)) throw new Error(request.fault);
  return anthropicMessages.answer(request, { status, contentType }, LIMITS);
}

type Read = readonly WireEvent[] | { readonly fault: string };

function read(from: AnswerCodec, body: string): Read {
  const pushed = from.push(Buffer.from(body));
  if (isFault(pushed)) return pushed;
  const ended = from.end();
  return isFault(ended) ? ended : [...pushed, ...ended];
}

const START: Sent = { type: 'message_start', message: { id: 'msg_1', role: 'assistant', content: [], usage: {} } };
const STOP: Sent = { type: 'message_stop' };
const framed = (event: Sent, name: string | undefined = event.type) =>
  `${name === '' ? '' : `event: ${name}\n`}data: ${JSON.stringify(event)}\n\n`;
const wire = (...events: readonly Sent[]) => events.map((event) => framed(event)).join('');
const stream = (...events: readonly Sent[]) => read(codec('text/event-stream'), wire(START, ...events, STOP));
const whole = (answer: unknown, status = 200) => read(codec('application/json', status), JSON.stringify(answer));
const message = (...content: readonly unknown[]) => whole({ type: 'message', role: 'assistant', content });

const open = (index: number, content_block: object = { type: 'text', text: '' }) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, fields: object) => ({ type: 'content_block_delta', index, delta: fields });
const says = (index: number, text: string) => delta(index, { type: 'text_delta', text });
const close = (index: number) => ({ type: 'content_block_stop', index });
const TOOL = { type: 'tool_use', id: 't', name: 'rm', input: {} };

/** The new text of each lane, by its id; what a lane begins with once more is left out. */
function lanesOf(events: Read): Readonly<Record<string, string>> {
  if (isFault(events)) throw new Error(events.fault);
  const lanes: Record<string, string> = {};
  for (const { parts } of events as readonly WireEvent[]) {
    for (const { lane, text, echo } of parts) if (echo === undefined) lanes[lane] = (lanes[lane] ?? '') + text;
  }
  return lanes;
}

describe('an event that clients could read in another way ends the answer', () => {
  test('a name that its data does not have: the SDK goes by the one or by the other', () => {
    const around = (event: string) => read(codec('text/event-stream'), wire(START, open(0)) + event + wire(STOP));
    for (const name of ['ping', 'error', 'content_block_stop', '', 'vendor_event']) {
      expect(around(framed(says(0, 'AKIA'), name)), name).toMatchObject(GARBAGE);
    }
    expect(around(framed({ type: 'vendor_event' }, 'ping'))).toMatchObject(GARBAGE);
    expect(around(framed({ type: 'vendor_event' }, 'other_event'))).toHaveLength(4);
    expect(around(framed({ type: 'vendor_event' }, ''))).toHaveLength(4);
  });

  test('blocks and texts before the message begins, and a message that begins twice or with content', () => {
    const bare = (...events: readonly Sent[]) => read(codec('text/event-stream'), wire(...events, STOP));
    expect(bare(open(0), START)).toMatchObject(GARBAGE);
    expect(bare({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }, START)).toMatchObject(GARBAGE);
    expect(bare()).toMatchObject(GARBAGE);
    expect(bare(START, START)).toMatchObject(GARBAGE);
    expect(bare({ type: 'message_start' })).toMatchObject(GARBAGE);
    const said = { type: 'message_start', message: { content: [{ type: 'text', text: 'hi' }] } };
    expect(bare(said)).toMatchObject(GARBAGE);
    expect(bare({ type: 'ping' }, START)).toHaveLength(3);
  });

  test('a block that is not the next one, that was never begun, or that has ended', () => {
    for (const index of [1, -1, 0.5, '0', null, 1e300]) {
      expect(stream({ ...open(0), index }), `${index}`).toMatchObject(GARBAGE);
      expect(stream(open(0), { ...says(0, 'a'), index }), `${index}`).toMatchObject(GARBAGE);
      expect(stream(open(0), { ...close(0), index }), `${index}`).toMatchObject(GARBAGE);
    }
    expect(stream(open(0), close(0), says(0, 'a'))).toMatchObject(GARBAGE);
    expect(stream(open(0), close(0), close(0))).toMatchObject(GARBAGE);
    expect(stream(open(0), open(1), says(0, 'a'))).toMatchObject(GARBAGE);
    expect(stream({ type: 'content_block_start', index: 0, content_block: 'text' })).toMatchObject(GARBAGE);
    expect(stream(open(0), { type: 'content_block_delta', index: 0, delta: 'a' })).toMatchObject(GARBAGE);
  });

  test('a block that goes without its end is over when the next one begins', () => {
    expect(lanesOf(stream(open(0), says(0, 'a b'), open(1, TOOL), close(0), close(1)))).toMatchObject({
      '~blocks/text': 'a b',
    });
  });

  test('a delta that its block does not take', () => {
    const blocks = [
      { type: 'text', text: '' },
      { type: 'thinking', thinking: '' },
      TOOL,
      { type: 'redacted_thinking', data: '' },
    ];
    const deltas = [
      { type: 'text_delta', text: 'a' },
      { type: 'thinking_delta', thinking: 'a' },
      { type: 'input_json_delta', partial_json: '{}' },
    ];
    for (const [at, block] of blocks.entries()) {
      for (const [own, each] of deltas.entries()) {
        const got = stream(open(0, block), delta(0, each), close(0));
        if (own === at) expect(got).toHaveLength(5);
        else expect(got, `${each.type} in ${block.type}`).toMatchObject(GARBAGE);
      }
    }
  });

  test('a delta whose text is none', () => {
    for (const text of [7, null, { a: 'b' }, ['a']]) {
      expect(stream(open(0), delta(0, { type: 'text_delta', text })), `${text}`).toMatchObject(GARBAGE);
    }
    expect(stream(open(0), delta(0, { type: 'text_delta' }))).toMatchObject(GARBAGE);
    expect(message({ type: 'text', text: 4111111111111111 })).toMatchObject(GARBAGE);
  });

  test('a call whose input comes twice, or whose name is no text', () => {
    const given = { ...TOOL, input: { path: '/' } };
    expect(stream(open(0, given), delta(0, { type: 'input_json_delta', partial_json: '' }), close(0))).toHaveLength(5);
    expect(stream(open(0, given), delta(0, { type: 'input_json_delta', partial_json: '{}' }))).toMatchObject(GARBAGE);
    expect(message({ ...TOOL, name: ['rm'] })).toMatchObject(GARBAGE);
  });

  test('content that is no list of blocks', () => {
    for (const content of ['a', { 0: { type: 'text', text: 'a' } }, ['a'], [null]]) {
      expect(whole({ type: 'message', content }), JSON.stringify(content)).toMatchObject(GARBAGE);
    }
    expect(whole({ type: 'message', content: null })).toHaveLength(1);
  });

  test('names that differ from decisive ones in case alone', () => {
    expect(stream({ ...open(0), Content_Block: TOOL })).toMatchObject(GARBAGE);
    expect(stream(open(0), { ...says(0, 'a'), delta: { type: 'text_delta', text: 'a', Text: 'b' } })).toMatchObject(
      GARBAGE,
    );
    expect(message({ ...TOOL, Input: {} })).toMatchObject(GARBAGE);
    expect(whole({ type: 'message', content: [], Content: [TOOL] })).toMatchObject(GARBAGE);
    expect(message({ type: 'text', text: 'a', 'X-Trace': 'b', Extra: 'c' })).toHaveLength(1);
  });

  test('a redirect, and a body that is no JSON', () => {
    expect(read(codec('application/json', 307), '{}')).toMatchObject(GARBAGE);
    expect(read(codec('text/plain'), wire(START, STOP))).toMatchObject(GARBAGE);
  });
});

describe('lanes: what stands elsewhere never gets between the pieces of a text', () => {
  test('a text that goes on in another block is looked at together with the last of the one before', () => {
    const lanes = lanesOf(
      stream(open(0), says(0, 'AKIA'), close(0), open(1, TOOL), close(1), open(2), says(2, 'IOSF'), close(2)),
    );
    expect(lanes['~blocks/text']).toBe('AKIA');
    expect(lanes['~blocks/text/2']).toBe('AKIAIOSF');
    expect(lanesOf(message({ type: 'text', text: 'AKIA' }, { type: 'text', text: 'IOSF' }))['~blocks/text/2']).toBe(
      'AKIAIOSF',
    );
  });

  test.each([
    ['a member of the event', { ...says(0, 'IOSF'), text: '-' }],
    ['a member of the delta', delta(0, { type: 'text_delta', text: 'IOSF', note: '-' })],
    ['a member of the event named like the lane', { ...says(0, 'IOSF'), '~blocks': { text: '-' } }],
    ['a citation in between', says(0, 'IOSF')],
  ])('%s', (_name, second) => {
    const cited = delta(0, { type: 'citations_delta', citation: { type: 'x', cited_text: '-', title: '-' } });
    const lanes = lanesOf(stream(open(0), says(0, 'AKIA'), cited, second, close(0)));
    expect(lanes['~blocks/text']).toBe('AKIAIOSF');
    expect(Object.values(lanes)).toContain('-');
  });

  test('a delta of an unknown type is no piece of a text that is known', () => {
    const lanes = lanesOf(
      stream(open(0), says(0, 'AKIA'), delta(0, { type: 'later_delta', text: '-' }), says(0, 'IOSF'), close(0)),
    );
    expect(lanes).toMatchObject({ '~blocks/text': 'AKIAIOSF', '0/~delta/text': '-' });
  });

  test('citations do not share a lane with a member that is named like their list', () => {
    const block = { type: 'text', text: '', citations: { 0: { title: 'a b' } } };
    const cited = delta(0, { type: 'citations_delta', citation: { title: 'c d' } });
    expect(lanesOf(stream(open(0, block), cited, close(0)))).toMatchObject({
      '0/citations/0/title': 'a b',
      '0/~citations/0/title': 'c d',
    });
  });
});

describe('facts: hold identifiers, never words', () => {
  test('what is no identifier is left out, and a reason is called other', () => {
    const events = whole({
      type: 'message',
      id: 'the patient has',
      model: 'words of a prompt',
      content: [],
      stop_reason: 'he said no',
    });
    if (isFault(events)) throw new Error(events.fault);
    expect((events as readonly WireEvent[])[0]?.facts).toEqual({ finishReasons: ['other'] });
  });
});

describe('an answer that is made to exhaust', () => {
  test('more blocks than an answer may have are not counted any further', () => {
    const many = (count: number) =>
      message(...Array.from({ length: count }, () => ({ type: 'redacted_thinking', data: '' })));
    expect(many(4096)).toHaveLength(1);
    expect(many(4097)).toMatchObject(GARBAGE);
  });

  test('results with countless texts share a lane, and are still those of a tool', () => {
    const content = Array.from({ length: 2_000 }, (_, at) => ({
      type: 'web_search_result',
      url: `https://a.example.com/${at} b`,
    }));
    const events = message({ type: 'web_search_tool_result', tool_use_id: 's', content });
    if (isFault(events)) throw new Error(events.fault);
    const [event] = events as readonly WireEvent[];
    const points = new Set(event?.opens.map(({ point, origin }) => `${point} ${origin.role}`));
    expect([...points]).toEqual(['tool-result tool']);
    expect(event?.opens.length).toBeLessThan(300);
  });
});
