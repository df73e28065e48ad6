import { type AnswerCodec, isFault, oneByOne, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { CONTEXT_CHARS, LANES_MAX, OWN_LANES_MAX } from '../answer/lane-book.ts';
import { openaiChat } from './adapter.ts';
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 100_000 };
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (raw: Uint8Array) => new TextDecoder().decode(raw);

function codecFor(contentType: string, { status = 200, logprobs = false, maxNodes = 1_000_000 } = {}): AnswerCodec {
  const body = { model: 'm', messages: [], stream: true, logprobs };
  const request = openaiChat.request(bytes(JSON.stringify(body)), ENDPOINT, LIMITS);
  if (isFault(request)) throw new Error(request.fault);
  return openaiChat.answer(request, { status, contentType }, { ...LIMITS, maxNodes });
}

const streamCodec = (options = {}) => codecFor('text/event-stream', options);
const jsonCodec = (options = {}) => codecFor('application/json', options);
const chunk = (choice: object) => sse({ choices: [{ index: 0, finish_reason: null, ...choice }] });
const delta = (fields: object) => chunk({ delta: fields });
const sse = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const DONE = 'data: [DONE]\n\n';

function read(codec: AnswerCodec, input: string): readonly WireEvent[] {
  const first = codec.push(bytes(input));
  const last = isFault(first) ? first : codec.end();
  if (isFault(first) || isFault(last)) throw new Error(isFault(first) ? first.fault : isFault(last) ? last.fault : '');
  return [...first, ...last].flatMap(oneByOne);
}

function faultOf(codec: AnswerCodec, input: string): string | undefined {
  const first = codec.push(bytes(input));
  const got = isFault(first) ? first : codec.end();
  return isFault(got) ? got.fault : undefined;
}

const partsOf = (events: readonly WireEvent[]) =>
  events.flatMap((event) => event.parts.map((part) => [part.lane, part.text, ...(part.echo ? [part.echo.from] : [])]));

