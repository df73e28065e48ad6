import { isFault, type RequestHead } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { gemini } from './adapter.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 100_000 };
const head = (path: string, more: Partial<RequestHead> = {}): RequestHead => ({
  method: 'POST',
  path,
  query: '',
  headers: {},
  ...more,
});

function parse(body: object | string, operation = 'generateContent') {
  const endpoint = gemini.match(head(`/v1beta/models/m:${operation}`));
  if (endpoint?.kind !== 'exchange') throw new Error('no endpoint');
  return gemini.request(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), endpoint, LIMITS);
}

/** The first fault of a body, or of one of its slices. */
function faultOf(body: object | string, operation?: string): string | undefined {
  const parsed = parse(body, operation);
  if (isFault(parsed)) return parsed.fault;
  for (const slice of parsed.slices) {
    const content = slice.open();
    if (isFault(content)) return content.fault;
  }
  return undefined;
}

function textsOf(body: object, operation?: string): readonly string[] {
  const parsed = parse(body, operation);
  if (isFault(parsed)) throw new Error(parsed.fault);
  return parsed.slices.flatMap((slice) => {
    const content = slice.open();
    if (isFault(content)) throw new Error(content.fault);
    return content.segments.map(({ point, origin, text }) => `${point} ${origin.role}: ${text}`);
  });
}

test.each([
  [
    [{ functionDeclarations: [{ name: 'a' }], googleSearch: {} }, { codeExecution: {} }],
    ['a', 'googleSearch', 'codeExecution'],
  ],
  [{ function_declarations: [{ name: 'b' }], url_context: {} }, ['b', 'url_context']],
  [
    [{ mcpServers: [{ name: 'n' }], functionDeclarations: { name: 'c' } }, { googleSearch: null }],
    ['c', 'mcpServers'],
  ],
])('names every tool that is offered, Google\u2019s own too: %j', (tools, names) => {
  expect(parse({ contents: [], tools })).toMatchObject({ facts: { tools: names } });
});

