import { describe, expect, test } from 'vitest';
import { openaiResponses } from './adapter.ts';
import table from './endpoints.json' with { type: 'json' };

const match = (method: string, path: string, query = '') => openaiResponses.match({ method, path, query, headers: {} });
const concrete = (path: string) =>
  path.replace('{response}', 'resp_a1').replace('{conversation}', 'conv_b2').replace('{item}', 'msg_c3');

describe('match()', () => {
  test.each(table)('knows $method $path', ({ operation, method, path }) => {
    const upstreamPath = concrete(path);
    const owned = [...upstreamPath.matchAll(/resp_a1|conv_b2/g)].map(([id]) => id);
    expect(match(method, `/v1${upstreamPath}`)).toMatchObject({ operation, method, upstreamPath, owned });
    expect(match(method, `/openai/v1${upstreamPath}`, '?api-version=preview')).toMatchObject({
      upstreamPath: `${upstreamPath}?api-version=preview`,
    });
    expect(match('PATCH', `/v1${upstreamPath}`)).toBeUndefined();
  });

  test.each([
    ['/v1/responses/', 'GET'],
    ['/v1/responses/resp_1/', 'GET'],
    ['/v1/responses//input_items', 'GET'],
    ['/v1/responses/..', 'GET'],
    ['/v1/responses/resp_1%2f..', 'GET'],
    ['/v1/responses/resp_1/input_items/x', 'GET'],
    ['/v1/Responses', 'POST'],
    ['/v1/conversations/conv_1/items/msg_1/more', 'GET'],
    [`/v1/responses/${'a'.repeat(129)}`, 'GET'],
    ['/v2/responses', 'POST'],
  ])('does not know %s', (path, method) => {
    expect(match(method, path)).toBeUndefined();
  });

  test('takes from a query what it knows, spelt as it spells it, and lets nothing else go on', () => {
    const at = (query: string) => match('GET', '/v1/responses/resp_1', query);
    expect(
      at('?stream=true&include[]=reasoning.encrypted_content&include%5B%5D=message.output_text.logprobs'),
    ).toMatchObject({
      stream: true,
      upstreamPath:
        '/responses/resp_1?stream=true&include[]=reasoning.encrypted_content&include[]=message.output_text.logprobs',
    });
    expect(at('?stream=true&starting_after=41&include_obfuscation=false')).toMatchObject({
      startingAfter: 41,
      upstreamPath: '/responses/resp_1?stream=true&include_obfuscation=false',
    });
    const items = match('GET', '/v1/responses/resp_1/input_items', '?limit=2&order=asc&after=msg_1&include[0]=x');
    expect(items).toMatchObject({
      upstreamPath: '/responses/resp_1/input_items?limit=2&order=asc&after=msg_1&include[]=x',
    });
  });

  test.each([
    '?key=secret',
    '?stream=true&stream=false',
    '?starting_after=-1',
    '?starting_after=1e3',
    '?starting_after=007',
    '?include[]=a b',
    '?include[]=%0d%0a',
    '?include[]=%zz',
    '?stream=yes',
    '?limit',
    `?include[]=${'a'.repeat(3_000)}`,
  ])('takes no query such as %s', (query) => {
    expect(match('GET', '/v1/responses/resp_1', query)).toBeUndefined();
  });
});
