import { type ExchangeEndpoint, isFault, type Lane, type ProtocolAdapter, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { protocols } from './index.ts';
import { SAMPLE_LIMITS } from './testing/samples.ts';

const ID = 'call_1f0e9d8c7b6a5f4e';
const NAME = 'read_file';
const ARGS = { path: 'bill.txt' };
const events = (list: readonly object[]) =>
  list.map((one) => `event: ${(one as { type: string }).type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const item = (args: string) => ({ type: 'function_call', id: 'fc_1', call_id: ID, name: NAME, arguments: args });
const response = (status: string, output: readonly object[]) => ({
  id: 'resp_1',
  object: 'response',
  status,
  model: 'm',
  output,
});

interface Answer {
  readonly path: string;
  readonly body: object;
  readonly stream?: boolean;
  /** As the provider sends it. */
  readonly bytes: string;
}

/** An answer that calls a tool under an id, in every protocol that has such ids. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'openai-chat': {
    path: '/v1/chat/completions',
    body: { model: 'm', messages: [] },
    bytes: JSON.stringify({
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: ID, type: 'function', function: { name: NAME, arguments: JSON.stringify(ARGS) } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    }),
  },
  'openai-chat, streamed': {
    path: '/v1/chat/completions',
    body: { model: 'm', stream: true, messages: [] },
    stream: true,
    bytes: [
      chunk({ tool_calls: [{ index: 0, id: ID, type: 'function', function: { name: NAME, arguments: '' } }] }),
      chunk({ tool_calls: [{ index: 0, id: '', function: { arguments: JSON.stringify(ARGS) } }] }),
      chunk({}, 'tool_calls'),
      'data: [DONE]\n\n',
    ].join(''),
  },
  'openai-responses': {
    path: '/v1/responses',
    body: { model: 'm', input: 'x' },
    bytes: JSON.stringify(response('completed', [item(JSON.stringify(ARGS))])),
  },
  'openai-responses, streamed': {
    path: '/v1/responses',
    body: { model: 'm', stream: true, input: 'x' },
    stream: true,
    bytes: events([
      { type: 'response.created', response: response('in_progress', []) },
      { type: 'response.output_item.added', output_index: 0, item: { ...item(''), status: 'in_progress' } },
      { type: 'response.function_call_arguments.delta', output_index: 0, item_id: 'fc_1', delta: JSON.stringify(ARGS) },
      {
        type: 'response.function_call_arguments.done',
        output_index: 0,
        item_id: 'fc_1',
        arguments: JSON.stringify(ARGS),
      },
      { type: 'response.output_item.done', output_index: 0, item: item(JSON.stringify(ARGS)) },
      { type: 'response.completed', response: response('completed', [item(JSON.stringify(ARGS))]) },
    ]),
  },
  'anthropic-messages': {
    path: '/v1/messages',
    body: { model: 'm', max_tokens: 9, messages: [] },
    bytes: JSON.stringify({ type: 'message', content: [{ type: 'tool_use', id: ID, name: NAME, input: ARGS }] }),
  },
  'anthropic-messages, streamed': {
    path: '/v1/messages',
    body: { model: 'm', max_tokens: 9, stream: true, messages: [] },
    stream: true,
    bytes: events([
      { type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [] } },
      { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: ID, name: NAME, input: {} } },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: JSON.stringify(ARGS) },
      },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ]),
  },
  gemini: {
    path: '/v1beta/models/m:generateContent',
    body: { contents: [] },
    bytes: JSON.stringify({
      candidates: [
        { index: 0, content: { role: 'model', parts: [{ functionCall: { id: ID, name: NAME, args: ARGS } }] } },
      ],
    }),
  },
  ollama: {
    path: '/api/chat',
    body: { model: 'm', stream: false, messages: [] },
    bytes: JSON.stringify({
      model: 'm',
      message: { role: 'assistant', content: '', tool_calls: [{ id: ID, function: { name: NAME, arguments: ARGS } }] },
      done: true,
    }),
  },
  'bedrock-converse': {
    path: '/model/m/converse',
    body: { messages: [] },
    bytes: JSON.stringify({
      output: { message: { role: 'assistant', content: [{ toolUse: { toolUseId: ID, name: NAME, input: ARGS } }] } },
      stopReason: 'tool_use',
    }),
  },
};

describe.each(Object.entries(ANSWERS))('a call in %s', (name, answer) => {
  const adapter = adapterOf(name);

  test('is known by the id that its result will name', () => {
    expect(callsIn(adapter, answer)).toMatchObject([{ callId: ID, origin: { tool: NAME } }]);
  });

  test('has none where the provider gives none', () => {
    const bytes = answer.bytes.replaceAll(`"${ID}"`, '""');
    expect(callsIn(adapter, { ...answer, bytes }).map(({ callId }) => callId)).toEqual([undefined]);
  });
});

function adapterOf(name: string): ProtocolAdapter {
  const found = protocols.find(({ id }) => id === name.split(',')[0]);
  if (found === undefined) throw new RangeError(name);
  return found;
}

function callsIn(adapter: ProtocolAdapter, { path, body, stream = false, bytes }: Answer): readonly Lane[] {
  const endpoint = adapter.match({ method: 'POST', path, query: '', headers: {} }) as ExchangeEndpoint;
  const parsed = adapter.request(Buffer.from(JSON.stringify(body)), endpoint, SAMPLE_LIMITS);
  if (isFault(parsed)) throw new RangeError(parsed.fault);
  const contentType = stream ? 'text/event-stream' : 'application/json';
  const codec = adapter.answer(parsed, { status: 200, contentType }, SAMPLE_LIMITS);
  const all: WireEvent[] = [];
  for (const piece of [codec.push(Buffer.from(bytes)), codec.end()]) {
    if (isFault(piece)) throw new RangeError(piece.fault);
    all.push(...piece);
  }
  return all.flatMap(({ opens }) => opens).filter(({ point }) => point === 'tool-call');
}
