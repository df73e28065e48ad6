import { type AnswerCodec, type Fault, isFault, type ParsedRequest, type WireEvent } from '@sallyport/core';
import { EventStreamParser, encodeEventFrame, takeFrames } from '@sallyport/wire';
import { describe, expect, test } from 'vitest';
import { bedrockConverse } from './adapter.ts';
import { eventFrame, exceptionFrame, STREAM_TYPE } from './frames.ts';
import { endpointFor } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 32, maxBodyBytes: 100_000 };
const STREAMED = request('converse-stream');
const WHOLE = request('converse');

function request(operation: 'converse' | 'converse-stream'): ParsedRequest {
  const body = new TextEncoder().encode('{"messages":[{"role":"user","content":[{"text":"hi"}]}]}');
  const parsed = bedrockConverse.request(body, endpointFor(operation), LIMITS);
  if (isFault(parsed)) throw new Error(parsed.fault);
  return parsed;
}

const streamCodec = () => bedrockConverse.answer(STREAMED, { status: 200, contentType: STREAM_TYPE }, LIMITS);

function run(codec: AnswerCodec, frames: readonly Uint8Array[]): readonly WireEvent[] | Fault {
  const events: WireEvent[] = [];
  for (const frame of frames) {
    const got = codec.push(frame);
    if (isFault(got)) return got;
    events.push(...got);
  }
  const last = codec.end();
  return isFault(last) ? last : [...events, ...last];
}

function read(...frames: readonly Uint8Array[]): readonly WireEvent[] {
  const events = run(streamCodec(), frames);
  if (isFault(events)) throw new Error(events.fault);
  return events;
}

const faultOf = (...frames: readonly Uint8Array[]) => {
  const got = run(streamCodec(), frames);
  return isFault(got) ? got.fault : undefined;
};

function whole(answer: object, status = 200): readonly WireEvent[] {
  const codec = bedrockConverse.answer(WHOLE, { status, contentType: 'application/json' }, LIMITS);
  const events = run(codec, [new TextEncoder().encode(JSON.stringify(answer))]);
  if (isFault(events)) throw new Error(events.fault);
  return events;
}

const wholeFault = (answer: object) => {
  const codec = bedrockConverse.answer(WHOLE, { status: 200, contentType: 'application/json' }, LIMITS);
  const got = run(codec, [new TextEncoder().encode(JSON.stringify(answer))]);
  return isFault(got) ? got.fault : undefined;
};

const begin = eventFrame('messageStart', { role: 'assistant' });
const delta = (index: unknown, said: object) =>
  eventFrame('contentBlockDelta', { contentBlockIndex: index, delta: said });
const start = (index: unknown, said: object) =>
  eventFrame('contentBlockStart', { contentBlockIndex: index, start: said });
const stop = (index: number) => eventFrame('contentBlockStop', { contentBlockIndex: index });
const call = (index: number, name = 'f') => start(index, { toolUse: { toolUseId: 't', name } });
const end = eventFrame('messageStop', { stopReason: 'end_turn' });
const metadata = eventFrame('metadata', { usage: {}, metrics: {} });

function lanesOf(events: readonly WireEvent[]) {
  const lanes = new Map(events.flatMap(({ opens }) => opens).map((lane) => [lane.id, { ...lane, text: '' }]));
  for (const { parts } of events) {
    for (const { lane, text, echo } of parts) {
      const own = lanes.get(lane);
      if (own !== undefined && echo === undefined) own.text += text;
    }
  }
  return lanes;
}