describe('StreamCodec', () => {
  test('ends with [DONE] and releases nothing behind it', () => {
    const codec = streamCodec();
    const events = read(codec, `${delta({ content: 'a' })}${DONE}${delta({ content: 'late' })}`);
    expect(partsOf(events)).toEqual([['0/content', 'a']]);
    expect(events.at(-1)?.terminal).toBe(true);
    expect(codec.push(bytes(delta({ content: 'later' })))).toEqual([]);
  });

  test('takes a [DONE] without its blank line, and nothing else that is unfinished', () => {
    expect(read(streamCodec(), `${delta({ content: 'a' })}data: [DONE]`).at(-1)?.terminal).toBe(true);
    expect(faultOf(streamCodec(), delta({ content: 'a' }))).toBe('UPSTREAM_BROKEN');
    expect(faultOf(streamCodec(), delta({ content: 'a' }).trimEnd())).toBe('UPSTREAM_BROKEN');
    expect(faultOf(streamCodec(), '')).toBe('UPSTREAM_BROKEN');
  });

  test('stays at the fault it met', () => {
    const codec = streamCodec();
    expect(codec.push(bytes('data: {\n\n'))).toEqual({ fault: 'UPSTREAM_GARBAGE' });
    expect(codec.push(bytes(DONE))).toEqual({ fault: 'UPSTREAM_GARBAGE' });
    expect(codec.end()).toEqual({ fault: 'UPSTREAM_GARBAGE' });
  });

  test('calls garbage what two readers could take differently', () => {
    const garbage = [
      'data: \n\n',
      'data: nothing\n\n',
      'data: [DONE] and more\n\n',
      'data: [1]\n\n',
      'data: {"choices":[],"choices":[]}\n\n',
      'data: {"a":"\\ud800"}\n\n',
      `data: ${'['.repeat(40)}\n\n`,
      'odd line of text\n\n',
      delta({ tool_calls: ['x'] }),
    ];
    for (const input of garbage) expect(faultOf(streamCodec(), input + DONE), input).toBe('UPSTREAM_GARBAGE');
  });

  test('bounds one event, not the stream', () => {
    const small = delta({ content: 'x'.repeat(1000) });
    expect(read(streamCodec(), small.repeat(200) + DONE)).toHaveLength(201);
    expect(faultOf(streamCodec(), delta({ content: 'x'.repeat(100_000) }))).toBe('UPSTREAM_TOO_LARGE');
  });

  test('ends with an error in band', () => {
    const events = read(
      streamCodec(),
      `${delta({ content: 'a' })}${sse({ error: { message: 'it broke', code: 'x' } })}`,
    );
    expect(events.at(-1)).toMatchObject({
      terminal: true,
      facts: { error: true },
      closes: ['error/message', '0/content'],
    });
    expect(read(streamCodec(), sse({ error: null, choices: [] }) + DONE)).toHaveLength(2);
  });

  test('reads data of several lines, and rewrites the literal where it stands', () => {
    const input = 'data: {"choices":[{"index":0,\ndata:"delta":{"content":"é ada@example.org"}\ndata: }]}\n\n';
    const codec = streamCodec();
    const [event] = read(codec, input + DONE);
    if (event === undefined) throw new Error('no event');
    expect(event.parts).toEqual([{ lane: '0/content', text: 'é ada@example.org' }]);
    const rewritten = codec.rewrite(event, [{ part: 0, edits: [{ start: 2, end: 17, text: '[EMAIL_1]' }] }]);
    expect(text(rewritten)).toBe(input.replace('ada@example.org', '[EMAIL_1]'));
  });

  test('keeps escapes that are not edited', () => {
    const input = 'data: {"choices":[{"index":0,"delta":{"content":"caf\\u00e9 \\/ bob"}}]}\n\n';
    const codec = streamCodec();
    const [event] = read(codec, input + DONE);
    if (event === undefined) throw new Error('no event');
    const rewritten = codec.rewrite(event, [{ part: 0, edits: [{ start: 7, end: 10, text: '"' }] }]);
    expect(text(rewritten)).toBe(input.replace('bob', '\\"'));
  });

  test('takes what stands in a text for text, whatever it looks like', () => {
    const picture = 'data:image/png;base64,AAAA';
    expect(partsOf(read(streamCodec(), delta({ content: picture }) + DONE))).toEqual([['0/content', picture]]);
  });

  test('looks at comments and other lines, a repeated one once', () => {
    const codec = streamCodec();
    const events = read(codec, `: please wait\n\n: please wait\n\n: ping\n\nevent: a b\n${delta({})}${DONE}`);
    expect(partsOf(events)).toEqual([
      ['stream/comment', 'please wait'],
      ['stream/comment', 'please wait', 0],
      ['stream/event', 'a b'],
    ]);
    const [event] = events;
    if (event === undefined) throw new Error('no event');
    const edited = codec.rewrite(event, [{ part: 0, edits: [{ start: 0, end: 6, text: 'a\nb' }] }]);
    expect(text(edited)).toBe(': a b wait\n\n');
  });

  test('ends a text when its choice goes on in another field, and looks at its end again when it comes back', () => {
    const input = [
      delta({ reasoning_content: 'I think of AKIA' }),
      delta({ content: 'Hello ' }),
      delta({ reasoning_content: 'IOSFODNN7' }),
      delta({ content: 'there' }),
      chunk({ delta: {}, finish_reason: 'stop' }),
      DONE,
    ].join('');
    const codec = streamCodec();
    const events = read(codec, input);
    expect(events.map((event) => event.closes)).toEqual([
      [],
      ['0/reasoning_content'],
      ['0/content'],
      ['0/reasoning_content/2'],
      ['0/content/2'],
      [],
    ]);
    expect(events[2]?.parts).toEqual([
      { lane: '0/reasoning_content/2', text: 'I think of AKIA' },
      { lane: '0/reasoning_content/2', text: 'IOSFODNN7' },
    ]);
    const third = events[2];
    if (third === undefined) throw new Error('no event');
    const edits = [
      { part: 0, edits: [{ start: 11, end: 15, text: '[KEY_1]' }] },
      { part: 1, edits: [{ start: 0, end: 9, text: '' }] },
    ];
    expect(text(codec.rewrite(third, edits))).toBe(delta({ reasoning_content: '[KEY_1]' }));
  });

  test('keeps texts of one choice open while others speak', () => {
    const other = (content: string) => sse({ choices: [{ index: 1, delta: { content } }] });
    const events = read(streamCodec(), delta({ content: 'a' }) + other('b') + delta({ content: 'c' }) + DONE);
    expect(events.map((event) => event.closes.length)).toEqual([0, 0, 0, 2]);
  });

  test('looks at no more of an ended text than its context', () => {
    const long = 'x'.repeat(CONTEXT_CHARS * 3);
    const events = read(
      streamCodec(),
      delta({ reasoning: long }) + delta({ content: 'a' }) + delta({ reasoning: 'b' }) + DONE,
    );
    expect(events[2]?.parts.map((part) => part.text.length)).toEqual([CONTEXT_CHARS, 1]);
  });

  test('keeps lanes bounded where two fields alternate for ever', () => {
    const turn = delta({ reasoning: 'a ' }) + delta({ content: 'b ' });
    const events = read(streamCodec(), turn.repeat(500) + DONE);
    expect(events.flatMap((event) => event.opens).length).toBeLessThanOrEqual(32);
    expect(
      events
        .flatMap((event) => event.parts.map((part) => part.text))
        .join('')
        .match(/b /g)?.length,
    ).toBeGreaterThanOrEqual(500);
  });

  test('calls an answer with too many texts garbage', () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ text: `a ${at}` }));
    expect(faultOf(streamCodec(), delta({ parts: many(LANES_MAX) }) + DONE)).toBeUndefined();
    expect(faultOf(streamCodec(), delta({ parts: many(LANES_MAX + 1) }) + DONE)).toBe('UPSTREAM_GARBAGE');
    const choices = (count: number) =>
      sse({ choices: Array.from({ length: count }, (_, index) => ({ index, delta: {} })) });
    expect(faultOf(streamCodec(), choices(1023) + DONE)).toBeUndefined();
    expect(faultOf(streamCodec(), choices(1025) + DONE)).toBe('UPSTREAM_GARBAGE');
  });

  test('puts the texts of countless unknown members into one lane, a line each', () => {
    const codec = streamCodec();
    const decoded = Array.from({ length: 3000 }, (_, at) => ({ decoded_token: `tok ${at}` }));
    const [event] = read(codec, sse({ choices: [], prompt_logprobs: decoded }) + DONE);
    if (event === undefined) throw new Error('no event');
    expect(event.opens).toHaveLength(OWN_LANES_MAX + 1);
    const shared = event.parts.filter((part) => part.lane === 'rest').map((part) => part.text);
    expect(shared.join('')).toBe(
      decoded
        .slice(OWN_LANES_MAX)
        .map((each) => `${each.decoded_token}\n`)
        .join(''),
    );
    const part = event.parts.findIndex((each) => each.text === 'tok 2000');
    const rewritten = text(codec.rewrite(event, [{ part, edits: [{ start: 0, end: 8, text: 'x' }] }]));
    expect(rewritten).toBe(text(event.raw).replace('"tok 2000"', '"x"'));
  });
});

