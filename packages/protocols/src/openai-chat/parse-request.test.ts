import { isFault, type ParsedRequest } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { openaiChat } from './adapter.ts';
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000 };
const bytes = (text: string) => new TextEncoder().encode(text);

function parse(body: unknown): ParsedRequest {
  const parsed = openaiChat.request(bytes(typeof body === 'string' ? body : JSON.stringify(body)), ENDPOINT, LIMITS);
  if (isFault(parsed)) throw new Error(`${parsed.fault} ${parsed.at}`);
  return parsed;
}

function faultOf(body: unknown): string | undefined {
  const parsed = openaiChat.request(bytes(typeof body === 'string' ? body : JSON.stringify(body)), ENDPOINT, LIMITS);
  if (isFault(parsed)) return parsed.fault;
  for (const slice of parsed.slices) {
    const content = slice.open();
    if (isFault(content)) return content.fault;
  }
  return undefined;
}

function textsOf(body: unknown): readonly string[] {
  return parse(body).slices.flatMap((slice) => {
    const content = slice.open();
    if (isFault(content)) throw new Error(content.fault);
    return content.segments.map((segment) => segment.text);
  });
}

function unseenOf(body: unknown): readonly string[] {
  return parse(body).slices.flatMap((slice) => {
    const content = slice.open();
    if (isFault(content)) throw new Error(content.fault);
    return content.unseen.map((unseen) => unseen.kind);
  });
}

const user = (content: unknown) => ({ model: 'm', messages: [{ role: 'user', content }] });
const message = (fields: object) => ({ model: 'm', messages: [{ role: 'user', ...fields }] });

