import { type AnswerCodec, isFault, type PartEdits, type Refusal, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { ollama } from './adapter.ts';
import type { Operation } from './endpoints.ts';
import { endpointFor } from './testing/endpoints.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 100_000 };
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };

function codecFor(
  operation: Operation = 'chat',
  fields: object = {},
  contentType = 'application/x-ndjson',
): AnswerCodec {
  const body = Buffer.from(JSON.stringify({ model: 'm', ...fields }));
  const parsed = ollama.request(body, endpointFor(operation), LIMITS);
  if (isFault(parsed)) throw new Error(parsed.fault);
  return ollama.answer(parsed, { status: 200, contentType }, LIMITS);
}

const wire = (...values: readonly (object | string)[]) =>
  Buffer.from(values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join(''));
const says = (message: object, more: object = {}) => ({ model: 'm', message, done: false, ...more });
const END = { model: 'm', message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' };

function read(codec: AnswerCodec, bytes: Uint8Array): readonly WireEvent[] | string {
  const first = codec.push(bytes);
  if (isFault(first)) return first.fault;
  const last = codec.end();
  return isFault(last) ? last.fault : [...first, ...last];
}

function events(codec: AnswerCodec, bytes: Uint8Array): readonly WireEvent[] {
  const got = read(codec, bytes);
  if (typeof got === 'string') throw new Error(got);
  return got;
}

const lanes = (all: readonly WireEvent[]) =>
  all.flatMap(({ parts }) =>
    parts.map(({ lane, text, echo }) => `${lane}${echo === undefined ? '' : ' again'}: ${text}`),
  );

describe('answer() of a stream', () => {
  test('ends with the line that says so, and hands out nothing behind it', () => {
    const all = events(codecFor(), wire(says({ content: 'a' }), END, says({ content: 'later' })));
    expect(all.map(({ terminal }) => terminal)).toEqual([false, true]);
    expect(Buffer.concat(all.map(({ raw }) => raw)).toString()).not.toContain('later');
  });

  test('is broken off without that line, and whole when only its line end is missing', () => {
    expect(read(codecFor(), wire(says({ content: 'a' })))).toBe('UPSTREAM_BROKEN');
    expect(read(codecFor(), Buffer.alloc(0))).toBe('UPSTREAM_BROKEN');
    expect(events(codecFor(), wire(END).subarray(0, -1)).at(-1)?.terminal).toBe(true);
    expect(read(codecFor(), wire(END).subarray(0, -2))).toBe('UPSTREAM_GARBAGE');
  });

  test('may hold empty lines and white space, which pass as they are', () => {
    const bytes = wire('', '  \r', ` ${JSON.stringify(says({ content: 'a' }))}\r`, '', END);
    const all = events(codecFor(), bytes);
    expect(Buffer.concat(all.map(({ raw }) => raw)).equals(bytes)).toBe(true);
    expect(lanes(all)).toEqual(['message/content: a']);
  });

  test('ends with an error in band, whose words are looked at', () => {
    const all = events(codecFor(), wire(says({ content: 'a' }), { error: 'the model broke' }));
    expect(all.at(-1)).toMatchObject({ terminal: true, facts: { error: true } });
    expect(lanes(all)).toContain('error: the model broke');
  });

  test('cannot be inspected when clients could read it in two ways', () => {
    const bad = [
      'data: {}',
      '[]',
      '{"done":true,"done":false}',
      '{"Message":{"content":"x"},"done":true}',
      '{"message":{"Content":"x"},"done":true}',
      '{"message":"x","done":true}',
      '{"message":{"tool_calls":{}},"done":true}',
      '{"message":{"tool_calls":["x"]},"done":true}',
      '{"message":{"tool_calls":[{}]},"done":true}',
      '{"message":{"tool_calls":[{"function":{"Name":"f"}}]},"done":true}',
      '{"message":{"tool_calls":[{"function":{"name":"f"},"Function":{}}]},"done":true}',
      '{"message":{"content":"x"},"done":"true"}',
      '{"message":{"content":"x"},"done":1}',
      '{"tool_calls":"x","done":true}',
    ];
    for (const line of bad) expect(read(codecFor(), wire(line)), line).toBe('UPSTREAM_GARBAGE');
  });

  test('never takes a time for text, nor text for a time', () => {
    const at = (created_at: string) => lanes(events(codecFor(), wire({ ...END, created_at })));
    expect(at('2023-08-04T08:52:19.385406455-07:00')).toEqual([]);
    expect(at('2023-08-04T08:52:19Z')).toEqual([]);
    for (const other of ['yesterday', '2023-08-04', '2023-08-04T08:52:19.1234567890Z', '2023-08-04T08:52:19Z x']) {
      expect(at(other)).toEqual([`created_at: ${other}`]);
    }
  });

  test('shows text of names that nobody knows, odd names, and words where an identifier belongs', () => {
    const all = lanes(
      events(codecFor(), wire({ ...END, done_reason: 'two words', 'odd name': 'and this', new_one: { a: 'b c' } })),
    );
    expect(all).toEqual(['done_reason: two words', 'odd name/key: odd name', 'odd name: and this', 'new_one/a: b c']);
  });

  test('has a text that is taken up again begin with its last characters', () => {
    const thinks = (thinking: string) => says({ content: '', thinking });
    const all = events(codecFor(), wire(thinks('joe@'), says({ content: 'Well.' }), thinks('example.com'), END));
    expect(lanes(all)).toContain('message/thinking/2: joe@');
    expect(lanes(all)).toContain('message/thinking/2: example.com');
  });

  test('has every tool call for itself, name first, whatever the order and the line', () => {
    const call = (name: string, args: unknown) => ({ function: { arguments: args, name } });
    const codec = codecFor();
    const all = events(
      codec,
      wire(says({ tool_calls: [call('a', { x: 1 })] }), says({ tool_calls: [call('b', { y: 'z' })] }), END),
    );
    expect(lanes(all)).toEqual([
      'message/tool_calls/0: a',
      'message/tool_calls/0: {"x":1}',
      'message/tool_calls/1: b',
      'message/tool_calls/1: {"y":"z"}',
    ]);
    expect(all.map(({ closes }) => closes)).toEqual([['message/tool_calls/0'], ['message/tool_calls/1'], []]);
    expect(all[0]?.opens[0]).toMatchObject({ point: 'tool-call', release: 'whole', origin: { tool: 'a' } });
  });

  test('decides on the arguments of the function, not on a member beside it', () => {
    const call = { arguments: { hidden: 'words here' }, function: { name: 'f', arguments: {} } };
    const all = lanes(events(codecFor(), wire(says({ tool_calls: [call] }), END)));
    expect(all).toContain('message/tool_calls/0/arguments/hidden: words here');
    expect(all).toContain('message/tool_calls/0: {}');
  });

  test('reads pictures as pictures, and what only stands in their place as text', () => {
    const [first] = events(codecFor(), wire(says({ content: '', images: ['AAAA', 'not one'] }), END));
    expect(first?.unseen).toEqual([{ kind: 'image', at: '/message/images/0', bytes: 6 }]);
    expect(first?.parts.map(({ text }) => text)).toEqual(['not one']);
  });

  test('lets log-probabilities repeat the words, and drops those of an edited stretch', () => {
    const tokens = (...list: readonly string[]) => ({ logprobs: list.map((token) => ({ token, logprob: -1 })) });
    const codec = codecFor('chat', { logprobs: true });
    const [first] = events(codec, wire(says({ content: 'one two' }, tokens('one', ' two')), END));
    if (first === undefined) throw new Error('no event');
    const edit = { start: 4, end: 7, text: '[X]' };
    const written = JSON.parse(Buffer.from(codec.rewrite(first, editsOf(first, edit))).toString());
    expect(written.message.content).toBe('one [X]');
    expect(written.logprobs).toEqual(tokens('one').logprobs);
  });

  test('takes tokens that say something else for a text of their own', () => {
    const codec = codecFor('generate', { logprobs: true });
    const all = events(
      codec,
      wire(
        { response: 'a', logprobs: [{ token: 'other' }], done: false },
        { response: 'b', done: true, logprobs: [{ token: 'b' }] },
      ),
    );
    expect(lanes(all)).toEqual([
      'response: a',
      'response again: a',
      'logprobs: other',
      'response: b',
      'response again: b',
      'logprobs: b',
    ]);
  });

  test('lets log-probabilities repeat the thinking where a line has nothing else', () => {
    const codec = codecFor('chat', { logprobs: true });
    const all = events(codec, wire(says({ content: '', thinking: 'hm' }, { logprobs: [{ token: 'hm' }] }), END));
    expect(lanes(all)).toEqual(['message/thinking: hm', 'message/thinking again: hm']);
  });

  test('takes the numbers of a conversation away when anything is taken out of its words', () => {
    const end = { response: '', done: true, context: [1, 2, 3] };
    const bytes = wire({ response: 'mail joe', thinking: 'so', done: false }, end);
    const codec = codecFor('generate');
    const last = events(codec, bytes).at(-1);
    if (last === undefined) throw new Error('no event');
    expect(last.unseen).toEqual([{ kind: 'unknown', at: '/context', bytes: 7 }]);
    expect(Buffer.from(codec.rewrite(last, [])).toString()).toContain('[1,2,3]');
    const part = last.parts.findIndex(({ lane }) => lane === 'response');
    const written = codec.rewrite(last, [{ part, edits: [{ start: 5, end: 8, text: '[X]' }] }]);
    expect(JSON.parse(Buffer.from(written).toString())).toEqual({ ...end, context: [] });
  });
});

describe('answer() of one piece', () => {
  const whole = (value: object, operation: Operation = 'chat') =>
    events(codecFor(operation, { stream: false }, 'application/json'), Buffer.from(JSON.stringify(value)));

  test('finds no text in vectors', () => {
    expect(lanes(whole({ model: 'm', embeddings: [[0.1, 0.2]] }, 'embed'))).toEqual([]);
    expect(lanes(whole({ embedding: [123456789012345] }, 'embeddings'))).toEqual([]);
    expect(lanes(whole({ embedding: ['some words'] }, 'embeddings'))).toEqual(['embedding/0: some words']);
  });

  test('is no stream for vectors, whatever its type says', () => {
    expect(codecFor('embed').streams).toBe(false);
  });

  test('knows usage, model and reason', () => {
    const [only] = whole({ ...END, prompt_eval_count: 3, eval_count: 4 });
    expect(only?.facts).toEqual({ model: 'm', finishReasons: ['stop'], usage: { inputTokens: 3, outputTokens: 4 } });
  });

  test('is garbage when it is several lines', () => {
    const codec = codecFor('chat', {}, 'application/json');
    expect(read(codec, wire(says({ content: 'a' }), END))).toBe('UPSTREAM_GARBAGE');
  });
});

describe('refuse()', () => {
  const refusedAfter = (bytes: Uint8Array, fields: object = {}, refusal = REFUSAL) => {
    const codec = codecFor('chat', fields);
    codec.push(bytes);
    return linesOf(codec.refuse(refusal, []));
  };

  test('says which model answered, what was counted, and the refusal in a paragraph of its own', () => {
    const [text, end] = refusedAfter(wire({ ...says({ content: 'a' }), model: 'other:7b', eval_count: 5 }));
    expect(text).toMatchObject({ model: 'other:7b', done: false, message: { content: '\n\nBlocked by policy.' } });
    expect(end).toMatchObject({ done: true, done_reason: 'stop', eval_count: 5, message: { content: '' } });
  });

  test('begins no paragraph behind mere thinking', () => {
    const [text] = refusedAfter(wire(says({ content: '', thinking: 'hm' })));
    expect(text).toMatchObject({ message: { content: 'Blocked by policy.' } });
  });

  test('is JSON where JSON was asked for, unless half of some is out', () => {
    const [fresh] = refusedAfter(Buffer.alloc(0), { format: 'json' });
    expect(JSON.parse(fresh.message.content)).toEqual({ refusal: 'Blocked by policy.' });
    const [late] = refusedAfter(wire(says({ content: '{"a' })), { format: 'json' });
    expect(late.message.content).toBe('\n\nBlocked by policy.');
  });

  test('does not count what is held', () => {
    const codec = codecFor();
    const held = codec.push(wire(says({ content: 'a' })));
    const [text] = linesOf(codec.refuse(REFUSAL, isFault(held) ? [] : held));
    expect(text.message.content).toBe('Blocked by policy.');
  });

  test('is an error where the route says so', () => {
    const [only, ...others] = refusedAfter(wire(says({ content: 'a' })), {}, { ...REFUSAL, form: 'error' });
    expect(only).toEqual({ error: 'Blocked by policy. (exchange x1)' });
    expect(others).toEqual([]);
  });

  test('speaks of a prompt as that is answered', () => {
    const codec = codecFor('generate');
    codec.push(wire({ response: 'a', done: false }));
    const [text, end] = linesOf(codec.refuse(REFUSAL, []));
    expect(text).toMatchObject({ response: '\n\nBlocked by policy.', done: false });
    expect(end).toMatchObject({ response: '', done: true });
    expect(text).not.toHaveProperty('message');
  });

  test('is an error where vectors were asked for', () => {
    const parsed = ollama.request(Buffer.from('{"model":"m","input":"x"}'), endpointFor('embed'), LIMITS);
    if (isFault(parsed)) throw new Error(parsed.fault);
    const { status, body } = ollama.refuse(REFUSAL, parsed);
    expect([status, JSON.parse(Buffer.from(body).toString())]).toEqual([
      400,
      { error: 'Blocked by policy. (exchange x1)' },
    ]);
  });
});

function linesOf(bytes: Uint8Array) {
  return Buffer.from(bytes)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function editsOf({ parts }: WireEvent, edit: { start: number; end: number; text: string }): readonly PartEdits[] {
  return parts.map((_, part) => ({ part, edits: [edit] }));
}
