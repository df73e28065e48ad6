import { type AnswerCodec, isFault, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { openaiChat } from './adapter.ts';
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000_000 };
const MESSAGES = [{ role: 'user', content: 'hi' }];
const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const request = (body: object) =>
  openaiChat.request(bytes({ model: 'm', messages: MESSAGES, ...body }), ENDPOINT, LIMITS);

function codec(contentType: string, status = 200): AnswerCodec {
  const parsed = request({ stream: contentType === 'text/event-stream', logprobs: true });
  if (isFault(parsed)) throw new Error(parsed.fault);
  return openaiChat.answer(parsed, { contentType, status }, LIMITS);
}

type Read = readonly WireEvent[] | { readonly fault: string };

function read(from: AnswerCodec, body: string): Read {
  const pushed = from.push(bytes(body));
  if (isFault(pushed)) return pushed;
  const ended = from.end();
  return isFault(ended) ? ended : [...pushed, ...ended];
}

const whole = (answer: unknown, contentType = 'application/json') => read(codec(contentType), JSON.stringify(answer));
const stream = (...chunks: readonly object[]) =>
  read(
    codec('text/event-stream'),
    `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`,
  );
const GARBAGE = { fault: 'UPSTREAM_GARBAGE' };

/** The new text of each lane, by its id. */
function lanesOf(events: Read): ReadonlyMap<string, string> {
  if (isFault(events)) throw new Error(events.fault);
  const lanes = new Map<string, string>();
  for (const { parts } of events as readonly WireEvent[]) {
    for (const { lane, text, echo } of parts) if (echo === undefined) lanes.set(lane, (lanes.get(lane) ?? '') + text);
  }
  return lanes;
}

const CALL = { id: 'c', type: 'function', function: { name: 'rm', arguments: '{}' } };
const answerOf = (message: object, more: object = {}) => ({ choices: [{ index: 0, message, ...more }] });

describe('an answer that clients could read in another way is no answer', () => {
  test('a body that is no JSON, whatever its type says: clients read it as a stream', () => {
    const events = 'data: {"choices":[{"index":0,"delta":{"content":"AKIA"}}]}\n\ndata: [DONE]\n\n';
    for (const type of ['', 'text/plain', 'text/event-stream, text/plain', 'application/x-ndjson']) {
      expect(read(codec(type), events)).toMatchObject(GARBAGE);
    }
    expect(read(codec('text/plain', 500), 'busy')).toHaveLength(1);
    expect(read(codec('', 204), '')).toHaveLength(1);
  });

  test('a redirect: a client that followed would send its request as it was', () => {
    for (const status of [301, 307, 308]) {
      expect(read(codec('application/json', status), '{}')).toMatchObject(GARBAGE);
      expect(read(codec('text/event-stream', status), 'data: {}\n\ndata: [DONE]\n\n')).toMatchObject(GARBAGE);
    }
  });

  test('choices and calls that are no lists, calls that are no objects', () => {
    expect(whole({ choices: { 0: { message: { tool_calls: [CALL] } } } })).toMatchObject(GARBAGE);
    expect(whole(answerOf({ tool_calls: { 0: CALL } }))).toMatchObject(GARBAGE);
    expect(whole(answerOf({ function_call: 'rm' }))).toMatchObject(GARBAGE);
    expect(whole(answerOf({ content: 'a', tool_calls: null, function_call: null }))).toHaveLength(1);
  });

  test('names that differ from decisive ones in case alone, as Unicode folds it', () => {
    for (const name of ['Tool_Calls', 'TOOL_CALLS', 'tool_call\u017f']) {
      expect(whole(answerOf({ [name]: [CALL] }))).toMatchObject(GARBAGE);
    }
    expect(whole({ Choices: [] })).toMatchObject(GARBAGE);
    expect(whole(answerOf({ tool_calls: [{ ...CALL, Function: { name: 'ls' } }] }))).toMatchObject(GARBAGE);
    expect(whole(answerOf({ content: 'a', 'X-Trace': 'b', Extra: 'c' }))).toHaveLength(1);
  });

  test('an index that is no whole number from 0 on', () => {
    for (const index of ['1', 0.5, -1, 1e300, true]) {
      expect(stream({ choices: [{ index, delta: { content: 'a' } }] })).toMatchObject(GARBAGE);
      expect(stream({ choices: [{ index: 0, delta: { tool_calls: [{ ...CALL, index }] } }] })).toMatchObject(GARBAGE);
    }
    expect(stream({ choices: [{ index: null, delta: { content: 'a' } }] })).toHaveLength(2);
  });

  test('a request with such names, in the body, a message or a call', () => {
    for (const name of ['Model', 'STREAM', 'me\u017f\u017fages', 'Tools']) {
      expect(request({ [name]: 'x' })).toMatchObject({ fault: 'BODY_SHAPE' });
    }
    const open = (message: object) => {
      const parsed = request({ messages: [message] });
      return isFault(parsed) ? parsed : parsed.slices[0]?.open();
    };
    const shape = { fault: 'BODY_SHAPE' };
    expect(open({ role: 'user', Role: 'system', content: 'a' })).toMatchObject(shape);
    expect(open({ role: 'assistant', tool_calls: [{ ...CALL, Function: {} }] })).toMatchObject(shape);
    expect(
      open({ role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'f', Arguments: '{}' } }] }),
    ).toMatchObject(shape);
    expect(request({ metadata: { Model: 'x' } })).not.toHaveProperty('fault');
  });
});

