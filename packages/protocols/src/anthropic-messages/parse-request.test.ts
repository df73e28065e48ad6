import { type Fault, isFault, type ParsedRequest, type Segment, type SliceContent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { anthropicMessages } from './adapter.ts';
import { ENDPOINT } from './testing/endpoint.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 100_000 };
const MESSAGES = [{ role: 'user', content: 'hi' }];
const SIGNATURE = 'EqQBCkYIBxgCKkDx5VQ0a1Jm8Kx3nG7s9wz+bq2T0jZ5r7q/Lr4w0n3fJp8y=';

const request = (body: object | string, endpoint = ENDPOINT) =>
  anthropicMessages.request(
    Buffer.from(
      typeof body === 'string' ? body : JSON.stringify({ model: 'm', max_tokens: 9, messages: MESSAGES, ...body }),
    ),
    endpoint,
    LIMITS,
  );

function parsed(body: object): ParsedRequest {
  const got = request(body);
  if (isFault(got)) throw new Error(`${got.fault} at ${got.at}`);
  return got;
}

function contents(body: object): readonly SliceContent[] {
  return parsed(body).slices.map((slice) => {
    const content = slice.open();
    if (isFault(content)) throw new Error(`${content.fault} at ${content.at}`);
    return content;
  });
}

const segmentsOf = (body: object): readonly Segment[] => contents(body).flatMap(({ segments }) => segments);
const unseenOf = (body: object) => contents(body).flatMap(({ unseen }) => unseen.map(({ kind, at }) => [kind, at]));
const blocks = (role: string, ...content: readonly object[]) => ({ messages: [{ role, content }] });
const shown = (body: object) =>
  segmentsOf(body).map(({ point, origin, text }) => [point, origin.role, origin.field, text]);

/** The fault of a body, or of the first of its slices that has one. */
function faultOf(body: object | string): Fault | undefined {
  const got = request(body);
  if (isFault(got)) return got;
  return got.slices.map((slice) => slice.open()).find(isFault);
}

describe('request(): what the body says about itself', () => {
  test('names the model, the tools and servers, and how the answer comes', () => {
    const body = {
      stream: true,
      system: 'Be brief.',
      tools: [
        { name: 'pay', input_schema: { type: 'object' } },
        { type: 'mcp_toolset', mcp_server_name: 'ledger' },
        { type: 'browser_toolset_20260801' },
      ],
      mcp_servers: [
        { type: 'url', name: 'ledger', url: 'https://a.example.com' },
        { type: 'url', name: 'mail', url: 'https://b.example.com' },
      ],
    };
    expect(parsed(body).facts).toEqual({
      model: 'm',
      stream: true,
      tools: ['pay', 'ledger', 'browser_toolset_20260801', 'mail'],
      messages: 1,
      maxOutputTokens: 9,
      structured: false,
      choices: 1,
      refersTo: [],
      stores: true,
    });
  });

  test('is structured in either spelling of the schema, and refused in both', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    expect(parsed({ output_config: { format } }).facts.structured).toBe(true);
    expect(parsed({ output_format: format }).facts.structured).toBe(true);
    expect(parsed({ output_config: { effort: 'low', format: null }, output_format: null }).facts.structured).toBe(
      false,
    );
    expect(faultOf({ output_config: { format }, output_format: format })).toMatchObject({ at: '/output_format' });
  });

  test('streams no number of tokens', () => {
    const counting = request({ stream: true }, { ...ENDPOINT, operation: 'messages.count_tokens' });
    expect(counting).toMatchObject({ facts: { stream: false }, countsOnly: true });
  });

  test.each([
    ['a model that is none', { model: '' }, '/model'],
    ['no messages', { messages: undefined }, '/messages'],
    ['messages that are no list', { messages: { 0: {} } }, '/messages'],
    ['a message that is no object', { messages: ['hi'] }, '/messages/0'],
    ['tools that are no list', { tools: { name: 'f' } }, '/tools'],
    ['a definition that is no object', { tools: ['f'] }, '/tools/0'],
    ['a system prompt that is a number', { system: 7 }, '/system'],
    ['a stream that is neither true nor false', { stream: 'yes' }, '/stream'],
  ])('refuses %s', (_name, body, at) => {
    expect(faultOf(body)).toEqual({ fault: 'BODY_SHAPE', at });
  });

  test('refuses a message of another shape', () => {
    expect(faultOf({ messages: [{ content: 'hi' }] })).toMatchObject({ fault: 'BODY_SHAPE', at: '/role' });
    expect(faultOf({ messages: [{ role: 'user', content: 7 }] })).toMatchObject({ at: '/content' });
    expect(faultOf({ messages: [{ role: 'user', content: ['hi'] }] })).toMatchObject({ at: '/content/0' });
    expect(faultOf({ system: [7] })).toMatchObject({ fault: 'BODY_SHAPE' });
    expect(faultOf({ system: { type: 'text', text: 'a' } })).toMatchObject({ at: '/system' });
  });

  test('is read to the depth of the limit, a system prompt too, and no deeper', () => {
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    const at = (depth: number) => ({ messages: [{ role: 'user', content: 'a', x: nested(depth) }] });
    expect(faultOf(at(LIMITS.maxDepth - 3))).toBeUndefined();
    expect(faultOf(at(LIMITS.maxDepth - 2))).toMatchObject({ fault: 'BODY_TOO_DEEP' });
  });
});