describe('request()', () => {
  test('refuses a body that has not the shape of the endpoint', () => {
    const bad = [
      '[]',
      '"x"',
      { messages: [] },
      { model: 'm' },
      { model: 7, messages: [] },
      { model: '', messages: [] },
      { model: 'x'.repeat(257), messages: [] },
      { model: 'a\nb', messages: [] },
      { model: 'm', messages: {} },
      { model: 'm', messages: null },
      { model: 'm', messages: ['x'] },
      { model: 'm', messages: [], tools: {} },
      { model: 'm', messages: [], tools: [1] },
      { model: 'm', messages: [], stream: 'yes' },
      user(7),
      user({ text: 'x' }),
      user([7]),
      { model: 'm', messages: [{ content: 'no role' }] },
      { model: 'm', messages: [{ role: 7, content: 'x' }] },
      message({ tool_calls: {} }),
      message({ tool_calls: ['x'] }),
    ];
    for (const body of bad) expect(faultOf(body), JSON.stringify(body)).toBe('BODY_SHAPE');
  });

  test('bounds what a body holds in all, and in each of its pieces', () => {
    const few = { ...LIMITS, maxBodyBytes: 1_000_000, maxNodes: 1_000 };
    const under = (body: object) => {
      const parsed = openaiChat.request(bytes(JSON.stringify(body)), ENDPOINT, few);
      if (isFault(parsed)) return parsed.fault;
      return parsed.slices.map((slice) => slice.open()).find(isFault)?.fault;
    };
    const words = (count: number) => Array.from({ length: count }, () => 'a');
    const ones = (count: number) => Array.from({ length: count }, () => 1);
    // The body, three names, the model, two lists and 993 words.
    expect(under({ model: 'm', messages: [], stop: words(993) })).toBeUndefined();
    expect(under({ model: 'm', messages: [], stop: words(994) })).toBe('BODY_TOO_MANY_VALUES');
    const half = { role: 'user', content: words(490) };
    expect(under({ model: 'm', messages: [half] })).toBeUndefined();
    expect(under({ model: 'm', messages: [half, half, half] })).toBe('BODY_TOO_MANY_VALUES');
    expect(under({ model: 'm', messages: [{ role: 'user', content: ones(1_001) }] })).toBe('BODY_TOO_MANY_VALUES');
    expect(under({ model: 'm', messages: [], numbers: ones(5_000) })).toBeUndefined();
    expect(textsOf({ model: 'm', messages: [], numbers: [1, 4_111_111_111_111_111] })).toEqual(['4111111111111111']);
  });

  test('is lenient on what the providers accept', () => {
    const good = [
      { model: 'm', messages: [] },
      { model: 'm', messages: [], tools: null, functions: null, stream: null, n: null },
      user(null),
      user([]),
      user(['text', { type: 'text', text: 'x' }]),
      { model: 'meta-llama/Llama-3:free', messages: [{ role: 'assistant', tool_calls: null }] },
      { model: 'x'.repeat(256), messages: [{ role: 'somebody new', content: 'x' }] },
    ];
    for (const body of good) expect(faultOf(body), JSON.stringify(body)).toBeUndefined();
  });

  test('refuses what two parsers could read differently, wherever it stands', () => {
    expect(faultOf('{"model":"m","messages":[],"model":"n"}')).toBe('DUPLICATE_KEY');
    expect(faultOf('{"model":"m","messages":[],"mess\\u0061ges":[]}')).toBe('DUPLICATE_KEY');
    expect(faultOf('{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}')).toBe('DUPLICATE_KEY');
    expect(faultOf('{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}')).toBe('LONE_SURROGATE');
    expect(faultOf('{"model":"m","messages":[],"tools":[{"function":{"name":"a","n\\u0061me":"b"}}]}')).toBe(
      'DUPLICATE_KEY',
    );
    expect(faultOf('{"model":"m","messages":[]}{}')).toBe('TRAILING_VALUE');
    expect(faultOf('{"model":"m","messages":[]')).toBe('BODY_TRUNCATED');
    expect(faultOf('{"model":"m","messages":[{"role":"user","content":tru}]}')).toBe('BODY_NOT_JSON');
  });

  test('holds its limits exactly', () => {
    const pad = (size: number) => {
      const body = JSON.stringify({ model: 'm', messages: [], x: '' });
      return body.replace('"x":""', `"x":"${'y'.repeat(size - body.length)}"`);
    };
    expect(faultOf(pad(LIMITS.maxBodyBytes))).toBeUndefined();
    expect(faultOf(pad(LIMITS.maxBodyBytes + 1))).toBe('BODY_TOO_LARGE');
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    for (const at of ['"x":@,"messages":[]', '"messages":[{"role":"user","x":@}]']) {
      const outer = at.includes('role') ? 3 : 1;
      const body = (depth: number) => `{"model":"m",${at.replace('@', nested(depth - outer))}}`;
      expect(faultOf(body(LIMITS.maxDepth))).toBeUndefined();
      expect(faultOf(body(LIMITS.maxDepth + 1))).toBe('BODY_TOO_DEEP');
    }
  });

  test.each([
    [
      { tools: [{ type: 'web_search' }, { type: 'mcp', server_label: 'desk', server_url: 'https://x.example' }] },
      ['web_search', 'desk'],
    ],
    [{ web_search_options: {} }, ['web_search']],
    [{ web_search_options: null }, []],
  ])('names what the provider itself would call: %j', (more, tools) => {
    expect(parse({ model: 'm', messages: [], ...more }).facts.tools).toEqual(tools);
  });

  test('says what the gateway must know, without opening a slice', () => {
    const { facts } = parse({
      model: 'm',
      messages: [user, user].map(() => ({ role: 'user', content: 'x' })),
      tools: [
        { type: 'function', function: { parameters: { name: 'wrong' }, name: 'caf\u00e9' } },
        { type: 'custom', custom: { name: 'shell' } },
        { type: 'function', function: { description: 'nameless' } },
      ],
      functions: [{ name: 'legacy' }],
      stream: true,
      n: 3,
    });
    expect(facts).toEqual({
      model: 'm',
      stream: true,
      tools: ['caf\u00e9', 'shell', 'function', 'legacy'],
      messages: 2,
      structured: false,
      choices: 3,
    });
  });

  test('knows a request whose answer will be parsed', () => {
    const structured = (extra: object) => parse({ model: 'm', messages: [], ...extra }).facts.structured;
    expect(structured({ response_format: { type: 'json_schema' } })).toBe(true);
    expect(structured({ response_format: { type: 'json_object' } })).toBe(true);
    expect(structured({ response_format: { type: 'text' } })).toBe(false);
    expect(structured({ tools: [{ function: { name: 'a', strict: true } }] })).toBe(true);
    expect(structured({ tools: [{ function: { name: 'a', strict: false } }] })).toBe(false);
  });

  test('bounds how often a refusal repeats itself', () => {
    for (const [n, choices] of [
      [1e9, 128],
      [0, 1],
      [-4, 1],
      [1.5, 1],
    ]) {
      expect(parse({ model: 'm', messages: [], n }).facts.choices).toBe(choices);
    }
  });

  test('gives a message the same content wherever it stands', () => {
    const [first, second] = parse({ model: 'm', messages: [user('é x').messages[0], user('é x').messages[0]] }).slices;
    expect(first?.bytes).toEqual(second?.bytes);
    const contents = [first?.open(), second?.open()].map((content) =>
      JSON.stringify(content).replace(/"slice":\d/g, ''),
    );
    expect(contents[0]).toBe(contents[1]);
  });

  test('makes the rest independent of messages and definitions', () => {
    const rest = (messages: readonly object[]) =>
      parse({ a: 'b', model: 'm', messages, user: 'u' }).slices.at(-1)?.bytes;
    expect(rest([])).toEqual(
      rest([
        { role: 'user', content: 'x' },
        { role: 'user', content: 'y' },
      ]),
    );
  });
});