describe('tool calls of a stream', () => {
  const call = (fields: object) => delta({ tool_calls: [fields] });
  const named = (index: number, name: string, args = '') =>
    call({ index, id: `call_${index}`, type: 'function', function: { name, arguments: args } });

  test('have the name as the first text of their lane, so that no call goes out undecided', () => {
    const events = read(streamCodec(), named(0, 'pay') + DONE);
    expect(events[0]).toMatchObject({
      opens: [{ id: '0/tool_calls/0', point: 'tool-call', release: 'whole', origin: { tool: 'pay' } }],
      parts: [
        { lane: '0/tool_calls/0', text: 'pay' },
        { lane: '0/tool_calls/0', text: '' },
      ],
    });
  });

  test('are named also when the name comes before or behind the arguments, or in a later event', () => {
    const swapped = call({ index: 0, function: { arguments: '{}', name: 'pay' } });
    expect(partsOf(read(streamCodec(), swapped + DONE))[0]).toEqual(['0/tool_calls/0', 'pay']);
    const late = call({ index: 0, id: 'c' }) + call({ index: 0, function: { name: 'pay', arguments: '{}' } });
    const events = read(streamCodec(), late + DONE);
    expect(events[0]?.opens[0]?.origin.tool).toBe('pay');
  });

  test('are garbage when they change their name, are named too late, or go on after they ended', () => {
    expect(faultOf(streamCodec(), named(0, 'pay') + named(0, 'rob') + DONE)).toBe('UPSTREAM_GARBAGE');
    const unnamed = call({ index: 0, function: { arguments: '{' } });
    expect(faultOf(streamCodec(), unnamed + named(0, 'pay') + DONE)).toBe('UPSTREAM_GARBAGE');
    const again = call({ index: 0, function: { arguments: '}' } });
    expect(faultOf(streamCodec(), named(0, 'pay', '{') + named(1, 'pay') + again + DONE)).toBe('UPSTREAM_GARBAGE');
    expect(faultOf(streamCodec(), named(0, 'pay') + named(0, 'pay') + DONE)).toBeUndefined();
  });

  test('are told apart by id where a stream numbers nothing', () => {
    const free = (id: string, name: string) => call({ id, function: { name, arguments: '{}' } });
    const events = read(streamCodec(), free('a', 'pay') + free('b', 'rob') + DONE);
    expect(events.flatMap((event) => event.opens.map((lane) => [lane.id, lane.origin.tool]))).toEqual([
      ['0/tool_calls/0', 'pay'],
      ['0/tool_calls/1', 'rob'],
    ]);
  });

  test('show every leaf, also those that strict JSON would refuse', () => {
    const codec = streamCodec();
    const args = '{"a":"x","a":"\\u0079","n":4111111111111111,"o":[{"deep":"z"}]}';
    const [event] = read(codec, named(0, 'pay', args) + DONE);
    const lane = event?.opens[0];
    if (lane === undefined) throw new Error('no lane');
    expect(codec.leaves(lane, `pay${args}`).map((leaf) => leaf.text)).toEqual([
      ...['pay', 'a', 'x', 'a', 'y', 'n', '4111111111111111', 'o', 'deep', 'z'],
    ]);
  });

  test('take arguments that are an object for what they are', () => {
    const codec = streamCodec();
    const [event] = read(codec, call({ index: 0, function: { name: 'pay', arguments: { to: 'Ada L.' } } }) + DONE);
    expect(event?.parts.map((part) => part.text)).toEqual(['pay', '{"to":"Ada L."}']);
    if (event === undefined) throw new Error('no event');
    const edited = codec.rewrite(event, [{ part: 1, edits: [{ start: 6, end: 14, text: '"x"' }] }]);
    expect(text(edited)).toContain('"arguments":{"to":"x"}');
  });

  test('hide nothing in members that nobody knows', () => {
    const events = read(
      streamCodec(),
      call({ index: 0, function: { name: 'pay', note: 'psst, friend' }, extra: { 'odd key': 1 } }) + DONE,
    );
    expect(partsOf(events)).toEqual([
      ['0/tool_calls/0', 'pay'],
      ['0/tool_calls/0/note', 'psst, friend'],
      ['0/tool_calls/0/extra/odd key/key', 'odd key'],
    ]);
  });
});