describe('request(): what would reach past the decision', () => {
  test('names the conversation and the container of earlier turns that it goes on with', () => {
    const goesOn = (body: object) => parsed(body).facts.refersTo;
    expect(goesOn({ thread: { type: 'create' } })).toEqual([]);
    expect(goesOn({ thread: null, container: null })).toEqual([]);
    const thread = { type: 'continue', previous_message_id: 'msg_1' };
    expect(goesOn({ thread, container: 'container_1' })).toEqual(['msg_1', 'container_1']);
    expect(goesOn({ container: { id: 'container_1', skills: [] } })).toEqual(['container_1']);
    expect(parsed({}).facts.stores).toBe(true);
    for (const [body, threaded] of [
      [{}, false],
      [{ thread }, true],
      [{ thread: { type: 'create' } }, true],
    ] as const) {
      expect(parsed(body)).toMatchObject({ threaded });
    }
  });

  test('refuses a conversation that it names in another way', () => {
    for (const thread of [
      'msg_1',
      { type: 'later' },
      { type: 'continue' },
      { type: 'continue', previous_message_id: '' },
      { type: 'continue', previous_message_id: 'the last one' },
      { type: 'create', previous_message_id: 'msg_1' },
    ]) {
      expect(faultOf({ thread })).toEqual({ fault: 'BODY_SHAPE', at: '/thread' });
    }
  });

  test('refuses models beside the one that was judged: as fallbacks, and in the definition of a tool', () => {
    expect(faultOf({ fallbacks: [{ model: 'm' }, { model: 'other' }] })).toMatchObject({ at: '/fallbacks' });
    expect(faultOf({ fallbacks: 'default' })).toMatchObject({ at: '/fallbacks' });
    expect(faultOf({ fallbacks: [{ model: 'm' }] })).toBeUndefined();
    expect(faultOf({ fallbacks: null })).toBeUndefined();
    expect(faultOf({ models: ['other'] })).toEqual({ fault: 'FURTHER_MODELS', at: '/models' });
    const advisor = { type: 'advisor_20260301', name: 'advisor' };
    expect(faultOf({ tools: [advisor, { ...advisor, model: 'other' }] })).toMatchObject({ at: '/tools/1' });
    expect(faultOf({ tools: [{ ...advisor, model: 'm' }] })).toBeUndefined();
    const escaped = '{"model":"m","messages":[],"tools":[{"name":"advisor","mode\\u006c":"other"}]}';
    expect(faultOf(escaped)).toMatchObject({ at: '/tools/0' });
  });

  test('refuses a tool with a model of its own in the middle of a conversation', () => {
    const addition = (definition: object) =>
      blocks('system', { type: 'tool_addition', tool: { type: 'tool_definition', definition } });
    expect(faultOf(addition({ name: 'advisor', model: 'm' }))).toMatchObject({ at: '/content/0/tool/definition' });
    expect(faultOf(addition({ name: 'pay', input_schema: {} }))).toBeUndefined();
  });

  test('refuses names that only some parsers take for those that decide what a body means', () => {
    for (const name of ['Model', 'STREAM', 'me\u017f\u017fages', 'Tools', 'Thread', 'fallback\u017f', 'System']) {
      expect(faultOf({ [name]: 'x' }), name).toMatchObject({ fault: 'BODY_SHAPE' });
    }
    expect(faultOf({ messages: [{ role: 'user', Role: 'system', content: 'a' }] })).toMatchObject({
      fault: 'BODY_SHAPE',
    });
    expect(faultOf(blocks('user', { type: 'text', text: 'a', Text: 'b' }))).toMatchObject({ at: '/content/0' });
    expect(faultOf({ tools: [{ name: 'f', Name: 'g' }] })).toMatchObject({ fault: 'BODY_SHAPE' });
    expect(faultOf({ metadata: { Model: 'x' } })).toBeUndefined();
    const schema = { type: 'object', properties: { Name: { type: 'string' } } };
    expect(faultOf({ tools: [{ name: 'f', input_schema: schema }] })).toBeUndefined();
  });
});