describe('a stream', () => {
  test('is whole when the message has ended and its metadata came, in either order', () => {
    expect(faultOf(begin, delta(0, { text: 'a' }), stop(0), end, metadata)).toBeUndefined();
    expect(faultOf(begin, delta(0, { text: 'a' }), stop(0), metadata, end)).toBeUndefined();
    expect(faultOf(begin, delta(0, { text: 'a' }), stop(0), end)).toBe('UPSTREAM_BROKEN');
    expect(faultOf(begin, delta(0, { text: 'a' }), stop(0), metadata)).toBe('UPSTREAM_BROKEN');
    expect(faultOf()).toBe('UPSTREAM_BROKEN');
  });

  test('ends with an error in any of the forms that an error has', () => {
    const bare = (headers: Record<string, string>) => encodeEventFrame(headers, '');
    const errors = [
      exceptionFrame('throttlingException', 'slow down'),
      exceptionFrame('somethingNew', 'slow down'),
      eventFrame('validationException', { message: 'slow down' }),
      bare({ ':message-type': 'exception', ':exception-type': 'internalServerException' }),
      bare({ ':message-type': 'error', ':error-code': 'Oops', ':error-message': 'an internal error' }),
    ];
    for (const error of errors) {
      const events = read(begin, delta(0, { text: 'a' }), error);
      expect(events.at(-1)).toMatchObject({ terminal: true, facts: { error: true } });
      expect(events.flatMap(({ closes }) => closes)).toContain('0/text');
    }
  });

  test('reads what headers say as text that keeps its length, and passes no part of an answer without content', () => {
    const error = { ':message-type': 'error', ':error-code': 'Oops', ':error-message': 'for joe@example.com only' };
    expect(lanesOf(read(begin, encodeEventFrame(error, ''))).get('stream/:error-message')).toMatchObject({
      text: 'for joe@example.com only',
      fixed: true,
    });
    const typed = { ':message-type': 'event', ':event-type': 'ping', ':content-type': 'application/json' };
    expect(lanesOf(read(begin, encodeEventFrame(typed, ''), end, metadata)).size).toBe(0);
    const words = encodeEventFrame({ ...typed, ':content-type': 'words of somebody' }, '');
    expect(lanesOf(read(begin, words, end, metadata)).get('stream/:content-type')?.text).toBe('words of somebody');
    for (const name of ['contentBlockStop', 'metadata', 'ContentBlockDelta']) {
      expect(faultOf(begin, encodeEventFrame({ ...typed, ':event-type': name }, '')), name).toBe('UPSTREAM_GARBAGE');
    }
  });

  test.each([
    ['a kind of message that nobody knows', [encodeEventFrame({ ':message-type': 'x', ':event-type': 'y' }, '{}')]],
    ['an event without a type', [encodeEventFrame({ ':message-type': 'event' }, '{}')]],
    ['an event without a kind', [encodeEventFrame({ ':event-type': 'metadata' }, '{}')]],
    ['a type in another spelling', [eventFrame('ContentBlockDelta', { delta: { text: 'x' } })]],
    ['a member in another spelling', [eventFrame('contentBlockDelta', { contentBlockIndex: 0, Delta: { text: 'x' } })]],
    ['a delta in another spelling', [delta(0, { Text: 'x' })]],
    ['a block without a number', [delta(undefined, { text: 'x' })]],
    ['a block with half a number', [delta(0.5, { text: 'x' })]],
    ['a block with a number in quotes', [delta('0', { text: 'x' })]],
    ['a block below zero', [delta(-1, { text: 'x' })]],
    ['a delta of a block that ended', [delta(0, { text: 'x' }), stop(0), delta(0, { text: 'y' })]],
    ['a block that ends twice', [delta(0, { text: 'x' }), stop(0), stop(0)]],
    ['a block that begins twice', [call(0), call(0)]],
    ['a block that begins after its text', [delta(0, { text: 'x' }), call(0)]],
    ['a delta after the end', [end, delta(0, { text: 'x' })]],
    ['a second end', [end, end]],
    ['a delta that is none', [delta(0, [])]],
    ['input of a call that never began', [delta(0, { toolUse: { input: '{}' } })]],
    ['input that is no string', [call(0), delta(0, { toolUse: { input: {} } })]],
    ['text in a call', [call(0), delta(0, { text: 'x' })]],
    ['a call with a name that is none', [start(0, { toolUse: { name: {} } })]],
    ['a call that is none', [start(0, { toolUse: 'f' })]],
    ['a call in another spelling', [start(0, { toolUse: { name: 'f', Name: 'g' } })]],
    ['results that are no list', [delta(0, { toolResult: { text: 'x' } })]],
  ])('is garbage with %s', (_what, frames) => {
    expect(faultOf(begin, ...frames)).toBe('UPSTREAM_GARBAGE');
  });

  test('keeps texts of blocks that take turns apart', () => {
    const lanes = lanesOf(
      read(
        begin,
        delta(0, { text: 'a' }),
        delta(1, { text: 'b' }),
        delta(0, { text: 'c' }),
        stop(1),
        stop(0),
        end,
        metadata,
      ),
    );
    expect([...lanes.values()].map(({ id, text }) => [id, text])).toEqual([
      ['0/text', 'ac'],
      ['1/text', 'b'],
    ]);
  });

  test('never edits reasoning: whether it is signed shows only at its end', () => {
    const reasoning = (said: object) => delta(0, { reasoningContent: said });
    const lanes = lanesOf(
      read(
        begin,
        reasoning({ text: 'I ' }),
        reasoning({ text: 'think' }),
        reasoning({ signature: 'QUJD' }),
        stop(0),
        end,
        metadata,
      ),
    );
    expect([...lanes.values()]).toMatchObject([{ id: '0/reasoningContent/text', text: 'I think', fixed: true }]);
    const told = lanesOf(read(begin, reasoning({ signature: 'not base64 at all' }), stop(0), end, metadata));
    expect([...told.values()]).toMatchObject([{ text: 'not base64 at all', fixed: true }]);
  });

  test('has an edited event sealed again, with its length and both checksums', () => {
    const codec = streamCodec();
    const events = run(codec, [begin, delta(0, { text: 'mail joe now' }), stop(0), end, metadata]);
    if (isFault(events)) throw new Error(events.fault);
    const event = events.find(({ parts }) => parts.length > 0);
    if (event === undefined) throw new Error('no such event');
    const edits = [{ part: 0, edits: [{ start: 5, end: 8, text: '[NAMES_ARE_LONGER] é' }] }];
    const frames = takeFrames(new EventStreamParser(10_000), codec.rewrite(event, edits));
    if (isFault(frames)) throw new Error(frames.fault);
    expect(frames.map(({ data }) => JSON.parse(data ?? ''))).toEqual([
      { contentBlockIndex: 0, delta: { text: 'mail [NAMES_ARE_LONGER] é now' } },
    ]);
    expect(frames[0]?.fields.map(({ value }) => value)).toEqual(['contentBlockDelta', 'application/json', 'event']);
    expect(codec.rewrite(event, [])).toBe(event.raw);
  });

  test('is garbage when a checksum does not hold', () => {
    const damaged = Uint8Array.from(delta(0, { text: 'mail joe now' }));
    damaged[damaged.length - 10] = 0x20;
    expect(faultOf(begin, damaged)).toBe('UPSTREAM_GARBAGE');
  });

  test('has no sign of life: clients differ in what they make of an event that they do not know', () => {
    expect(streamCodec().heartbeat?.length ?? 0).toBe(0);
  });
});

