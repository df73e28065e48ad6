import type { RequestHead } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { protocols } from '../index.ts';
import { passageFor } from './passage.ts';

const to = (path: string, more: Partial<RequestHead> = {}) =>
  passageFor({ method: 'POST', path, query: '', headers: {}, ...more }, protocols);

describe('passageFor()', () => {
  test('knows what a path of a protocol is at its provider', () => {
    expect(to('/v1/files')?.endpoint).toEqual({
      kind: 'exchange',
      operation: 'uninspected',
      method: 'POST',
      upstreamPath: '/files',
      uninspected: true,
    });
    const got = to('/v1/files/file-1/content', { method: 'GET', query: '?limit=3' });
    expect(got?.endpoint.upstreamPath).toBe('/files/file-1/content?limit=3');
  });

  test('takes no key along', () => {
    expect(to('/v1/files', { query: '?key=secret-of-a-key&a=1' })?.endpoint.upstreamPath).toBe('/files?a=1');
    expect(to('/v1/files', { query: '?%6Bey=secret-of-a-key' })?.endpoint.upstreamPath).toBe('/files');
  });

  test.each([
    '/v1/chat/completions',
    '/v1/chat/completions/',
    '/v1//chat/completions',
    '/v1/chat/%63ompletions',
    '/v1/CHAT/Completions',
    '/v1/chat%2fcompletions',
    '/v1/./chat/completions',
    '/v1/x/../chat/completions',
    '/v1/x/%2e%2e/chat/completions',
    '/v1/chat\\completions',
    '/v1/chat/completions%00',
    '/openai/deployments/m/chat/completions',
    '/openai/deployments/my%20own/chat/completions',
    '/openai/deployments/a/b/Chat/Completions',
    '/openai/deployments/m/embeddings',
    `/openai/deployments/${'m'.repeat(257)}/completions`,
    '/v1/projects/p/chat/completions',
    '/v1/chat/completions;a=b',
    '/v1',
    '/v1/',
    '/admin',
    '',
  ])('lets %s not pass: it is inspected elsewhere, or could be anything', (path) => {
    expect(to(path)).toBeUndefined();
  });

  test.each([
    '/api/pull',
    '/api/push',
    '/api/create',
    '/api/copy',
    '/api/delete',
    '/api/Delete',
    '/api/%64elete',
    '/api/blobs/sha256:0123',
    '/api/tomorrow',
    '/api/v1/models/load',
    '/ollama/api/delete',
    '/v1/api/pull',
    '/v1/load_lora_adapter',
    '/openai/v1/unload_lora_adapter',
    '/v1/organization/admin_api_keys',
    '/v1/models/ft:gpt-4o:acme',
    '/openai/deployments/m',
    '/openai/deployments',
    '/v1beta/tunedModels/t',
    '/v1beta/tunedModels',
    '/v1beta/tunedModels/t:transferOwnership',
  ])('lets %s not pass: models could be replaced or deleted, or who may ask them', (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      // Whoever the headers say it is for.
      for (const headers of [{}, { 'x-goog-api-key': 'k' }, { 'anthropic-version': '2023-06-01' }]) {
        expect(to(path, { method, headers }), method).toBeUndefined();
      }
    }
  });

  test.each(['/api/show', '/api/ps', '/api/version'])('lets %s pass, which only looks', (path) => {
    expect(to(path)).toMatchObject({ adapter: { id: 'ollama' }, endpoint: { upstreamPath: path } });
  });

  test('lets no inspected operation pass for the sake of its query', () => {
    for (const query of ['', '?api-version=2024-10-21&x=1', '?api-version=', '?x=1']) {
      expect(to('/openai/deployments/m/chat/completions', { query })).toBeUndefined();
      expect(to('/v1/embeddings', { query })).toBeUndefined();
    }
    const image = to('/openai/deployments/m/images/generations', { query: '?api-version=2024-10-21' });
    expect(image).toMatchObject({ adapter: { id: 'azure-openai-chat' } });
    expect(image?.endpoint.upstreamPath).toBe('/deployments/m/images/generations?api-version=2024-10-21');
  });

  test('bounds paths, queries and methods', () => {
    expect(to(`/v1/${'a'.repeat(2_048)}`)).toBeUndefined();
    expect(to('/v1/files', { query: `?${'a'.repeat(2_048)}` })).toBeUndefined();
    expect(to('/v1/files', { query: '?a=b#c' })).toBeUndefined();
    expect(to('/v1/files', { query: '?a= b' })).toBeUndefined();
    expect(to('/v1/files', { method: 'TRACE' })).toBeUndefined();
    expect(to('/v1/files', { method: 'CONNECT' })).toBeUndefined();
  });
});