describe('lanes: what stands elsewhere never gets between the pieces of a text', () => {
  const first = { choices: [{ index: 0, delta: { content: 'AKIA' } }] };
  test.each([
    ['a member of the answer named like a choice', { 0: { content: '-' } }, {}],
    ['a member of the choice', {}, { content: '-' }],
    ['the member that this answer is not carried in', {}, { message: { content: '-' } }],
  ])('%s', (_, ofAnswer, ofChoice) => {
    const second = { ...ofAnswer, choices: [{ index: 0, ...ofChoice, delta: { content: 'IOSF' } }] };
    const lanes = lanesOf(stream(first, second));
    expect(lanes.get('0/content')).toBe('AKIAIOSF');
    expect([...lanes.values()]).toContain('-');
  });

  test('a list that is named like the next lane of a text', () => {
    const choice = (delta: object) => ({ choices: [{ index: 0, delta }] });
    const events = stream(
      first,
      choice({ reasoning: 'r' }),
      choice({ content: 'b' }),
      choice({ content: ['', '', '-'] }),
    );
    expect([...lanesOf(events)]).toContainEqual(['0/content/2', 'AKIAb']);
  });
});

describe('log-probabilities: every text of an element is a text of the answer', () => {
  test.each([
    ['a member that nobody knows', { token: 'hi', note: 'secret words' }],
    ['an element that is a text', 'secret words'],
    ['bytes that are a text', { token: 'hi', bytes: 'secret words' }],
    ['bytes that are texts', { token: 'hi', bytes: ['secret words'] }],
    ['alternatives that are a text', { token: 'hi', top_logprobs: 'secret words' }],
    ['an alternative that is a text', { token: 'hi', top_logprobs: ['secret words'] }],
    ['a member of an alternative', { token: 'hi', top_logprobs: [{ token: 'hi', note: ['secret words'] }] }],
    ['a name', { token: 'hi', 'secret words': 1 }],
  ])('%s', (_, entry) => {
    const answer = answerOf({ content: 'hi' }, { logprobs: { content: [entry] }, finish_reason: 'stop' });
    expect([...lanesOf(whole(answer)).values()].join('\n')).toContain('secret words');
  });

  test('an edit of such a text drops the element', () => {
    const from = codec('application/json');
    const events = read(
      from,
      JSON.stringify(answerOf({ content: 'hi' }, { logprobs: { content: [{ token: 'hi', note: 'sec ret' }] } })),
    );
    if (isFault(events)) throw new Error(events.fault);
    const [event] = events as readonly WireEvent[];
    if (event === undefined) throw new Error('no event');
    const part = event.parts.findIndex(({ text }) => text.includes('sec ret'));
    const written = from.rewrite(event, [{ part, edits: [{ start: 0, end: 7, text: '[X]' }] }]);
    expect(JSON.parse(Buffer.from(written).toString())).toEqual(
      answerOf({ content: 'hi' }, { logprobs: { content: [] } }),
    );
  });
});

describe('facts: hold identifiers, never words', () => {
  test('what is no identifier is left out, and a reason is called other', () => {
    const events = whole({
      id: 'the patient has',
      model: 'words of a prompt',
      system_fingerprint: 'x'.repeat(129),
      choices: [{ index: 0, finish_reason: 'he said no', message: {} }],
    });
    if (isFault(events)) throw new Error(events.fault);
    expect((events as readonly WireEvent[])[0]?.facts).toEqual({ finishReasons: ['other'] });
  });
});

describe('an answer that is made to exhaust', () => {
  test('more calls than an answer may have are not counted any further', () => {
    const calls = Array.from({ length: 50_000 }, (_, at) => ({ ...CALL, id: `c${at}` }));
    expect(whole(answerOf({ tool_calls: calls }))).toMatchObject(GARBAGE);
  });

  test('texts under a name as long as the answer share one lane', () => {
    const events = whole(answerOf({ ['k'.repeat(5_000)]: Array.from({ length: 300 }, () => 'a b') }));
    if (isFault(events)) throw new Error(events.fault);
    const [event] = events as readonly WireEvent[];
    expect(event?.opens).toHaveLength(1);
  });

  test('blank lines in a row are one event', () => {
    const from = codec('text/event-stream');
    const events = read(from, `data: {}\n\n${'\n'.repeat(10_000)}data: [DONE]\n\n`);
    expect(events).toHaveLength(3);
    if (isFault(events)) throw new Error(events.fault);
    expect((events as readonly WireEvent[])[1]?.raw).toHaveLength(10_000);
  });

  test('many edits of one event, in texts over many lines', () => {
    const emails = Array.from({ length: 400 }, (_, at) => `\u00e4 ${at} x`);
    const lines = JSON.stringify({ foo: emails, choices: [] }).replaceAll(',', ',\n').split('\n');
    const from = codec('text/event-stream');
    const events = read(from, `${lines.map((line) => `data: ${line}\n`).join('')}\ndata: [DONE]\n\n`);
    if (isFault(events)) throw new Error(events.fault);
    const [event] = events as readonly WireEvent[];
    if (event === undefined) throw new Error('no event');
    const edits = event.parts.flatMap(({ text }, part) =>
      text.startsWith('\u00e4') ? [{ part, edits: [{ start: text.length - 1, end: text.length, text: '[X]' }] }] : [],
    );
    const written = Buffer.from(from.rewrite(event, edits))
      .toString()
      .replaceAll(/^data: |\n/gm, '');
    expect(JSON.parse(written)).toEqual({ foo: emails.map((text) => text.replace('x', '[X]')), choices: [] });
  });

  test('bytes of a token may be more than a call takes arguments', () => {
    const bytesOfToken = Array.from({ length: 300_000 }, () => 97);
    const answer = answerOf({ content: 'hi' }, { logprobs: { content: [{ token: 'hi', bytes: bytesOfToken }] } });
    expect(whole(answer)).toHaveLength(1);
  });
});
