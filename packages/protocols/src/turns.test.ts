import { type ExchangeEndpoint, isFault, type ProtocolAdapter, type SliceContent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { protocols } from './index.ts';
import { SAMPLE_LIMITS } from './testing/samples.ts';

/** One conversation in every protocol that has tools: a definition, a call, and what it brought. */
const SCHEMA = { type: 'object', properties: { path: { type: 'string' } } };
const NAMED = { name: 'read_file', description: 'Reads a file.' };
const ARGS = { path: 'bill.txt' };
const BROUGHT = 'Pay to DE89 3704 0044 0532 0130 00';

interface Talk {
  readonly path: string;
  readonly body: object;
  /** What this protocol has no place for. */
  readonly without?: 'id' | 'tool' | 'both';
}

const TALKS: Readonly<Record<string, Talk>> = {
  'openai-chat': {
    path: '/v1/chat/completions',
    without: 'tool',
    body: {
      model: 'm',
      tools: [{ type: 'function', function: { ...NAMED, parameters: SCHEMA } }],
      messages: [
        { role: 'user', content: 'Read it.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'read_file', arguments: JSON.stringify(ARGS) } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: BROUGHT },
      ],
    },
  },
  'openai-responses': {
    path: '/v1/responses',
    without: 'tool',
    body: {
      model: 'm',
      tools: [{ type: 'function', ...NAMED, parameters: SCHEMA }],
      input: [
        { role: 'user', content: 'Read it.' },
        { type: 'function_call', call_id: 'c1', name: 'read_file', arguments: JSON.stringify(ARGS) },
        { type: 'function_call_output', call_id: 'c1', output: BROUGHT },
      ],
    },
  },
  'anthropic-messages': {
    path: '/v1/messages',
    without: 'tool',
    body: {
      model: 'm',
      max_tokens: 9,
      tools: [{ ...NAMED, input_schema: SCHEMA }],
      messages: [
        { role: 'user', content: 'Read it.' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'read_file', input: ARGS }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: BROUGHT }] }],
        },
      ],
    },
  },
  gemini: {
    path: '/v1beta/models/m:generateContent',
    body: {
      tools: [{ functionDeclarations: [{ ...NAMED, parameters: SCHEMA }] }],
      contents: [
        { role: 'user', parts: [{ text: 'Read it.' }] },
        { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'read_file', args: ARGS } }] },
        {
          role: 'user',
          parts: [{ functionResponse: { id: 'c1', name: 'read_file', response: { text: BROUGHT } } }],
        },
      ],
    },
  },
  ollama: {
    path: '/api/chat',
    without: 'id',
    body: {
      model: 'm',
      tools: [{ type: 'function', function: { ...NAMED, parameters: SCHEMA } }],
      messages: [
        { role: 'user', content: 'Read it.' },
        { role: 'assistant', content: '', tool_calls: [{ function: { name: 'read_file', arguments: ARGS } }] },
        { role: 'tool', tool_name: 'read_file', content: BROUGHT },
      ],
    },
  },
  'bedrock-converse': {
    path: '/model/m/converse',
    without: 'tool',
    body: {
      toolConfig: { tools: [{ toolSpec: { ...NAMED, inputSchema: { json: SCHEMA } } }] },
      messages: [
        { role: 'user', content: [{ text: 'Read it.' }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'c1', name: 'read_file', input: ARGS } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'c1', content: [{ text: BROUGHT }] } }] },
      ],
    },
  },
};

describe.each(Object.entries(TALKS))('what %s says of tools', (id, talk) => {
  const contents = opened(adapterOf(id), talk);
  const callId = talk.without === 'id' ? {} : { id: 'c1' };

  test('is what each defines', () => {
    expect(contents.flatMap(({ definitions = [] }) => definitions)).toEqual([{ ...NAMED, parameters: SCHEMA }]);
  });

  test('is what was called with what', () => {
    const calls = contents.flatMap(({ calls: made = [] }) => made);
    expect(calls.map((call) => ({ ...call, arguments: JSON.parse(call.arguments) }))).toEqual([
      { tool: 'read_file', arguments: ARGS, ...callId },
    ]);
  });

  test('is what each call brought', () => {
    const tool = talk.without === 'tool' ? {} : { tool: 'read_file' };
    expect(contents.flatMap(({ results = [] }) => results)).toMatchObject([{ text: BROUGHT, ...tool, ...callId }]);
  });
});

describe('a result in parts', () => {
  const resultOf = (content: unknown) =>
    opened(adapterOf('anthropic-messages'), {
      path: '/v1/messages',
      body: {
        model: 'm',
        max_tokens: 9,
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content }] }],
      },
    }).flatMap(({ results = [] }) => results)[0]?.text;

  test('is read one part below the other', () => {
    expect(
      resultOf([
        { type: 'text', text: 'one' },
        { type: 'text', text: 'two' },
      ]),
    ).toBe('one\ntwo');
  });

  test('hides nothing beside a text', () => {
    expect(resultOf([{ type: 'text', text: 'one', title: 'and more' }])).toContain('and more');
  });

  test('has no pictures in it', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo'.repeat(200) };
    expect(resultOf([{ type: 'image', source }])).not.toContain('iVBOR');
  });
});

test('every protocol that knows tools is here', () => {
  const speaking = protocols.map(({ id }) => id).filter((id) => !id.startsWith('azure-') && !TOOLLESS.has(id));
  expect(speaking.sort()).toEqual(Object.keys(TALKS).sort());
});

const TOOLLESS: ReadonlySet<string> = new Set(['openai-completions', 'openai-embeddings', 'openai-moderations']);

function adapterOf(id: string): ProtocolAdapter {
  const found = protocols.find((adapter) => adapter.id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

function opened(adapter: ProtocolAdapter, { path, body }: Talk): readonly SliceContent[] {
  const endpoint = adapter.match({ method: 'POST', path, query: '', headers: {} }) as ExchangeEndpoint;
  const parsed = adapter.request(Buffer.from(JSON.stringify(body)), endpoint, SAMPLE_LIMITS);
  if (isFault(parsed)) throw new Error(parsed.fault);
  return parsed.slices.map((slice) => {
    const content = slice.open();
    if (isFault(content)) throw new Error(content.fault);
    return content;
  });
}
