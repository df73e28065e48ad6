import { readFileSync } from 'node:fs';
import { type AnswerCodec, isFault, oneByOne, type ProviderSignal, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { anthropicMessages } from './adapter.ts';
import signals from './signals.json' with { type: 'json' };
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 1_000_000 };
const BODY = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], stream: true };
const fixture = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}`, import.meta.url));

function codec(contentType = 'text/event-stream', status = 200): AnswerCodec {
  const request = anthropicMessages.request(Buffer.from(JSON.stringify(BODY)), ENDPOINT, LIMITS);
  if (isFault(request)) throw new Error(request.fault);
  return anthropicMessages.answer(request, { status, contentType }, LIMITS);
}

function eventsOf(from: AnswerCodec, chunks: readonly Uint8Array[]): readonly WireEvent[] {
  const events: WireEvent[] = [];
  for (const chunk of [...chunks, undefined]) {
    const got = chunk === undefined ? from.end() : from.push(chunk);
    if (isFault(got)) throw new Error(got.fault);
    events.push(...got.flatMap(oneByOne));
  }
  return events;
}

const wire = (...events: readonly { readonly type: string; readonly [member: string]: unknown }[]) =>
  Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
const START = { type: 'message_start', message: { id: 'msg_1', content: [], usage: { input_tokens: 3 } } };
const STOP = { type: 'message_stop' };

describe('a stream', () => {
  test('has usage that comes in two events, also when each is split over many reads', () => {
    const usage = { inputTokens: 40, outputTokens: 42, cachedTokens: 12, cacheWriteTokens: 3, reasoningTokens: 30 };
    const bytes = fixture('thinking.sse');
    for (const size of [1, 7, 64, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(eventsOf(codec(), chunks).findLast(({ facts }) => facts !== undefined)?.facts?.usage).toEqual(usage);
    }
  });

  test('ends with `message_stop` alone: nothing behind it is released, and nothing less is a clean end', () => {
    const late = wire({ type: 'content_block_start' });
    const events = eventsOf(codec(), [Buffer.concat([fixture('text.sse'), late])]);
    expect(events.at(-1)?.terminal).toBe(true);
    expect(Buffer.concat(events.map(({ raw }) => raw)).equals(fixture('text.sse'))).toBe(true);
    const cut = codec();
    cut.push(fixture('text.sse').subarray(0, -60));
    expect(cut.end()).toEqual({ fault: 'UPSTREAM_BROKEN' });
  });

  test('reports an error inside 200, and ends with it', () => {
    const events = eventsOf(codec(), [fixture('failing.sse')]);
    expect(events.at(-1)).toMatchObject({ terminal: true, facts: { error: true } });
  });

  test('takes LF, CRLF, no space behind the colon, comments, and characters split over reads', () => {
    const text = fixture('text.sse').toString();
    const said = (bytes: Buffer) =>
      eventsOf(
        codec(),
        Array.from(bytes, (byte) => Buffer.from([byte])),
      )
        .flatMap(({ parts }) => parts)
        .filter(({ lane }) => lane === '~blocks/text')
        .map((part) => part.text)
        .join('');
    const expected = 'Hello, I am Claude. Caf\u00e9 \ud83d\ude00 and "quotes"\n\\ too. Bye now.';
    for (const form of [text, text.replaceAll('\n', '\r\n'), text.replaceAll(': ', ':'), `: hello\n\n${text}`]) {
      expect(said(Buffer.from(form))).toBe(expected);
    }
  });

  test('repeats one shape: deltas are read again without being parsed, into the lane of their block', () => {
    const blocks = [
      [{ type: 'text', text: '' }, (text: string) => ({ type: 'text_delta', text })],
      [{ type: 'thinking', thinking: '' }, (thinking: string) => ({ type: 'thinking_delta', thinking })],
      [
        { type: 'tool_use', id: 't', name: 'f', input: {} },
        (piece: string) => ({ type: 'input_json_delta', partial_json: piece }),
      ],
    ] as const;
    for (const [content_block, make] of blocks) {
      const pieces = ['{"a":', '"b c', ' \u00e9 \\" ', 'd"}'];
      const deltas = pieces.map((piece) => ({ type: 'content_block_delta', index: 0, delta: make(piece) }));
      const start = { type: 'content_block_start', index: 0, content_block };
      const bytes = wire(START, start, ...deltas, { type: 'content_block_stop', index: 0 }, STOP);
      const parts = (chunks: readonly Uint8Array[]) => eventsOf(codec(), chunks).flatMap((event) => event.parts);
      const whole = parts([bytes]);
      expect(
        whole
          .map(({ text }) => text)
          .join('')
          .replace(/^f/, ''),
      ).toBe(pieces.join(''));
      expect(whole).toEqual(parts(Array.from(bytes, (byte) => Buffer.from([byte]))));
    }
  });
});

describe('results of the provider\u2019s own tools', () => {
  test('are of the tool that was called, complete at once, and judged as results', () => {
    const events = eventsOf(codec(), [fixture('search.sse')]);
    const lanes = events.flatMap(({ opens }) => opens).filter(({ point }) => point === 'tool-result');
    expect(new Set(lanes.map(({ origin }) => origin.role))).toEqual(new Set(['tool']));
    expect(new Set(lanes.map(({ origin }) => origin.tool))).toEqual(
      new Set(['web_search', 'web_fetch', 'bash_code_execution', 'text_editor_code_execution', 'tool_search']),
    );
    for (const event of events) {
      for (const { id, point } of event.opens) if (point === 'tool-result') expect(event.closes).toContain(id);
    }
  });

  test('name the documents in them that nobody can look at, and no text for one of those', () => {
    const unseen = eventsOf(codec(), [fixture('search.sse')]).flatMap((event) => event.unseen);
    expect(unseen.map(({ kind, at }) => `${kind} ${at}`)).toEqual([
      'file /4/content/content/source/data',
      'file /5/content/content/0/file_id',
      'file /10/file_id',
    ]);
  });
});

describe('signed texts', () => {
  test('are fixed, whole and in pieces; their signatures are nobody\u2019s text', () => {
    const lanesOf = (from: AnswerCodec, name: string) => eventsOf(from, [fixture(name)]).flatMap(({ opens }) => opens);
    for (const lanes of [
      lanesOf(codec(), 'thinking.sse'),
      lanesOf(codec('application/json'), 'agent.json'),
      lanesOf(codec(), 'beta.sse'),
    ]) {
      const fixed = lanes.filter((lane) => lane.fixed === true).map(({ origin }) => origin.field);
      expect(fixed).toHaveLength(1);
      expect(['thinking', 'content']).toContain(fixed[0]);
      expect(lanes.map(({ origin }) => origin.field)).not.toContain('signature');
    }
  });

  test('are fixed down to a signature that is none', () => {
    const start = {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'thinking', thinking: '', signature: '' },
    };
    const signed = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'signature_delta', signature: 'not signed' },
    };
    const opens = eventsOf(codec(), [wire(START, start, signed, STOP)]).flatMap((event) => event.opens);
    expect(opens).toMatchObject([{ id: '0/signature', fixed: true }]);
  });
});

describe('what the provider keeps', () => {
  const storedIn = (name: string, body: object) => {
    const request = anthropicMessages.request(Buffer.from(JSON.stringify({ ...BODY, ...body })), ENDPOINT, LIMITS);
    if (isFault(request)) throw new Error(request.fault);
    const contentType = name.endsWith('.json') ? 'application/json' : 'text/event-stream';
    const events = eventsOf(anthropicMessages.answer(request, { status: 200, contentType }, LIMITS), [fixture(name)]);
    return events.findLast(({ facts }) => facts !== undefined)?.facts?.stored;
  };

  test('is named: the answer that a conversation goes on after, and containers', () => {
    const thread = { type: 'create' };
    expect(storedIn('text.sse', {})).toBeUndefined();
    expect(storedIn('text.sse', { thread })).toEqual(['msg_01XFDUDYJgAACzvnptvVoYEL']);
    expect(storedIn('search.sse', {})).toEqual(['container_01']);
    expect(storedIn('search.sse', { thread })).toEqual(['msg_search', 'container_01']);
    expect(storedIn('agent.json', { thread })).toEqual(['msg_agent', 'container_01']);
  });
});

describe('the provider\u2019s own guardrails', () => {
  const said = (delta: object): readonly ProviderSignal[] =>
    eventsOf(codec(), [wire(START, { type: 'message_delta', delta, usage: {} }, STOP)]).flatMap(
      (event) => event.signals ?? [],
    );
  const REFUSED = { type: 'refusal', score: 1, about: 'output' } as const;

  for (const [category, type] of Object.entries({ ...signals.category, 'a later one': 'other' })) {
    test(`a refusal of the category \`${category}\` is heard as ${type}`, () => {
      const details = { type: 'refusal', category, explanation: null };
      expect(said({ stop_reason: 'refusal', stop_details: details })).toEqual([
        REFUSED,
        { type, score: 1, about: 'input' },
      ]);
    });
  }

  test('a refusal without a category, and other ends', () => {
    expect(said({ stop_reason: 'refusal', stop_details: { type: 'refusal', category: null } })).toEqual([REFUSED]);
    expect(said({ stop_reason: 'refusal' })).toEqual([REFUSED]);
    for (const stop_reason of ['end_turn', 'max_tokens', 'pause_turn', null]) expect(said({ stop_reason })).toEqual([]);
  });

  test('are heard in a whole message, and where another model took over', () => {
    const whole = eventsOf(codec('application/json'), [fixture('refused.json')]).flatMap(
      (event) => event.signals ?? [],
    );
    expect(whole).toEqual([REFUSED, { type: 'other', score: 1, about: 'input' }]);
    const handed = eventsOf(codec(), [fixture('beta.sse')]).flatMap((event) => event.signals ?? []);
    expect(handed.map(({ type, about }) => `${type} ${about}`)).toEqual(['refusal input', 'cyber input']);
  });
});