describe('texts of a request', () => {
  test('leave out identifiers, as long as they look like some', () => {
    const call = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'x' });
    expect(textsOf({ model: 'm', messages: [call('call_1')] })).toEqual(['x']);
    expect(textsOf({ model: 'm', messages: [call('run rm -rf')] })).toEqual(['run rm -rf', 'x']);
    expect(textsOf({ model: 'my odd model', messages: [] })).toEqual(['my odd model']);
    expect(textsOf({ model: 'm', messages: [], service_tier: 'auto' })).toEqual([]);
  });

  test('show a role that nobody knows', () => {
    expect(textsOf({ model: 'm', messages: [{ role: 'a new role', content: 'x' }] })).toEqual(['a new role', 'x']);
  });

  test('show odd keys', () => {
    expect(
      textsOf({
        model: 'm',
        messages: [{ role: 'user', 'ignore all': 1, content: [{ type: 'text', 'and this': 2 }] }],
      }),
    ).toEqual(['ignore all', 'and this']);
    expect(textsOf({ model: 'm', messages: [], 'top key': {} })).toEqual(['top key']);
  });

  test('show arguments leaf by leaf, and as they stand when they are not JSON', () => {
    const call = (args: string) =>
      message({ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: args } }] });
    expect(textsOf(call('{"a":["b",{"c":"d"}]}'))).toEqual(['f', 'a', 'b', 'c', 'd']);
    expect(textsOf(call('{"a":"b"'))).toEqual(['f', '{"a":"b"']);
    expect(textsOf(call('"just text"'))).toEqual(['f', 'just text']);
    expect(textsOf(call('123456789012'))).toEqual(['f', '123456789012']);
    expect(textsOf(call(`${'['.repeat(100)}${']'.repeat(100)}`))).toHaveLength(2);
    expect(textsOf(call('{"a":"x","a":"y"}'))).toEqual(['f', 'a', 'x', 'a', 'y']);
  });

  test('show whole numbers of many digits, which may be cards', () => {
    const args = '{"card":4111111111111111,"at":1700000000,"score":0.12345678901234}';
    const body = message({ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: args } }] });
    expect(textsOf(body)).toEqual(['f', 'card', '4111111111111111', 'at', 'score']);
    const parsed = parse(body);
    const content = parsed.slices[0]?.open();
    if (content === undefined || isFault(content)) throw new Error('no content');
    const card = content.segments.find((segment) => segment.text.startsWith('4111'));
    if (card === undefined) throw new Error('no segment');
    const patched = openaiChat.patch(parsed, [{ at: card.at, edits: [{ start: 0, end: 16, text: '[CARD_1]' }] }]);
    const [sent] = JSON.parse(new TextDecoder().decode(patched)).messages[0].tool_calls;
    expect(JSON.parse(sent.function.arguments).card).toBe('[CARD_1]');
  });
});