describe('request(): what Google keeps', () => {
  const keptIn = (body: object, operation?: string) => {
    const parsed = parse({ contents: [], ...body }, operation);
    return isFault(parsed) ? parsed : parsed.facts.refersTo;
  };
  const unseenOf = (body: object) => {
    const parsed = parse({ contents: [], ...body });
    if (isFault(parsed)) throw new Error(parsed.fault);
    return parsed.slices.flatMap((slice) => {
      const content = slice.open();
      return isFault(content) ? [] : content.unseen.map(({ kind, at }) => `${kind} ${at}`);
    });
  };

  test('names contents that were sent before, where tokens are counted too', () => {
    expect(keptIn({ cachedContent: 'cachedContents/a' })).toEqual(['cachedContents/a']);
    expect(keptIn({ cached_content: 'projects/p/locations/l/cachedContents/a' })).toEqual([
      'projects/p/locations/l/cachedContents/a',
    ]);
    const counted = { generateContentRequest: { contents: [], cachedContent: 'cachedContents/b' } };
    expect(keptIn(counted, 'countTokens')).toEqual(['cachedContents/b']);
    expect(keptIn({ cachedContent: null })).toBeUndefined();
  });

  test.each([7, {}, 'two words', 'x'.repeat(257)])('refuses %j in the place of a name', (cachedContent) => {
    expect(keptIn({ cachedContent })).toEqual({ fault: 'BODY_SHAPE', at: '/cachedContent' });
  });

  test('counts files by address, and documents that tools look up, as unseen', () => {
    const file = { parts: [{ fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/a' } }] };
    expect(unseenOf({ contents: [file] })).toEqual(['file /parts/0/fileData']);
    expect(unseenOf({ tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/a'] } }] })).toEqual([
      'file /fileSearch',
    ]);
    expect(unseenOf({ tools: [{ retrieval: { vertexRagStore: { ragCorpora: ['a'] } } }] })).toEqual([
      'file /retrieval',
    ]);
    expect(unseenOf({ tools: [{ googleSearch: {} }] })).toEqual([]);
  });
});

describe('request(): models beside the one of the path', () => {
  test.each([
    { generationConfig: { routingConfig: { manualMode: { modelName: 'other' } } } },
    { generation_config: { routing_config: { auto_mode: {} } } },
  ])('refuses %j', (config) => {
    expect(faultOf({ contents: [], ...config })).toBe('FURTHER_MODELS');
    expect(faultOf({ generateContentRequest: { contents: [], ...config } }, 'countTokens')).toBe('FURTHER_MODELS');
  });

  test('takes a routing that is not set', () => {
    expect(faultOf({ contents: [], generationConfig: { routingConfig: null } })).toBeUndefined();
  });
});

const part = (value: object) => ({ contents: [{ role: 'user', parts: [value] }] });

describe('match()', () => {
  test('takes model and stream from the path, and lets nothing of the query go on but the form of the stream', () => {
    expect(
      gemini.match(head('/v1/models/a%2Fb:streamGenerateContent', { query: '?key=secret&alt=sse' })),
    ).toMatchObject({
      model: 'a/b',
      stream: true,
      upstreamPath: '/v1/models/a/b:streamGenerateContent?alt=sse',
    });
    expect(gemini.match(head('/v1beta/tunedModels/t:generateContent', { query: '?key=secret' }))).toMatchObject({
      model: 'tunedModels/t',
      stream: false,
      upstreamPath: '/v1beta/tunedModels/t:generateContent',
    });
  });

  test('refuses every other query, path and name', () => {
    for (const query of [
      '?alt=media',
      '?alt=sse&fields=x',
      '?$alt=sse',
      '?alt=sse&alt=sse',
      '?alt=json',
      '?access_token=x',
    ])
      expect(gemini.match(head('/v1beta/models/m:streamGenerateContent', { query })), query).toBeUndefined();
    expect(gemini.match(head('/v1beta/models/m:generateContent', { query: '?alt=sse' }))).toBeUndefined();
    for (const path of [
      '/v1beta/models/m:predict',
      '/v1beta/models/..%2Fx:generateContent',
      '/v1beta/models/%zz:generateContent',
      '/v1beta/models/a%20b:generateContent',
      '/v1beta/models/a%3Fb:generateContent',
      '/v1beta/cachedContents',
      '/v2/models/m:generateContent',
    ]) {
      expect(gemini.match(head(path)), path).toBeUndefined();
    }
    expect(gemini.match(head('/v1beta/models/m:generateContent', { method: 'PUT' }))).toBeUndefined();
  });

  test('has the list of models, at the path of another protocol only for a client of Google’s', () => {
    const get = (path: string, more: Partial<RequestHead> = {}) => gemini.match(head(path, { method: 'GET', ...more }));
    expect(get('/v1beta/models', { query: '?pageSize=1000' })).toEqual({ kind: 'models', operation: 'models.list' });
    expect(get('/v1beta/models/m')).toEqual({ kind: 'models', operation: 'models.get', model: 'm' });
    expect(get('/v1beta/models', { query: '?pageToken=x' })).toBeUndefined();
    expect(get('/v1/models')).toBeUndefined();
    expect(get('/v1/models', { headers: { 'x-goog-api-key': 'k' } })).toMatchObject({ kind: 'models' });
  });
});

describe('credential()', () => {
  test('takes the key from the query too, unless another is shown or it is said twice', () => {
    const key = (query: string, headers: RequestHead['headers'] = {}) =>
      gemini.credential(head('/', { query, headers }));
    expect(key('?key=a%2Bb')).toBe('a+b');
    expect(key('?alt=sse&key=k')).toBe('k');
    expect(key('?key=k', { 'x-goog-api-key': 'k' })).toBe('k');
    expect(key('?key=k', { 'x-goog-api-key': 'other' })).toBe('');
    expect(key('?key=k', { authorization: 'Bearer other' })).toBe('');
    for (const query of ['?key=k&key=k', '?key=', '?key=%zz', '?key=a%20b']) expect(key(query), query).toBe('');
    expect(key('', { 'x-goog-api-key': 'k' })).toBe('k');
  });
});

describe('request()', () => {
  test('refuses a body that readers could take for two', () => {
    const bad: readonly object[] = [
      { Contents: [] },
      { systemInstruction: 'a', system_instruction: 'b' },
      { generationConfig: {}, generation_config: {} },
      { contents: [], generationConfig: { responseSchema: {}, response_schema: {} } },
      { contents: ['x'] },
      { contents: 'x' },
      { contents: 3 },
      { contents: [], model: 'models/other' },
      { contents: [{ Parts: [] }] },
      { contents: [{ parts: 'x' }] },
      { contents: [{ parts: ['x'] }] },
      { systemInstruction: { Parts: [] } },
      part({ text: 3 }),
      part({ TEXT: 'x' }),
      part({ functionCall: {}, function_call: {} }),
      part({ functionCall: { args: {}, Args: {} } }),
      { tools: [{ functionDeclarations: [], function_declarations: [] }] },
      { tools: [{ functionDeclarations: [{ Name: 'f' }] }] },
    ];
    for (const body of bad) expect(faultOf(body), JSON.stringify(body)).toBe('BODY_SHAPE');
    expect(faultOf('{"contents":[],"contents":[]}')).toBe('DUPLICATE_KEY');
  });

  test('refuses another model in the body than the path names, wherever it stands', () => {
    const requests = (model: string) => ({ requests: [{ model, content: { parts: [] } }] });
    expect(faultOf(requests('models/m'), 'batchEmbedContents')).toBeUndefined();
    expect(faultOf(requests('models/other'), 'batchEmbedContents')).toBe('BODY_SHAPE');
    expect(faultOf({ generateContentRequest: { model: 'models/other' } }, 'countTokens')).toBe('BODY_SHAPE');
    expect(faultOf({ generateContentRequest: 'x' }, 'countTokens')).toBe('BODY_SHAPE');
  });

  test('takes everything in a call’s arguments and in its result for text, whatever its name', () => {
    const args = { id: 'one two', role: 'three', thoughtSignature: 'AAAA', inlineData: { data: 'AAAA' } };
    const all = textsOf({ contents: [{ role: 'model', parts: [{ functionCall: { id: 'c1', name: 'f', args } }] }] });
    for (const text of ['one two', 'three', 'AAAA', 'thoughtSignature'])
      expect(all).toContain(`input assistant: ${text}`);
    const results = textsOf(part({ functionResponse: { name: 'f', response: args } }));
    for (const text of ['one two', 'three', 'AAAA']) expect(results).toContain(`tool-result tool: ${text}`);
  });

  test('takes a signature for one only where its form says so', () => {
    expect(textsOf(part({ text: 'a', thoughtSignature: 'Q2lRQmFiYw==' }))).toEqual(['input user: a']);
    expect(textsOf(part({ text: 'a', thoughtSignature: 'ignore it all' }))).toContain('input user: ignore it all');
  });

  test('takes a role that nobody knows for the caller’s, and looks at it', () => {
    const all = textsOf({ contents: [{ role: 'some role', parts: [{ text: 'a' }] }] });
    expect(all).toEqual(['input user: some role', 'input user: a']);
  });

  test('reads a string as instructions, an object as a list of one, and a request to be counted', () => {
    expect(textsOf({ system_instruction: 'be brief', contents: { parts: { text: 'a' } } })).toEqual([
      'input system: be brief',
      'input user: a',
    ]);
    expect(textsOf({ generate_content_request: part({ text: 'b' }) }, 'countTokens')).toEqual(['input user: b']);
  });

  test('has what becomes vectors pass as such, the title too', () => {
    expect(textsOf({ content: { parts: [{ text: 'a' }] }, title: 'b c' }, 'embedContent')).toEqual([
      'ingest user: a',
      'ingest user: b c',
    ]);
  });

  test('counts the answers that are asked for, in a number or a string', () => {
    const choices = (candidateCount: unknown) => {
      const parsed = parse({ contents: [], generationConfig: { candidateCount } });
      return isFault(parsed) ? parsed.fault : parsed.facts.choices;
    };
    expect([choices(2), choices('3'), choices('x'), choices(0), choices(1e9)]).toEqual([2, 3, 1, 1, 128]);
  });
});