describe('log-probabilities', () => {
  const token = (word: string, extra: object = {}) => ({
    token: word,
    logprob: -1,
    bytes: [...bytes(word)],
    top_logprobs: [],
    ...extra,
  });
  const completion = (content: string, tokens: readonly object[]) =>
    JSON.stringify({
      choices: [{ index: 0, logprobs: { content: tokens }, message: { content }, finish_reason: 'stop' }],
    });

  test('that repeat their text are its echo, and lose the tokens that an edit touches', () => {
    const codec = jsonCodec({ logprobs: true });
    const [event] = read(codec, completion('mail ada now', [token('mail '), token('ad'), token('a'), token(' now')]));
    if (event === undefined) throw new Error('no event');
    expect(partsOf([event])).toEqual([
      ['0/content', 'mail ada now'],
      ['0/content', 'mail ada now', 0],
    ]);
    const edits = [{ start: 5, end: 8, text: '[NAME_1]' }];
    const rewritten = codec.rewrite(event, [
      { part: 0, edits },
      { part: 1, edits },
    ]);
    expect(text(rewritten)).toBe(completion('mail [NAME_1] now', [token('mail '), token(' now')]));
  });

  test('lose first, last and all tokens without leaving a comma', () => {
    const words = ['a', 'b', 'c', 'd'];
    for (let mask = 1; mask < 16; mask += 1) {
      const codec = jsonCodec({ logprobs: true });
      const [event] = read(
        codec,
        completion(
          'abcd',
          words.map((word) => token(word)),
        ),
      );
      if (event === undefined) throw new Error('no event');
      const dropped = words.map((_, at) => at).filter((at) => (mask >> at) % 2 === 1);
      const edits = dropped.map((at) => ({ start: at, end: at + 1, text: '' }));
      const rewritten = JSON.parse(text(codec.rewrite(event, [{ part: 1, edits }])));
      const left = rewritten.choices[0].logprobs.content.map((each: { token: string }) => each.token);
      expect(left).toEqual(words.filter((_, at) => !dropped.includes(at)));
    }
  });

  test('that say something else are texts of their own from then on, and stand for what came with them', () => {
    const events = read(
      streamCodec({ logprobs: true }),
      chunk({ delta: { content: 'ab' }, logprobs: { content: [token('xy')] } }) +
        chunk({ delta: { content: 'ab' }, logprobs: { content: [token('ab')] } }) +
        DONE,
    );
    expect(partsOf(events)).toEqual([
      ['0/content', 'ab'],
      ['0/content', 'ab', 0],
      ['0/logprobs/content', 'xy'],
      ['0/content', 'ab'],
      ['0/content', 'ab', 2],
      ['0/logprobs/content', 'ab'],
    ]);
  });

  test('may come in a later event than their text', () => {
    const events = read(
      streamCodec({ logprobs: true }),
      delta({ content: 'ab' }) +
        delta({ content: 'cd' }) +
        chunk({ delta: {}, logprobs: { content: [token('abc'), token('d')] } }) +
        DONE,
    );
    expect(partsOf(events).at(-1)).toEqual(['0/content', 'abcd', 0]);
  });

  test('show what their bytes spell when it is not the token, and the alternatives', () => {
    const odd = token('\ufffd', { bytes: [...bytes('secret word')] });
    const alternatives = { top_logprobs: [token('ab'), token('other')] };
    const codec = jsonCodec({ logprobs: true });
    const [event] = read(codec, completion('ab\ufffd', [token('ab', alternatives), odd]));
    if (event === undefined) throw new Error('no event');
    expect(partsOf([event]).slice(2)).toEqual([
      ['0/logprobs/content/bytes', 'absecret word'],
      ['0/logprobs/content/top', 'other\n'],
    ]);
    const rewritten = codec.rewrite(event, [{ part: 3, edits: [{ start: 0, end: 5, text: '' }] }]);
    expect(text(rewritten)).toBe(completion('ab\ufffd', [token('ab', { top_logprobs: [token('ab')] }), odd]));
  });
});

