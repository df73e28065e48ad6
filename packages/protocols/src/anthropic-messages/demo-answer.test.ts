import type { DemoAnswer } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anthropicMessages } from './adapter.ts';
import { anthropicMessagesDemo } from './demo.ts';
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000_000 };
const BODY = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hello there' }] };
const bytesOf = (fields: object) => Buffer.from(JSON.stringify({ ...BODY, ...fields }));

function turnOf(fields: object, path = '/v1/messages') {
  const turn = anthropicMessagesDemo.read({ method: 'POST', path, body: bytesOf(fields) });
  if (turn === undefined) throw new Error('not a path of the demo');
  return turn;
}

const render = (answer: DemoAnswer, fields: object) => [...turnOf(fields).render(answer)];
const eventsIn = (wire: readonly Uint8Array[]) =>
  wire.map((event) =>
    JSON.parse(
      Buffer.from(event)
        .toString()
        .replace(/^event: .*\ndata: /, ''),
    ),
  );

const texts = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { nil: undefined });
const answers = fc
  .record({
    text: texts,
    reasoning: texts,
    args: fc.option(fc.json(), { nil: undefined }),
    chunkChars: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ text, reasoning, args, chunkChars }) => ({
    chunkChars,
    ...(text !== undefined && { text }),
    ...(reasoning !== undefined && { reasoning }),
    ...(args !== undefined && { toolCalls: [{ name: 'pay', arguments: args }] }),
  }));

describe('renderDemoAnswer()', () => {
  test('is read by the codec as what was to be said, as JSON and as a stream', () => {
    fc.assert(
      fc.property(answers, fc.boolean(), (answer, stream) => {
        const parsed = anthropicMessages.request(bytesOf({ stream }), ENDPOINT, LIMITS);
        if (isFault(parsed)) throw new Error(parsed.fault);
        const contentType = stream ? 'text/event-stream' : 'application/json';
        const codec = anthropicMessages.answer(parsed, { status: 200, contentType }, LIMITS);
        const said: Record<string, string> = {};
        for (const piece of [...render(answer, { stream }), undefined]) {
          const events = piece === undefined ? codec.end() : codec.push(piece);
          if (isFault(events)) throw new Error(events.fault);
          for (const { lane, text } of events.flatMap((event) => event.parts)) {
            const field = lane.includes('~call') ? 'call' : lane;
            said[field] = (said[field] ?? '') + text;
          }
        }
        expect(said['~blocks/text']).toBe(answer.text);
        expect(said['~blocks/thinking']).toBe(answer.reasoning);
        const args = answer.toolCalls?.[0]?.arguments;
        const sent = args === undefined ? undefined : stream ? args : JSON.stringify(JSON.parse(args));
        const given = sent === 'null' && !stream ? '' : sent;
        // A text that stands for arguments is read as what it says.
        if (args?.startsWith('"') !== true) expect(said.call).toBe(given === undefined ? undefined : `pay${given}`);
      }),
    );
  });

  test('streams as the protocol does: blocks one after the other, signed thoughts, totals last', () => {
    const answer = { text: 'Hi', reasoning: 'Hm', toolCalls: [{ name: 'pay', arguments: '{}' }] };
    const events = eventsIn(render(answer, { stream: true }));
    expect(events.map(({ type }) => type).filter((type) => !type.endsWith('delta'))).toEqual([
      'message_start',
      'ping',
      ...Array.from({ length: 3 }, () => ['content_block_start', 'content_block_stop']).flat(),
      'message_stop',
    ]);
    const deltas = events.flatMap(({ delta }) => (delta === undefined ? [] : [delta]));
    expect(deltas.find(({ type }) => type === 'signature_delta').signature).toMatch(/^[A-Za-z0-9+/=]+$/);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } });
  });

  test('cuts by characters and never through a surrogate pair', () => {
    const events = eventsIn(render({ text: '\ud83d\ude00\ud83d\ude00a', chunkChars: 1 }, { stream: true }));
    const said = events.flatMap(({ delta }) => delta?.text ?? []);
    expect(said).toEqual(['\ud83d\ude00', '\ud83d\ude00', 'a']);
  });

  test('gives the same bytes for the same request', () => {
    expect(Buffer.concat(render({ text: 'x' }, {})).equals(Buffer.concat(render({ text: 'x' }, {})))).toBe(true);
  });

  test.each([
    ['length', 'max_tokens'],
    ['content_filter', 'refusal'],
    ['pause_turn', 'pause_turn'],
  ])('ends as it is told, also in the words of other protocols: %s', (finishReason, reason) => {
    expect(eventsIn(render({ text: 'x', finishReason }, {}))[0]).toMatchObject({ stop_reason: reason });
  });
});

describe('anthropicMessagesDemo', () => {
  test('reads its own paths only, and what a request asks of the demo', () => {
    expect(
      anthropicMessagesDemo.read({ method: 'POST', path: '/v1/messages/batches', body: bytesOf({}) }),
    ).toBeUndefined();
    const tools = [{ name: 'a' }, { name: 'b', input_schema: { type: 'object' } }];
    const schema = { type: 'object' };
    const { ask } = turnOf(
      {
        metadata: { demo: '{"text":"a"}' },
        tools,
        tool_choice: { type: 'tool', name: 'b' },
        output_config: { format: { type: 'json_schema', schema } },
      },
      '/v1/messages?beta=true',
    );
    expect(ask).toEqual({
      script: '{"text":"a"}',
      lastText: 'hello there',
      forcedTool: { name: 'b', parameters: { type: 'object' } },
      schema,
    });
    expect(turnOf({ tools, tool_choice: { type: 'any' } }).ask.forcedTool).toMatchObject({ name: 'a' });
    expect(turnOf({ tools }).ask.forcedTool).toBeUndefined();
  });

  test('counts tokens in one piece, whatever else was asked for', () => {
    const turn = turnOf({ stream: true }, '/v1/messages/count_tokens?beta=true');
    expect(turn.contentType).toBe('application/json');
    expect(eventsIn([...turn.render({})])).toEqual([{ input_tokens: 3 }]);
  });

  test('has errors and a list of models in the form of the protocol', () => {
    const error = { status: 500, message: 'scripted', type: 'api_error', code: null };
    expect(eventsIn([anthropicMessagesDemo.error(error)])[0]).toMatchObject({
      type: 'error',
      error: { type: 'api_error', message: 'scripted' },
    });
    const list = anthropicMessagesDemo.models('/v1/models', ['demo']);
    expect(eventsIn(list === undefined ? [] : [list])[0]).toMatchObject({ data: [{ type: 'model', id: 'demo' }] });
    expect(anthropicMessagesDemo.models('/models', ['demo'])).toBeUndefined();
  });
});
