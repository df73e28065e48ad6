import { type BodyFacts, isFault } from '@sallyport/core';
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
  [
    'bedrock-converse',
    '/model/m/converse',
    { messages: [{ role: 'user', content: [{ text: 'hi' }] }], inferenceConfig: { maxTokens: 7 } },
    7,
  ],
  ['gemini', '/v1beta/models/m:generateContent', { contents: parts, generationConfig: { max_output_tokens: '9' } }, 9],
  ['ollama', '/api/chat', { model: 'm', messages: chat, options: { num_predict: 7 } }, 7],
  ['ollama', '/api/chat', { model: 'm', messages: chat, options: { num_predict: -1 } }, undefined],
  ['ollama', '/api/embed', { model: 'm', input: 'hi' }, 0],
];

function factsOf(id: string, path: string, body: object): BodyFacts {
  const adapter = protocols.find((each) => each.id === id);
  const endpoint = adapter?.match({ method: 'POST', path, query: '', headers: {} });
  if (adapter === undefined || endpoint?.kind !== 'exchange') throw new Error(`${id} has no endpoint at ${path}`);
  const parsed = adapter.request(Buffer.from(JSON.stringify(body)), endpoint, LIMITS);
  if (isFault(parsed)) throw new Error(`not read: ${parsed.fault}`);
  return parsed.facts;
}

describe('what a request says of the length of its answer', () => {
  it.each(ASKED)('%s, %s: %j', (...[id, path, body, expected]) => {
    expect(factsOf(id, path, body).maxOutputTokens).toBe(expected);
  });
});

const counted = { messages: [{ role: 'user', content: [{ text: 'hi' }] }] };

describe('a request for a number of tokens', () => {
  it.each([
    ['anthropic-messages', '/v1/messages/count_tokens', { model: 'm', messages: chat }],
    ['bedrock-converse', '/model/m/count-tokens', { input: { converse: counted } }],
    ['gemini', '/v1beta/models/m:countTokens', { contents: parts }],
  ])('%s: is known as one', (id, path, body) => {
    expect(factsOf(id, path, body).countsOnly).toBe(true);
  });

  it('is one of those that no model answers in Responses', () => {
    expect(factsOf('openai-responses', '/v1/responses/input_tokens', { model: 'm', input: 'hi' }).generates).toBe(
      false,
    );
  });
});

describe('a request that its provider works on after its answer', () => {
  it('is known as one', () => {
    const asked = { model: 'm', input: 'hi' };
    expect(factsOf('openai-responses', '/v1/responses', { ...asked, background: true }).worksOn).toBe(true);
    expect(factsOf('openai-responses', '/v1/responses', asked).worksOn).toBeUndefined();
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
