import type { DemoAnswer } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiChat } from './adapter.ts';
import { openaiChatDemo } from './demo.ts';
import { renderDemoAnswer } from './demo-answer.ts';
import { readDemoRequest } from './demo-request.ts';
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000_000 };
const BODY = { model: 'm', messages: [{ role: 'user', content: 'hello there' }] };
const bytesOf = (fields: object) => Buffer.from(JSON.stringify({ ...BODY, ...fields }));
const render = (answer: DemoAnswer, fields: object) => [...renderDemoAnswer(answer, readDemoRequest(bytesOf(fields)))];
const chunksOf = (wire: readonly Uint8Array[]) =>
  wire.slice(0, -1).map((event) => JSON.parse(Buffer.from(event).toString().slice(6)));

const texts = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { nil: undefined });
const answers = fc
  .record({
    text: texts,
    reasoning: texts,
    args: fc.option(fc.string(), { nil: undefined }),
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
      fc.property(
        answers,
        fc.integer({ min: 1, max: 3 }),
        fc.record({ stream: fc.boolean(), logprobs: fc.boolean() }),
        (answer, n, { stream, logprobs }) => {
          const parsed = openaiChat.request(bytesOf({ n, stream, logprobs }), ENDPOINT, LIMITS);
          if (isFault(parsed)) throw new Error(parsed.fault);
          const contentType = stream ? 'text/event-stream' : 'application/json';
          const codec = openaiChat.answer(parsed, { status: 200, contentType }, LIMITS);
          const said = new Map<string, string>();
          for (const piece of [...render(answer, { n, stream, logprobs }), undefined]) {
            const events = piece === undefined ? codec.end() : codec.push(piece);
            if (isFault(events)) throw new Error(events.fault);
            for (const { lane, text, echo } of events.flatMap((event) => event.parts)) {
              if (echo === undefined) said.set(lane, (said.get(lane) ?? '') + text);
            }
          }
          const expected = Array.from({ length: n }, (_, index) => [
            [`${index}/content`, answer.text],
            [`${index}/reasoning_content`, answer.reasoning],
            [
              `${index}/tool_calls/0`,
              answer.toolCalls === undefined ? undefined : `pay${answer.toolCalls[0]?.arguments}`,
            ],
          ]).flat();
          expect(Object.fromEntries(said)).toEqual(
            Object.fromEntries(expected.filter(([, text]) => text !== undefined)),
          );
        },
      ),
    );
  });

  test('streams as the protocol does: role first, id and name once, finish last, usage when asked, then [DONE]', () => {
    const answer = { text: 'Hello', toolCalls: [{ name: 'pay', arguments: '{"to":"x"}' }] };
    const wire = render(answer, { stream: true, stream_options: { include_usage: true } });
    expect(Buffer.from(wire.at(-1) ?? []).toString()).toBe('data: [DONE]\n\n');
    const chunks = chunksOf(wire);
    const deltas = chunks.flatMap((chunk) => chunk.choices.map((choice: { delta: object }) => choice.delta));
    expect(deltas[0]).toMatchObject({ role: 'assistant' });
    const calls = deltas.flatMap((delta) => delta.tool_calls ?? []);
    expect(calls.filter((call) => call.id !== undefined)).toHaveLength(1);
    expect(calls.map((call) => call.function.arguments).join('')).toBe('{"to":"x"}');
    expect(chunks.at(-2).choices[0].finish_reason).toBe('tool_calls');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, total_tokens: expect.any(Number) } });
    expect(chunksOf(render(answer, { stream: true })).every((chunk) => !('usage' in chunk))).toBe(true);
  });

  test('cuts by characters and never through a surrogate pair', () => {
    const chunks = chunksOf(render({ text: '😀😀a', chunkChars: 1 }, { stream: true }));
    expect(chunks.map((chunk) => chunk.choices[0].delta.content).filter(Boolean)).toEqual(['😀', '😀', 'a']);
  });

  test('gives the same bytes for the same request', () => {
    expect(Buffer.concat(render({ text: 'x' }, { n: 2 })).equals(Buffer.concat(render({ text: 'x' }, { n: 2 })))).toBe(
      true,
    );
  });

  test('ends as it is told', () => {
    const [body] = render({ text: 'x', finishReason: 'length' }, {});
    expect(JSON.parse(Buffer.from(body ?? []).toString()).choices[0].finish_reason).toBe('length');
  });
});

describe('openaiChatDemo', () => {
  test('have the forms of the protocol', () => {
    const error = { message: 'scripted', type: 'server_error', code: null };
    expect(JSON.parse(Buffer.from(openaiChatDemo.error({ status: 500, ...error })).toString())).toEqual({
      error: { ...error, param: null },
    });
    expect(JSON.parse(Buffer.from(openaiChatDemo.models('/models', ['demo']) ?? []).toString())).toMatchObject({
      object: 'list',
      data: [{ id: 'demo' }],
    });
  });
});