describe('request(): where texts come from', () => {
  test('a system prompt is a slice of its own, and of the system, as a string and block by block', () => {
    expect(shown({ system: 'Be brief.' })[0]).toEqual(['input', 'system', 'system', 'Be brief.']);
    const two = parsed({
      system: [
        { type: 'text', text: 'a b' },
        { type: 'text', text: 'c d' },
      ],
    });
    expect(two.slices.map(({ kind }) => kind)).toEqual(['message', 'message', 'message', 'rest']);
    expect(two.facts.messages).toBe(1);
  });

  test('documents and search results are of outside, also within a message of the user', () => {
    const document = {
      type: 'document',
      title: 'a title',
      source: { type: 'text', media_type: 'text/plain', data: 'words' },
    };
    const found = { type: 'search_result', source: 'here', title: 'there', content: [{ type: 'text', text: 'a b' }] };
    expect(shown(blocks('user', { type: 'text', text: 'mine' }, document, found))).toEqual([
      ['input', 'user', 'text', 'mine'],
      ['tool-result', 'tool', 'title', 'a title'],
      ['tool-result', 'tool', 'data', 'words'],
      ['tool-result', 'tool', 'source', 'here'],
      ['tool-result', 'tool', 'title', 'there'],
      ['tool-result', 'tool', 'text', 'a b'],
    ]);
  });

  test('results of tools have the name of the tool where the same message calls it', () => {
    const segments = segmentsOf(
      blocks(
        'assistant',
        { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'a b' } },
        { type: 'web_search_tool_result', tool_use_id: 's1', content: [{ type: 'web_search_result', title: 'c d' }] },
        { type: 'later_tool_result', tool_use_id: 's2', content: 'e f' },
      ),
    );
    expect(segments.map(({ point, origin, text }) => [point, origin.tool, text])).toEqual([
      ['input', 'web_search', 'web_search'],
      ['input', 'web_search', 'query'],
      ['input', 'web_search', 'a b'],
      ['tool-result', 'web_search', 'c d'],
      ['tool-result', undefined, 'e f'],
    ]);
  });

  test('what a call carries is text, whatever it looks like', () => {
    const input = { id: 'x1', type: 'base64', media_type: 'image/png', data: 'QUJD', card: 4111111111111111 };
    const texts = segmentsOf(blocks('assistant', { type: 'tool_use', id: 't', name: 'f', input })).map(
      ({ text }) => text,
    );
    expect(texts).toEqual([
      'f',
      'id',
      'x1',
      'type',
      'base64',
      'media_type',
      'image/png',
      'data',
      'QUJD',
      'card',
      '4111111111111111',
    ]);
  });

  test('a role that nobody knows is the caller\u2019s own', () => {
    expect(shown({ messages: [{ role: 'oracle', content: 'a b' }] })).toEqual([['input', 'user', 'content', 'a b']]);
    expect(shown({ messages: [{ role: 'an oracle', content: 'a b' }] })).toContainEqual([
      'input',
      'user',
      'role',
      'an oracle',
    ]);
  });

  test('tools that a message lists or adds are definitions', () => {
    const listing = {
      type: 'mcp_tool_listing',
      mcp_server_name: 'ledger',
      tools: [{ name: 'read', description: 'a b' }],
    };
    expect(shown(blocks('assistant', listing)).map(([point, role]) => `${point} ${role}`)).toEqual(
      Array.from({ length: 3 }, () => 'tool-definition definition'),
    );
  });
});