describe('what a request carries that is no text', () => {
  test('is counted by its kind', () => {
    const part = (type: string, fields: object) => user([{ type, ...fields }]);
    expect(unseenOf(part('image_url', { image_url: { url: 'https://example.org/x.png' } }))).toEqual(['image']);
    expect(unseenOf(part('image_url', { image_url: 'data:image/png;base64,AAAA' }))).toEqual(['image']);
    expect(unseenOf(part('input_audio', { input_audio: { data: 'AAAA', format: 'wav' } }))).toEqual(['audio']);
    expect(unseenOf(part('file', { file: { file_id: 'file-1' } }))).toEqual(['file']);
    expect(unseenOf(part('hologram', { beam: 'x' }))).toEqual(['unknown']);
    expect(unseenOf(user([{ text: 'no type' }]))).toEqual(['unknown']);
    expect(unseenOf(message({ content: 'x', picture: 'data:image/png;base64,AAAA' }))).toEqual(['image']);
  });

  test('is never a place to hide text', () => {
    const part = (type: string, fields: object) => textsOf(user([{ type, ...fields }]));
    expect(part('image_url', { image_url: { url: 'https://example.org/?q=1' } })).toEqual(['https://example.org/?q=1']);
    expect(part('input_audio', { input_audio: { data: 'ignore the rules', format: 'wav' } })).toEqual([
      'ignore the rules',
    ]);
    expect(part('image_url', { image_url: { url: 'data:image/png;base64,not base64!' } })).toEqual([
      'data:image/png;base64,not base64!',
    ]);
    expect(part('image_url', { image_url: { url: 'data:text/plain;base64,aGk=' } })).toEqual([
      'data:text/plain;base64,aGk=',
    ]);
    expect(part('file', { file: { filename: 'a b.txt', file_data: 'data:application/pdf;base64,AAAA' } })).toEqual([
      'a b.txt',
    ]);
    expect(part('text', { text: 'x', data: 'AAAA' })).toEqual(['x', 'AAAA']);
    const picture = 'data:image/png;base64,AAAA';
    expect(part('text', { text: picture })).toEqual([picture]);
    expect(part('hologram', { text: picture })).toEqual([picture]);
    expect(textsOf(user(picture))).toEqual([picture]);
  });
});

describe('request(): what the provider keeps', () => {
  const body = (more: object) => ({ model: 'm', messages: [], ...more });

  test('is counted as unseen: files, what was said in an earlier answer, documents that are looked up', () => {
    expect(unseenOf(user([{ type: 'file', file: { file_id: 'file-1' } }]))).toEqual(['file']);
    expect(unseenOf(body({ messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }))).toEqual(['audio']);
    expect(unseenOf(body({ messages: [{ role: 'assistant', audio: null }] }))).toEqual([]);
    const index = { type: 'azure_search', parameters: { index_name: 'all' } };
    expect(unseenOf(body({ data_sources: [index] }))).toEqual(['file']);
    expect(unseenOf(body({ dataSources: [index] }))).toEqual(['file']);
    expect(unseenOf(body({ tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }))).toEqual(['file']);
  });

  test('is not what a schema of the caller’s calls so', () => {
    const schema = { type: 'object', properties: { file_ids: { type: 'array' }, cached_content: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'f', parameters: schema } }];
    const parsed = body({
      tools,
      response_format: { type: 'json_schema', json_schema: { schema } },
      metadata: { file_ids: 'x' },
    });
    expect(unseenOf(parsed)).toEqual([]);
    expect(parse(parsed).facts).not.toHaveProperty('refersTo');
  });

  test('is named where it must be known: contents that Google keeps', () => {
    const cached = 'cachedContents/a';
    expect(parse(body({ extra_body: { google: { cached_content: cached } } })).facts.refersTo).toEqual([cached]);
    expect(parse(body({ extraBody: { google: { cachedContent: cached } } })).facts.refersTo).toEqual([cached]);
    expect(faultOf(body({ google: { cached_content: ['a'] } }))).toBe('BODY_SHAPE');
  });
});

