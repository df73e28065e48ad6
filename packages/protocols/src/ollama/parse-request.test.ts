import { isFault, type ParsedRequest, type Segment } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { ollama } from './adapter.ts';
import type { Operation } from './endpoints.ts';
import { endpointFor } from './testing/endpoints.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000 };

function request(body: unknown, operation: Operation = 'chat') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ollama.request(Buffer.from(text), endpointFor(operation), LIMITS);
}

function parse(body: unknown, operation?: Operation): ParsedRequest {
  const parsed = request(body, operation);
  if (isFault(parsed)) throw new Error(`${parsed.fault} ${parsed.at}`);
  return parsed;
}

function contents(body: unknown, operation?: Operation) {
  return parse(body, operation).slices.map((slice) => {
    const content = slice.open();
    if (isFault(content)) throw new Error(content.fault);
    return content;
  });
}

function faultOf(body: unknown, operation?: Operation): string | undefined {
  const parsed = request(body, operation);
  if (isFault(parsed)) return parsed.fault;
  for (const slice of parsed.slices) {
    const content = slice.open();
    if (isFault(content)) return content.fault;
  }
  return undefined;
}

const segments = (body: unknown, operation?: Operation): readonly Segment[] =>
  contents(body, operation).flatMap((content) => content.segments);
const textsOf = (body: unknown, operation?: Operation) => segments(body, operation).map(({ text }) => text);
const unseenOf = (body: unknown, operation?: Operation) =>
  contents(body, operation).flatMap(({ unseen }) => unseen.map(({ kind, at }) => `${kind} ${at}`));
const message = (fields: object) => ({ model: 'm', messages: [{ role: 'user', ...fields }] });