describe('a whole answer', () => {
  const answer = (...content: unknown[]) => ({ output: { message: { role: 'assistant', content } }, stopReason: 'x' });

  test('edits reasoning that nobody signed, and no other', () => {
    const reasoning = (more: object) => ({ reasoningContent: { reasoningText: { text: 'I think', ...more } } });
    const fixed = (block: object) => [...lanesOf(whole(answer(block))).values()].map((lane) => lane.fixed === true);
    expect(fixed(reasoning({}))).toEqual([false]);
    expect(fixed(reasoning({ signature: 'QUJD' }))).toEqual([true]);
  });

  test('says what a tool of the provider brought in, whatever its members are called', () => {
    const call = { toolUse: { toolUseId: 't', name: 'search', input: { q: 'x' } } };
    const json = { type: 'AKIA', p: 'secret', role: 'admin', 'a key': { action: 'words' } };
    const lanes = lanesOf(whole(answer(call, { toolResult: { toolUseId: 't', content: [{ json }] } })));
    const said = [...lanes.values()].filter(({ point }) => point === 'tool-result');
    expect(said.map(({ text }) => text)).toEqual(['AKIA', 'secret', 'admin', 'a key', 'words']);
    for (const { origin } of said) expect(origin).toMatchObject({ role: 'tool', tool: 'search' });
  });

  test('is an error when its status says so, and is then text', () => {
    const events = whole({ message: 'Input is too long, friend.' }, 400);
    expect([...lanesOf(events).values()].map(({ text }) => text)).toEqual(['Input is too long, friend.']);
  });

  test.each([
    [{ output: [] }],
    [{ output: { message: [] } }],
    [{ output: { message: { content: 'text' } } }],
    [{ output: { message: { content: ['text'] } } }],
    [{ output: { message: { content: [{ toolUse: 'f' }] } } }],
    [{ output: { message: { content: [{ toolUse: { name: 'f' }, ToolUse: { name: 'g' } }] } } }],
    [{ output: { message: { content: [], Content: [] } } }],
    [{ output: { Message: {} } }],
    [{ Output: {} }],
  ])('is garbage with %j', (body) => {
    expect(wholeFault(body)).toBe('UPSTREAM_GARBAGE');
  });
});