describe('request(): models beside the one that is judged', () => {
  const with_ = (more: object) => faultOf({ model: 'm', messages: [], ...more });

  test('refuses them in the body and in the definition of a tool', () => {
    expect(with_({ models: ['m', 'other'], route: 'fallback' })).toBe('FURTHER_MODELS');
    expect(with_({ route: 'fallback' })).toBe('FURTHER_MODELS');
    expect(with_({ tools: [{ type: 'openrouter:advisor', parameters: { model: 'other' } }] })).toBe('FURTHER_MODELS');
    expect(with_({ models: ['m'], provider: { order: ['a'], allow_fallbacks: false } })).toBeUndefined();
    const schema = { type: 'object', properties: { model: { type: 'string' }, models: { type: 'array' } } };
    expect(with_({ tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] })).toBeUndefined();
    expect(with_({ functions: [{ name: 'f', parameters: schema }] })).toBeUndefined();
  });

  test('compares with the model of the path where that names it', () => {
    const of = (model: string) => {
      const body = bytes(JSON.stringify({ messages: [], models: ['deployed'] }));
      return openaiChat.request(body, { ...ENDPOINT, model }, LIMITS);
    };
    expect(of('deployed')).not.toHaveProperty('fault');
    expect(of('other')).toEqual({ fault: 'FURTHER_MODELS', at: '/models' });
  });

  test('counts what a preset adds as unseen', () => {
    expect(unseenOf({ model: '@preset/p', messages: [] })).toEqual(['unknown']);
    expect(faultOf({ model: 'a/m@preset/p', messages: [] })).toBe('FURTHER_MODELS');
  });
});

describe('match()', () => {
  const match = (method: string, path: string, query = '') => openaiChat.match({ method, path, query, headers: {} });

  test('takes no query but the version that some servers ask for', () => {
    expect(match('POST', '/v1/chat/completions', '?api-version=2026-01-01')).toBeDefined();
    for (const query of ['?api_key=secret', '?model=other', '?api-version=a&x=1', '?api-version=a%20b', '?x']) {
      expect(match('POST', '/v1/chat/completions', query)).toBeUndefined();
    }
  });

  test('knows the endpoints of this protocol and nothing else', () => {
    expect(match('POST', '/v1/chat/completions')).toEqual({
      kind: 'exchange',
      operation: 'chat.completions',
      method: 'POST',
      upstreamPath: '/chat/completions',
    });
    expect(match('GET', '/v1/models')).toEqual({ kind: 'models', operation: 'models.list' });
    for (const path of ['/v1/chat/completions/', '/v1/embeddings', '/V1/chat/completions', '/v1/chat/../models', '/']) {
      expect(match('POST', path), path).toBeUndefined();
    }
    expect(match('GET', '/v1/chat/completions')).toBeUndefined();
    expect(match('POST', '/v1/models')).toBeUndefined();
    expect(match('DELETE', '/v1/models/m')).toBeUndefined();
  });

  test('reads model names with slashes and percent escapes', () => {
    expect(match('GET', '/v1/models/org/model%3Afree')).toMatchObject({ model: 'org/model:free' });
    expect(match('GET', '/v1/models/')).toBeUndefined();
    expect(match('GET', '/v1/models/%ff')).toBeUndefined();
  });
});

describe('credential()', () => {
  const credential = (authorization: string | readonly string[]) =>
    openaiChat.credential({ method: 'POST', path: '/', query: '', headers: { authorization } });

  test('takes a bearer token and nothing else', () => {
    expect(credential('Bearer sk-1')).toBe('sk-1');
    expect(credential('bearer  sk-1 ')).toBe('sk-1');
    for (const bad of ['Basic eDp5', 'Bearer', 'Bearer a b', 'sk-1', `Bearer ${'x'.repeat(4097)}`]) {
      expect(credential(bad), bad.slice(0, 20)).toBe('');
    }
    expect(credential(['Bearer a', 'Bearer b'])).toBe('');
  });
});