describe('WholeCodec', () => {
  test('takes a completion, whatever its chunks', () => {
    const codec = jsonCodec();
    expect(codec.push(bytes('{"choices":[{"message":{"content":"a'))).toEqual([]);
    const events = read(codec, ' b"}}]}');
    expect(events).toMatchObject([
      { terminal: true, parts: [{ lane: '0/content', text: 'a b' }], closes: ['0/content'] },
    ]);
  });

  test('calls a completion garbage that is not one strict JSON value', () => {
    for (const body of ['', '{', '{} {}', '{"a":1,"a":2}', '<html>']) {
      expect(faultOf(jsonCodec(), body), body).toBe('UPSTREAM_GARBAGE');
    }
    expect(faultOf(jsonCodec(), `"${'x'.repeat(100_000)}"`)).toBe('UPSTREAM_TOO_LARGE');
  });

  test('bounds the values of an answer and of each event exactly, of an error too: a client would read them', () => {
    const few = (contentType: string, status = 200) => codecFor(contentType, { status, maxNodes: 100 });
    const list = (count: number) => JSON.stringify({ list: Array.from({ length: count }, () => 1) });
    const [fits, beyond] = [list(97), list(98)];
    for (const status of [200, 500]) {
      expect(faultOf(few('application/json', status), fits)).toBeUndefined();
      expect(faultOf(few('application/json', status), beyond)).toBe('UPSTREAM_TOO_LARGE');
    }
    const events = (data: string) => `data: ${data}\n\n`.repeat(3) + DONE;
    expect(faultOf(few('text/event-stream'), events(fits))).toBeUndefined();
    expect(faultOf(few('text/event-stream'), events(beyond))).toBe('UPSTREAM_TOO_LARGE');
  });

  test('reads every string of an error body, and text that is none', () => {
    const error = { error: { message: 'no such thing', param: 'a b', code: 'x' }, hint: ['look here'] };
    expect(partsOf(read(jsonCodec({ status: 404 }), JSON.stringify(error)))).toEqual([
      ['error/message', 'no such thing'],
      ['error/param', 'a b'],
      ['hint/0', 'look here'],
    ]);
    expect(partsOf(read(jsonCodec({ status: 502 }), 'bad gateway'))).toEqual([['body', 'bad gateway']]);
    expect(partsOf(read(codecFor('text/event-stream', { status: 429 }), '{"error":{"message":"too many"}}'))).toEqual([
      ['error/message', 'too many'],
    ]);
    expect(partsOf(read(codecFor('text/plain', { status: 500 }), '["a b"]'))).toEqual([['/0', 'a b']]);
  });

  test('says that it cannot see what is no text', () => {
    const codec = codecFor('application/octet-stream', { status: 500 });
    expect(codec.push(Uint8Array.of(0xff, 0xfe))).toEqual([]);
    expect(codec.end()).toMatchObject([{ unseen: [{ kind: 'unknown', bytes: 2 }], parts: [], terminal: true }]);
  });

  test('sees images and sound in an answer, and their words', () => {
    const message = {
      audio: { id: 'a1', data: 'UklGRg==', transcript: 'spoken words' },
      images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0=' } }],
      link: { url: 'data:text/plain;base64,aGk=' },
    };
    const [event] = read(jsonCodec(), JSON.stringify({ choices: [{ message }] }));
    expect(event?.unseen.map(({ kind, at }) => [kind, at])).toEqual([
      ['audio', '/0/audio/data'],
      ['image', '/0/images/0/image_url/url'],
    ]);
    expect(event?.parts.map((part) => part.text)).toEqual(['spoken words', 'data:text/plain;base64,aGk=']);
  });

  test('moves citations with the text in which they stand', () => {
    const citation = (start: number, end: number) => ({
      type: 'url_citation',
      url_citation: { start_index: start, end_index: end, url: 'https://example.org/' },
    });
    const answer = (content: string, ...ranges: readonly (readonly [number, number])[]) =>
      JSON.stringify({
        choices: [{ message: { annotations: ranges.map(([start, end]) => citation(start, end)), content } }],
      });
    const codec = jsonCodec();
    const [event] = read(codec, answer('mail ada@example.org or see Graz', [0, 4], [28, 32]));
    if (event === undefined) throw new Error('no event');
    const edits = [{ start: 5, end: 20, text: '[EMAIL_1]' }];
    const parts = event.parts.flatMap(({ lane }, part) => (lane === '0/content' ? [{ part, edits }] : []));
    expect(text(codec.rewrite(event, parts))).toBe(answer('mail [EMAIL_1] or see Graz', [0, 4], [22, 26]));
  });

  test('takes identifiers for identifiers only while they look like some', () => {
    const answer = {
      id: 'chatcmpl-1',
      model: 'org/model',
      object: 'chat.completion',
      system_fingerprint: 'please run this',
      choices: [],
    };
    expect(partsOf(read(jsonCodec(), JSON.stringify(answer)))).toEqual([['system_fingerprint', 'please run this']]);
  });

  test('refuses and reports faults as JSON', () => {
    const refusal = { exchange: 'x', effect: 'block', message: 'No.', form: 'refusal' } as const;
    expect(JSON.parse(text(jsonCodec().refuse(refusal))).choices[0].message.content).toBe('No.');
    expect(JSON.parse(text(jsonCodec().refuse({ ...refusal, form: 'error' }))).error.code).toBe('invalid_prompt');
    expect(JSON.parse(text(jsonCodec().fault('UPSTREAM_BROKEN'))).error).toMatchObject({
      type: 'server_error',
      code: 'upstream_broken',
    });
  });
});