describe('request()', () => {
  test('refuses a body that has not the shape of the endpoint', () => {
    const bad = [
      '[]',
      { messages: [] },
      { model: '', messages: [] },
      { model: 'm', messages: {} },
      { model: 'm', messages: 'x' },
      { model: 'm', messages: ['x'] },
      { model: 'm', messages: [], tools: {} },
      { model: 'm', messages: [], tools: [1] },
      { model: 'm', messages: [], stream: 'yes' },
      { model: 'm', messages: [], stream: 0 },
      { model: 'm', messages: [{ content: 'no role' }] },
      { model: 'm', messages: [{ role: 7, content: 'x' }] },
      message({ content: ['x'] }),
      message({ content: { text: 'x' } }),
      message({ tool_calls: {} }),
      message({ tool_calls: ['x'] }),
    ];
    for (const body of bad) expect(faultOf(body), JSON.stringify(body)).toBe('BODY_SHAPE');
    for (const name of ['prompt', 'system', 'template', 'suffix']) {
      expect(faultOf({ model: 'm', [name]: { a: 'b' } }, 'generate'), name).toBe('BODY_SHAPE');
      expect(faultOf({ model: 'm', [name]: ['a'] }, 'generate'), name).toBe('BODY_SHAPE');
      expect(faultOf({ model: 'm', [name]: [] }, 'generate'), name).toBe('BODY_SHAPE');
    }
    expect(faultOf({ model: 'm', input: [{ text: 'x' }] }, 'embed')).toBe('BODY_SHAPE');
    expect(faultOf({ model: 'm', prompt: [7] }, 'embeddings')).toBe('BODY_SHAPE');
  });

  test('is lenient on what the server accepts', () => {
    for (const body of [
      { model: 'm' },
      { model: 'm', messages: null, tools: null, stream: null, format: null },
      { model: 'hf.co/org/Model-GGUF:Q4_K_M', messages: [{ role: 'assistant', content: null, tool_calls: null }] },
      message({ role: 'somebody new' }),
    ]) {
      expect(faultOf(body), JSON.stringify(body)).toBeUndefined();
    }
    for (const body of [{ model: 'm' }, { model: 'm', prompt: '', system: null, images: null, context: null }]) {
      expect(faultOf(body, 'generate')).toBeUndefined();
    }
    expect(faultOf({ model: 'm', input: 'x' }, 'embed')).toBeUndefined();
  });

  test('refuses names that only the server takes for those that decide, wherever they stand', () => {
    const bad = [
      '{"model":"m","Messages":[{"role":"user","content":"x"}]}',
      '{"model":"m","messages":[],"MODEL":"n"}',
      '{"model":"m","messages":[],"\\u017ftream":false}',
      '{"model":"m","messages":[{"role":"user","Content":"x"}]}',
      '{"model":"m","messages":[{"role":"user","content":"x","Images":["AAAA"]}]}',
      '{"model":"m","messages":[{"role":"assistant","tool_calls":[{"Function":{"name":"f"}}]}]}',
      '{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"Name":"f"}}]}]}',
      '{"model":"m","messages":[],"tools":[{"type":"function","Function":{"name":"f"}}]}',
      '{"model":"m","messages":[],"tools":[{"type":"function","function":{"NAME":"f"}}]}',
    ];
    for (const body of bad) expect(faultOf(body), body).toBe('BODY_SHAPE');
    expect(faultOf('{"model":"m","System":"x"}', 'generate')).toBe('BODY_SHAPE');
    expect(faultOf('{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}')).toBe('DUPLICATE_KEY');
    expect(faultOf('{"model":"m","prompt":"a","pr\\u006fmpt":"b"}', 'generate')).toBe('DUPLICATE_KEY');
    expect(faultOf('{"model":"m","prompt":"\\ud800"}', 'generate')).toBe('LONE_SURROGATE');
  });

  test('takes a request that says nothing of a stream for one that wants it, save for vectors', () => {
    const stream = (fields: object, operation: Operation) => parse({ model: 'm', ...fields }, operation).facts.stream;
    for (const operation of ['chat', 'generate'] as const) {
      expect(stream({}, operation)).toBe(true);
      expect(stream({ stream: null }, operation)).toBe(true);
      expect(stream({ stream: true }, operation)).toBe(true);
      expect(stream({ stream: false }, operation)).toBe(false);
    }
    expect(stream({ stream: true }, 'embed')).toBe(false);
    expect(stream({}, 'embeddings')).toBe(false);
  });

  test('knows a request whose answer will be parsed', () => {
    const structured = (format: unknown, operation?: Operation) =>
      parse({ model: 'm', format }, operation).facts.structured;
    expect(structured('json')).toBe(true);
    expect(structured({ type: 'object' }, 'generate')).toBe(true);
    expect(structured('')).toBe(false);
    expect(structured(null)).toBe(false);
    expect(structured(undefined)).toBe(false);
  });

  test('reads a role as the server does, in small letters', () => {
    const [told] = segments({ model: 'm', messages: [{ role: 'SYSTEM', content: 'x' }] });
    expect(told?.origin.role).toBe('system');
    const [got] = segments({ model: 'm', messages: [{ role: 'Tool', tool_name: 'f', content: 'x' }] });
    expect(got).toMatchObject({ point: 'tool-result', origin: { role: 'tool', tool: 'f' } });
  });

  test('says whose a text is, by the member that holds it', () => {
    const said = segments({ model: 'm', prompt: 'p', system: 's', template: 't', suffix: 'u' }, 'generate');
    expect(said.map(({ text, point, origin }) => [text, point, origin.role])).toEqual([
      ['s', 'input', 'system'],
      ['t', 'input', 'system'],
      ['p', 'input', 'user'],
      ['u', 'input', 'user'],
    ]);
    const texts = (body: object, operation: Operation) =>
      segments(body, operation).map(({ text, point }) => `${point} ${text}`);
    expect(texts({ model: 'm', input: 'a' }, 'embed')).toEqual(['ingest a']);
    expect(texts({ model: 'm', input: ['a', 'b'] }, 'embed')).toEqual(['ingest a', 'ingest b']);
    expect(texts({ model: 'm', prompt: 'a' }, 'embeddings')).toEqual(['ingest a']);
  });

  test('tells slices of the same bytes apart by their member', () => {
    const members = parse({ model: 'm', prompt: 'x', system: 'x' }, 'generate').slices.map(({ member }) => member);
    expect(members).toEqual(['system', 'prompt', '']);
  });
});

