import type { RequestHead } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { azureOf } from './openai/azure.ts';
import { openaiChat } from './openai-chat/adapter.ts';

const azure = azureOf(openaiChat, '/chat/completions');
const QUERY = '?api-version=2024-10-21';
const match = (path: string, more: Partial<RequestHead> = {}) =>
  azure.match({ method: 'POST', path, query: QUERY, headers: {}, ...more });

describe('azureOf()', () => {
  test('takes the model from the deployment, and the version along', () => {
    expect(match('/openai/deployments/my-gpt.4/chat/completions')).toEqual({
      kind: 'exchange',
      operation: 'deployments.chat.completions',
      method: 'POST',
      upstreamPath: `/deployments/my-gpt.4/chat/completions${QUERY}`,
      model: 'my-gpt.4',
    });
  });

  test.each([
    '/openai/deployments/a/b/chat/completions',
    '/openai/deployments/../chat/completions',
    '/openai/deployments/%2e%2e/chat/completions',
    '/openai/deployments/a%2fb/chat/completions',
    '/openai/deployments/a%20b/chat/completions',
    '/openai/deployments/%/chat/completions',
    '/openai/deployments/a/embeddings',
    '/openai/deployments//chat/completions',
    '/deployments/a/chat/completions',
  ])('does not know %s', (path) => {
    expect(match(path)).toBeUndefined();
  });

  test('has the list of models, for the gateway to answer', () => {
    expect(match('/openai/models', { method: 'GET' })).toEqual({ kind: 'models', operation: 'models.list' });
    expect(match('/openai/models/org%2Fb', { method: 'GET' })).toEqual({
      kind: 'models',
      operation: 'models.retrieve',
      model: 'org/b',
    });
    expect(match('/openai/models/', { method: 'GET' })).toBeUndefined();
    expect(match('/openai/models')).toBeUndefined();
  });

  test('owns all older paths, and none of those that Azure has like OpenAI', () => {
    const owns = (path: string) => azure.owns({ method: 'POST', path, query: '', headers: {} });
    expect(['/openai/deployments/a/b', '/openai/files', '/openai/responses'].map(owns)).toEqual([true, true, true]);
    expect(['/openai/v1/files', '/v1/files', '/openaix'].map(owns)).toEqual([false, false, false]);
  });

  test('takes no query beside the version, and no other method', () => {
    const path = '/openai/deployments/a/chat/completions';
    expect(match(path, { query: '' })).toBeUndefined();
    expect(match(path, { query: `${QUERY}&x=1` })).toBeUndefined();
    expect(match(path, { method: 'GET' })).toBeUndefined();
  });
});