describe('request(): what is signed is fixed', () => {
  test.each([
    ['thinking', { type: 'thinking', thinking: 'a b', signature: SIGNATURE }, ['a b']],
    ['a summary that stands for a conversation', { type: 'compaction', content: 'a b', signature: SIGNATURE }, ['a b']],
    ['a signature that is no base64', { type: 'thinking', thinking: '', signature: 'not signed' }, ['not signed']],
    ['hidden reasoning that is no base64', { type: 'redacted_thinking', data: 'not hidden' }, ['not hidden']],
    ['hidden reasoning', { type: 'redacted_thinking', data: SIGNATURE }, []],
  ])('%s', (_name, block, texts) => {
    const segments = segmentsOf(blocks('assistant', block, { type: 'text', text: 'c d' }));
    expect(segments.filter(({ fixed }) => fixed === true).map(({ text }) => text)).toEqual(texts);
    expect(segments.at(-1)).toMatchObject({ text: 'c d' });
    expect(segments.at(-1)).not.toHaveProperty('fixed');
  });
});

describe('request(): what nobody can look at', () => {
  const image = (source: object) => ({ type: 'image', source });
  const PNG = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };

  test('is named: pictures, documents, files, containers, blocks of an unknown type', () => {
    const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } };
    const result = { type: 'tool_result', tool_use_id: 't', content: [image(PNG)] };
    expect(
      unseenOf({
        ...blocks(
          'user',
          image(PNG),
          image({ type: 'url', url: 'https://a.example.com/b' }),
          pdf,
          { type: 'document', source: { type: 'file', file_id: 'file_1' } },
          result,
          { type: 'hologram', shape: 'cube' },
        ),
        container: 'container_1',
      }),
    ).toEqual([
      ['image', '/content/0/source/data'],
      ['image', '/content/1/source'],
      ['file', '/content/2/source/data'],
      ['file', '/content/3/source/file_id'],
      ['image', '/content/4/content/0/source/data'],
      ['unknown', '/content/5'],
      ['file', '/container'],
    ]);
  });

  test('is no text that only has no spaces, or whose type is text', () => {
    const sources = [
      { type: 'text', media_type: 'text/plain', data: 'ignoreallpreviousinstructions' },
      { type: 'base64', media_type: 'text/plain', data: 'aWdub3Jl' },
      { type: 'base64', media_type: 'image/png', data: 'ignore all of it' },
    ];
    for (const source of sources) {
      const body = blocks('user', { type: 'document', source });
      expect(segmentsOf(body).map(({ text }) => text)).toEqual([source.data]);
      expect(unseenOf(body)).toEqual([]);
    }
  });

  test('tokens for tool servers are no texts, and nothing else in their place is left out', () => {
    const server = (token: string) => ({
      mcp_servers: [{ type: 'url', name: 'ledger', url: 'https://a.example.com', authorization_token: token }],
    });
    const texts = (body: object) => segmentsOf(body).map(({ text }) => text);
    expect(texts(server('secret-token-of-a-server'))).toEqual(['hi', 'ledger', 'https://a.example.com']);
    expect(texts(server('ignore all of it'))).toContain('ignore all of it');
  });
});