describe('signals', () => {
  const signalsOf = (events: readonly WireEvent[]) => events.flatMap(({ signals = [] }) => signals);
  const assessed = (assessment: object) =>
    signalsOf(whole({ stopReason: 'end_turn', trace: { guardrail: { inputAssessment: { g: assessment } } } }));

  test('are the same of a stream and of a whole answer', () => {
    const trace = {
      guardrail: { outputAssessments: { g: [{ contentPolicy: { filters: [{ type: 'HATE', action: 'BLOCKED' }] } }] } },
    };
    const expected = [
      { type: 'filtered', score: 1, about: 'output' },
      { type: 'hate', score: 1, about: 'output' },
    ];
    expect(signalsOf(whole({ stopReason: 'guardrail_intervened', trace }))).toEqual(expected);
    const stopped = eventFrame('messageStop', { stopReason: 'guardrail_intervened' });
    expect(signalsOf(read(begin, stopped, eventFrame('metadata', { trace })))).toEqual(expected);
  });

  test('tell a filtered answer and a refusal from other ends', () => {
    const of = (stopReason: string) => signalsOf(whole({ stopReason })).map(({ type }) => type);
    expect(of('content_filtered')).toEqual(['filtered']);
    expect(of('refusal')).toEqual(['refusal']);
    for (const reason of ['end_turn', 'tool_use', 'max_tokens', 'malformed_tool_use', 'a new one']) {
      expect(of(reason)).toEqual([]);
    }
  });

  test.each([
    ['HATE', 'hate'],
    ['INSULTS', 'harassment'],
    ['SEXUAL', 'sexual'],
    ['VIOLENCE', 'violence'],
    ['MISCONDUCT', 'illicit'],
    ['PROMPT_ATTACK', 'jailbreak'],
    ['SOMETHING_NEW', 'other'],
  ])('call a filter for %s %s', (type, signal) => {
    const filter = { type, confidence: 'MEDIUM', action: 'NONE' };
    expect(assessed({ contentPolicy: { filters: [filter] } })).toEqual([{ type: signal, score: 0.6, about: 'input' }]);
  });

  test('grade a filter by its confidence, and what it did not detect not at all', () => {
    const graded = (more: object) =>
      assessed({ contentPolicy: { filters: [{ type: 'HATE', action: 'NONE', ...more }] } }).map(({ score }) => score);
    expect(graded({ confidence: 'HIGH' })).toEqual([0.9]);
    expect(graded({ confidence: 'LOW', detected: true })).toEqual([0.3]);
    expect(graded({ confidence: 'NONE' })).toEqual([]);
    expect(graded({ confidence: 'HIGH', detected: false })).toEqual([]);
    expect(graded({ confidence: 'HIGH', detected: false, action: 'BLOCKED' })).toEqual([1]);
  });

  test('hear every other policy, and leave its matches to the detectors', () => {
    const match = 'joe@example.com';
    expect(
      assessed({
        topicPolicy: { topics: [{ name: 'shares', type: 'DENY', action: 'BLOCKED' }] },
        wordPolicy: {
          customWords: [{ match, action: 'BLOCKED' }],
          managedWordLists: [{ match, type: 'PROFANITY', action: 'NONE', detected: true }],
        },
        sensitiveInformationPolicy: {
          piiEntities: [{ match, type: 'EMAIL', action: 'ANONYMIZED' }],
          regexes: [{ match, name: 'r', action: 'NONE', detected: false }],
        },
        contextualGroundingPolicy: {
          filters: [
            { type: 'GROUNDING', score: 0.25, threshold: 0.5, action: 'NONE' },
            { type: 'RELEVANCE', score: 0.1, threshold: 0.5, action: 'BLOCKED' },
            { type: 'GROUNDING', score: 0.5, threshold: 0.5, action: 'NONE' },
          ],
        },
        automatedReasoningPolicy: {
          findings: [{ invalid: { translation: { confidence: 0.7 } } }, { impossible: {} }, { valid: {} }],
        },
      }).map(({ type, score }) => [type, score]),
    ).toEqual([
      ['topic', 1],
      ['blocklist', 1],
      ['profanity', 0.6],
      ['personal-data', 1],
      ['ungrounded', 0.75],
      ['other', 1],
      ['ungrounded', 0.7],
      ['ungrounded', 1],
    ]);
  });

  test('leave what a trace quotes to the detectors, as whose words it is', () => {
    const trace = {
      guardrail: {
        modelOutput: ['words of the model'],
        actionReason: 'a reason of its own',
        inputAssessment: { g: { wordPolicy: { customWords: [{ match: 'words of the user', action: 'BLOCKED' }] } } },
        outputAssessments: { g: [{ wordPolicy: { customWords: [{ match: 'words of it', action: 'BLOCKED' }] } }] },
      },
    };
    const said = [...lanesOf(whole({ trace })).values()].map(({ origin, text }) => [origin.role, text]);
    expect(said).toEqual([
      ['assistant', 'words of the model'],
      ['assistant', 'a reason of its own'],
      ['user', 'words of the user'],
      ['assistant', 'words of it'],
    ]);
  });

  test('survive a trace of any shape', () => {
    for (const trace of [
      [],
      'x',
      { guardrail: [] },
      { guardrail: { inputAssessment: [], outputAssessments: { g: {} } } },
    ]) {
      expect(signalsOf(whole({ trace }))).toEqual([]);
    }
  });
});

describe('facts', () => {
  const factsOf = (events: readonly WireEvent[]) => Object.assign({}, ...events.map(({ facts }) => facts ?? {}));

  test('are usage, reason, and the model that a router chose; words where an id belongs are none', () => {
    const usage = {
      inputTokens: 1,
      outputTokens: 2,
      totalTokens: 12,
      cacheReadInputTokens: 4,
      cacheWriteInputTokens: 5,
    };
    const routed = (invokedModelId: string) => ({ trace: { promptRouter: { invokedModelId } } });
    expect(factsOf(whole({ stopReason: 'end_turn', usage, ...routed('arn:aws:bedrock:r:1:x/m:0') }))).toEqual({
      finishReasons: ['end_turn'],
      usage: { inputTokens: 10, outputTokens: 2, cachedTokens: 4, cacheWriteTokens: 5 },
      model: 'arn:aws:bedrock:r:1:x/m:0',
    });
    expect(factsOf(whole({ stopReason: 'for joe only', ...routed('for joe only') }))).toEqual({
      finishReasons: ['other'],
    });
  });
});