describe('texts of a request', () => {
  test('show all that a tool was called with, ids and short words too', () => {
    const call = { function: { name: 'f', arguments: { id: 'token-of-somebody', type: 'word', n: 411111111111111 } } };
    expect(textsOf(message({ tool_calls: [call] }))).toEqual([
      'f',
      'id',
      'token-of-somebody',
      'type',
      'word',
      'n',
      '411111111111111',
    ]);
  });

  test('can be edited where they stand, numbers among them', () => {
    const parsed = parse(message({ tool_calls: [{ function: { name: 'f', arguments: { n: 4111111111111111 } } }] }));
    const card = segmentOf(parsed, '4111111111111111');
    const patched = ollama.patch(parsed, [{ at: card.at, edits: [{ start: 0, end: 16, text: '[CARD_1]' }] }]);
    expect(JSON.parse(Buffer.from(patched).toString()).messages[0].tool_calls[0].function.arguments.n).toBe('[CARD_1]');
    const prompt = parse({ prompt: 'é joe', model: 'm' }, 'generate');
    const edited = ollama.patch(prompt, [
      { at: segmentOf(prompt, 'é joe').at, edits: [{ start: 2, end: 5, text: '' }] },
    ]);
    expect(Buffer.from(edited).toString()).toBe('{"prompt":"é ","model":"m"}');
  });

  test('show options, odd names and members that nobody knows', () => {
    expect(
      textsOf({ model: 'm', options: { stop: ['the end'], num_ctx: 5 }, 'an odd name': 1, new_one: 'words' }),
    ).toEqual(['the end', 'an odd name', 'words']);
    expect(textsOf({ model: 'm', think: 'high', keep_alive: '1h30m', format: 'json' })).toEqual([]);
    expect(textsOf({ model: 'm', think: 'high words', keep_alive: 'for ever' })).toEqual(['high words', 'for ever']);
  });
});

describe('what a request carries that is no text', () => {
  test('is counted: pictures, and a conversation as numbers', () => {
    expect(unseenOf(message({ images: ['AAAA', 'AAAA'] }))).toEqual(['image /images/0', 'image /images/1']);
    expect(unseenOf({ model: 'm', images: ['AAAA'], context: [1, 2] }, 'generate')).toEqual([
      'image /images/0',
      'unknown /context',
    ]);
    expect(unseenOf({ model: 'm', context: [] }, 'generate')).toEqual([]);
  });

  test('is never a place to hide text', () => {
    expect(textsOf(message({ images: ['see this', { a: 'b c' }, 'AAAA'] }))).toEqual(['see this', 'a', 'b c']);
    expect(textsOf({ model: 'm', context: [1, 'words'] }, 'generate')).toEqual(['words']);
    expect(textsOf(message({ content: 'data:image/png;base64,AAAA' }))).toEqual(['data:image/png;base64,AAAA']);
  });
});

describe('match()', () => {
  const match = (method: string, path: string, query = '') => ollama.match({ method, path, query, headers: {} });

  test('knows what carries text, and the list of models', () => {
    for (const operation of ['chat', 'generate', 'embed', 'embeddings'] as const) {
      expect(match('POST', `/api/${operation}`)).toEqual(endpointFor(operation));
      expect(match('GET', `/api/${operation}`)).toBeUndefined();
      expect(match('POST', `/api/${operation}`, '?key=secret')).toBeUndefined();
    }
    expect(match('GET', '/api/tags')).toEqual({ kind: 'models', operation: 'tags' });
  });

  test('leaves the server to its owner', () => {
    for (const name of [
      'pull',
      'push',
      'create',
      'copy',
      'show',
      'blobs/sha256:0',
      'web_search',
      'Chat',
      'chat/',
      '',
    ]) {
      expect(match('POST', `/api/${name}`), name).toBeUndefined();
      expect(ollama.owns({ method: 'POST', path: `/api/${name}`, query: '', headers: {} })).toBe(true);
    }
    expect(match('DELETE', '/api/delete')).toBeUndefined();
    expect(match('GET', '/api/ps')).toBeUndefined();
    expect(ollama.owns({ method: 'POST', path: '/v1/chat/completions', query: '', headers: {} })).toBe(false);
  });
});

function segmentOf(parsed: ParsedRequest, text: string): Segment {
  for (const slice of parsed.slices) {
    const content = slice.open();
    const found = isFault(content) ? undefined : content.segments.find((segment) => segment.text === text);
    if (found !== undefined) return found;
  }
  throw new Error('no such segment');
}
