import { type ExchangeEndpoint, isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { protocols } from './index.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 65_536 };
const chat = [{ role: 'user', content: 'hi' }];
const parts = [{ parts: [{ text: 'hi' }] }];

/** Protocol, path, body, and how many tokens its answer may have. */
const ASKED: readonly [string, string, object, number | undefined][] = [
  ['openai-chat', '/v1/chat/completions', { model: 'm', messages: chat, max_tokens: 7, max_completion_tokens: 9 }, 9],
  ['openai-chat', '/v1/chat/completions', { model: 'm', messages: chat }, undefined],
  ['openai-completions', '/v1/completions', { model: 'm', prompt: 'hi', max_tokens: 7 }, 7],
  ['openai-responses', '/v1/responses', { model: 'm', input: 'hi', max_output_tokens: 7 }, 7],
  ['openai-embeddings', '/v1/embeddings', { model: 'm', input: 'hi' }, 0],
  ['openai-moderations', '/v1/moderations', { model: 'm', input: 'hi' }, 0],
  ['anthropic-messages', '/v1/messages', { model: 'm', messages: chat, max_tokens: 7 }, 7],
  ['anthropic-messages', '/v1/messages/count_tokens', { model: 'm', messages: chat }, 0],
  [
    'bedrock-converse',
    '/model/m/converse',
    { messages: [{ role: 'user', content: [{ text: 'hi' }] }], inferenceConfig: { maxTokens: 7 } },
    7,
  ],
  ['gemini', '/v1beta/models/m:generateContent', { contents: parts, generationConfig: { max_output_tokens: '9' } }, 9],
  ['gemini', '/v1beta/models/m:countTokens', { contents: parts }, 0],
  ['ollama', '/api/chat', { model: 'm', messages: chat, options: { num_predict: 7 } }, 7],
  ['ollama', '/api/chat', { model: 'm', messages: chat, options: { num_predict: -1 } }, undefined],
  ['ollama', '/api/embed', { model: 'm', input: 'hi' }, 0],
];

describe('what a request says of the length of its answer', () => {
  it.each(ASKED)('%s, %s: %j', (...[id, path, body, expected]) => {
    const adapter = protocols.find((each) => each.id === id);
    const matched = adapter?.match({ method: 'POST', path, query: '', headers: {} });
    const endpoint = matched?.kind === 'exchange' ? matched : undefined;
    expect(endpoint, `${id} has no endpoint at ${path}`).toBeDefined();
    const parsed = adapter?.request(Buffer.from(JSON.stringify(body)), endpoint as ExchangeEndpoint, LIMITS);
    if (parsed === undefined || isFault(parsed)) throw new Error(`not read: ${parsed?.fault}`);
    expect(parsed.facts.maxOutputTokens).toBe(expected);
  });
});

describe('a budget without room', () => {
  it.each(protocols.map((adapter) => [adapter.id, adapter] as const))('%s has forms for it', (_id, adapter) => {
    for (const code of ['RATE_LIMITED', 'BUDGET_EXCEEDED', 'BUDGETS_FAILED'] as const) {
      const { status, body } = adapter.fault(code, 'x1');
      expect(status).toBe(code === 'BUDGETS_FAILED' ? 503 : 429);
      expect(JSON.stringify(JSON.parse(Buffer.from(body).toString()))).not.toMatch(
        /invalid_request|INVALID|Validation/,
      );
    }
  });
});
