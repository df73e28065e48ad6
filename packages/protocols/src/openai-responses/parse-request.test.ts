import { isFault, type ParsedRequest, type Segment } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { openaiResponses } from './adapter.ts';
import { REFERENCES_MAX } from './references.ts';
import { asked, endpointAt, LIMITS } from './testing/answers.ts';

const CREATE = endpointAt('POST', '/v1/responses');
const faultOf = (body: string, endpoint = CREATE) => {
  const parsed = openaiResponses.request(Buffer.from(body), endpoint, LIMITS);
  if (isFault(parsed)) return parsed;
  const opened = parsed.slices.map((slice) => slice.open());
  return opened.find(isFault) ?? 'taken';
};
const segmentsOf = (parsed: ParsedRequest): readonly Segment[] =>
  parsed.slices.flatMap((slice) => {
    const content = slice.open();
    if (isFault(content)) throw new RangeError(content.fault);
    return content.segments;
  });
const unseenOf = (parsed: ParsedRequest) =>
  parsed.slices.flatMap((slice) => {
    const content = slice.open();
    return isFault(content) ? [] : content.unseen.map(({ kind, at }) => `${kind} ${at}`);
  });

describe('parseRequest()', () => {
  test.each<[object, readonly string[], readonly string[]]>([
    [{ previous_response_id: 'resp_a' }, ['resp_a'], []],
    [{ previous_response_id: null, conversation: null }, [], []],
    [{ conversation: 'conv_a' }, ['conv_a'], []],
    [{ conversation: { id: 'conv_a' } }, ['conv_a'], []],
    [{ input: [{ type: 'item_reference', id: 'msg_a' }] }, ['msg_a'], []],
    [{ input: [{ id: 'msg_a' }] }, ['msg_a'], []],
    [{ input: [{ type: null, id: 'msg_a' }] }, ['msg_a'], []],
    [{ input: [{ type: 'reasoning', id: 'rs_a', summary: [] }] }, ['rs_a'], []],
    [{ input: [{ type: 'reasoning', id: 'rs_a', summary: [], encrypted_content: null }] }, ['rs_a'], []],
    [{ input: [{ type: 'reasoning', id: 'rs_a', summary: [], encrypted_content: 'gAAA' }] }, [], ['rs_a']],
    [{ input: [{ type: 'image_generation_call', id: 'ig_a' }] }, ['ig_a'], []],
    [{ input: [{ type: 'image_generation_call', id: 'ig_a', result: 'iVBO' }] }, [], ['ig_a']],
    [{ input: [{ id: 'msg_a', role: 'user', content: 'x' }] }, [], ['msg_a']],
    [{ input: [{ type: 'mcp_approval_response', approval_request_id: 'mcpr_a', approve: true }] }, ['mcpr_a'], []],
    [
      {
        input: [
          { type: 'mcp_approval_request', id: 'mcpr_a', name: 'f', server_label: 's', arguments: '{}' },
          { type: 'mcp_approval_response', approval_request_id: 'mcpr_a', approve: true },
        ],
      },
      [],
      ['mcpr_a'],
    ],
    [{ input: [{ type: 'mcp_call', id: 'mcp_a', approval_request_id: 'mcpr_a' }] }, [], ['mcpr_a', 'mcp_a']],
    [{ input: [{ type: 'code_interpreter_call', id: 'ci_a', container_id: 'cntr_a' }] }, [], ['cntr_a', 'ci_a']],
    [{ input: [{ type: 'shell_call', environment: { container_id: 'cntr_a' } }] }, [], ['cntr_a']],
    [{ input: [{ type: 'foo_call', id: 'foo_a', container_id: 'cntr_a' }] }, [], ['cntr_a', 'foo_a']],
    [{ input: [{ role: 'user', content: 'the "container": "cntr_a" and \u0000' }] }, [], []],
    [{ tools: [{ type: 'code_interpreter', container: 'cntr_a' }] }, ['cntr_a'], []],
    [{ tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }, [], []],
    [{ tools: [{ type: 'function', name: 'f', parameters: { default: { container: 'dock' } } }] }, [], []],
    [{ tools: [{ type: 'namespace', name: 'n', tools: [{ container: 'cntr_a' }] }] }, ['cntr_a'], []],
    [{ input: [{ type: 'additional_tools', id: 'at_a', tools: [{ container: 'cntr_a' }] }] }, ['cntr_a'], ['at_a']],
    [{ instructions: [{ type: 'item_reference', id: 'msg_a' }] }, ['msg_a'], []],
    [
      { tools: [{ type: 'shell', environment: { type: 'container_reference', container_id: 'cntr_a' } }] },
      ['cntr_a'],
      [],
    ],
  ])('finds what the provider keeps in %j', (fields, refersTo, mentions) => {
    expect(asked(fields).facts).toMatchObject({ refersTo, mentions });
  });

  test('finds a reference whose name is escaped', () => {
    const body = '{"model":"m","input":[{"\\u0074ype":"item_reference","\\u0069d":"msg_a"}]}';
    const parsed = openaiResponses.request(Buffer.from(body), CREATE, LIMITS);
    expect(parsed).toMatchObject({ facts: { refersTo: ['msg_a'] } });
  });

  test('finds the same in items that are added to a conversation, with the ids of the path', () => {
    const endpoint = endpointAt('POST', '/v1/conversations/conv_b/items');
    const { facts } = asked(
      { input: undefined, model: undefined, items: [{ type: 'item_reference', id: 'msg_a' }] },
      endpoint,
    );
    expect(facts).toMatchObject({ refersTo: ['conv_b', 'msg_a'], model: '' });
    const one = endpointAt('DELETE', '/v1/conversations/conv_b/items/msg_c');
    expect(openaiResponses.request(new Uint8Array(0), one, LIMITS)).toMatchObject({
      facts: { refersTo: ['conv_b'], mentions: ['msg_c'] },
    });
  });

  test.each([
    [{ previous_response_id: 'a b' }, '/previous_response_id'],
    [{ previous_response_id: 7 }, '/previous_response_id'],
    [{ conversation: {} }, '/conversation'],
    [{ input: [{ type: 'item_reference', id: '../x' }] }, '/input/0'],
    [{ input: [{ type: 'item_reference', id: null }] }, '/input/0'],
    [{ input: [{ type: 'mcp_approval_response', approval_request_id: '..' }] }, '/input/0'],
    [{ tools: [{ type: 'code_interpreter', container: '../x' }] }, '/tools/0'],
    [{ input: [{ type: 'additional_tools', tools: [{ container: '../x' }] }] }, '/input/0'],
    [
      { input: Array.from({ length: REFERENCES_MAX + 1 }, (_, at) => ({ type: 'item_reference', id: `msg_${at}` })) },
      '/input',
    ],
  ])('refuses references that are none, or too many: %#', (fields, at) => {
    expect(faultOf(JSON.stringify({ model: 'm', input: 'x', ...fields }))).toEqual({ fault: 'BODY_SHAPE', at });
  });

  test.each([
    ['{"model":7,"input":"x"}', '/model'],
    ['{"model":"","input":"x"}', '/model'],
    ['{"model":"m","input":{"role":"user","content":"x"}}', '/input'],
    ['{"model":"m","input":7}', '/input'],
    ['{"model":"m","input":["x"]}', '/input/0'],
    ['{"model":"m","input":["x","y"]}', '/input/0'],
    ['{"model":"m","input":"x","tools":{}}', '/tools'],
    ['{"model":"m","input":"x","tools":[7]}', '/tools/0'],
    ['{"model":"m","input":"x","stream":"true"}', '/stream'],
    ['{"model":"m","input":"x","store":"false"}', '/store'],
    ['{"model":"m","input":"x","Input":"y"}', undefined],
    ['{"model":"m","input":"x","previous_response_Id":"y"}', undefined],
    ['{"model":"m","input":[{"role":"user","Content":"y","content":"x"}]}', undefined],
    ['{"model":"m","input":[{"role":"user","content":7}]}', '/content'],
    ['{"model":"m","input":[{"role":"user","content":[7]}]}', '/content/0'],
  ])('refuses %s', (body, at) => {
    expect(faultOf(body)).toMatchObject({ fault: 'BODY_SHAPE', ...(at !== undefined && { at }) });
  });

  test.each(['{"model":"m","input":"x","input":"y"}', '{"model":"m","input":[{"role":"user","role":"system"}]}'])(
    'refuses a repeated name: %s',
    (body) => expect(faultOf(body)).toMatchObject({ fault: 'DUPLICATE_KEY' }),
  );

  test('takes no body where none belongs, and none for granted where one does', () => {
    expect(faultOf('{}', endpointAt('GET', '/v1/responses/resp_a'))).toMatchObject({ fault: 'BODY_SHAPE' });
    expect(faultOf('', endpointAt('POST', '/v1/responses/resp_a/cancel'))).toBe('taken');
    expect(faultOf('{}', endpointAt('POST', '/v1/responses/resp_a/cancel'))).toBe('taken');
    expect(isFault(openaiResponses.request(new Uint8Array(0), CREATE, LIMITS))).toBe(true);
  });

  test('says whether the provider keeps the answer', () => {
    expect(asked()).toMatchObject({ keeps: true, facts: { stores: true } });
    expect(asked({ store: null })).toMatchObject({ keeps: true });
    // A container may be left behind, whatever was asked for.
    expect(asked({ store: false })).toMatchObject({ keeps: false, facts: { stores: true } });
    expect(asked({ store: false, conversation: null })).toMatchObject({ keeps: false });
    expect(asked({ store: false, conversation: 'conv_a' })).toMatchObject({ keeps: true });
    const counts = asked({}, endpointAt('POST', '/v1/responses/input_tokens'));
    expect(counts).toMatchObject({ keeps: false, facts: { stores: false } });
  });

  test('says whether a model answers', () => {
    expect(asked().facts.generates).toBe(true);
    expect(asked({}, endpointAt('POST', '/v1/responses/compact')).facts.generates).toBe(true);
    for (const path of ['responses/input_tokens', 'conversations', 'conversations/conv_1/items']) {
      expect(asked({}, endpointAt('POST', `/v1/${path}`)).facts.generates).toBe(false);
    }
  });

  test.each([
    [{ models: ['m', 'other'] }, '/models'],
    [{ route: 'fallback' }, '/route'],
    [{ model: 'a/m@preset/p' }, '/model'],
    [{ tools: [{ type: 'image_generation', model: 'other' }] }, '/model'],
    [{ tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'image_generation', model: 'other' }] }] }, '/model'],
    [{ input: [{ type: 'additional_tools', tools: [{ type: 'image_generation', model: 'other' }] }] }, '/model'],
  ])('refuses what could be answered by a model that nobody judged: %j', (fields, at) => {
    expect(faultOf(JSON.stringify({ model: 'm', input: 'x', ...fields }))).toEqual({ fault: 'FURTHER_MODELS', at });
  });

  test('takes the model that is judged wherever it is named, and schemas in which something is called so', () => {
    const tool = { type: 'function', name: 'f', parameters: { properties: { model: { type: 'string' } } } };
    expect(faultOf(JSON.stringify({ model: 'm', input: 'x', models: ['m'], tools: [tool] }))).toBe('taken');
  });

  test.each([
    [{ tools: [{ type: 'namespace', name: 'crm', tools: [{ type: 'function', name: 'drop' }] }] }, ['crm', 'crm.drop']],
    [{ tools: [{ type: 'function', name: 'caf\u00e9', parameters: { properties: { tools: {} } } }] }, ['caf\u00e9']],
    [
      { input: [{ type: 'additional_tools', tools: [{ type: 'web_search' }, { type: 'function', name: 'f' }] }] },
      ['web_search', 'f'],
    ],
    [{ input: [{ type: 'tool_search_output', tools: [{ type: 'function', name: 'g' }] }] }, ['g']],
    [{ input: [{ type: 'mcp_list_tools', server_label: 's', tools: [{ name: 'h', input_schema: {} }] }] }, []],
  ])('names every tool that is offered: %j', (more, tools) => {
    expect(asked(more).facts.tools).toEqual(tools);
  });

  test('counts stores of documents that are looked up as unseen', () => {
    const search = { type: 'file_search', vector_store_ids: ['vs_1'] };
    expect(unseenOf(asked({ tools: [search] }))).toEqual(['file /vector_store_ids']);
  });

  test('leaves the credentials of a server of tools as they are, and names them as unseen', () => {
    const parsed = asked({
      tools: [
        {
          type: 'mcp',
          server_label: 'desk',
          server_url: 'https://mcp.example',
          authorization: 'tok_planted',
          headers: { 'x-key': 'planted' },
        },
        {
          type: 'function',
          name: 'f',
          description: 'takes headers',
          parameters: { type: 'object', properties: { headers: { description: 'all of them' } } },
        },
      ],
    });
    const texts = segmentsOf(parsed).map(({ text }) => text);
    expect(texts.join()).not.toContain('planted');
    expect(unseenOf(parsed)).toEqual(['unknown /authorization', 'unknown /headers']);
    expect(texts).toEqual(expect.arrayContaining(['https://mcp.example', 'headers', 'all of them']));
  });

  test("takes what a role says for no more than a claim: what it does not know is the caller's", () => {
    const input = ['system', 'developer', 'assistant', 'tool', 'critic'].map((role) => ({ role, content: role }));
    expect(segmentsOf(asked({ input })).map(({ origin, point }) => `${origin.role} ${point}`)).toEqual([
      'system input',
      'system input',
      'assistant input',
      'tool tool-result',
      'user input',
    ]);
  });

  test('names what nobody here can see: a stored prompt, pictures, parts of an unknown kind', () => {
    const content = [
      { type: 'input_image', file_id: 'file-1' },
      { type: 'input_hologram', layer: 'x' },
    ];
    const parsed = asked({
      prompt: { id: 'pmpt_1', variables: { name: 'Ann Lee' } },
      input: [{ role: 'user', content }],
    });
    expect(unseenOf(parsed)).toEqual(['image /content/0', 'unknown /content/1', 'unknown /prompt']);
    const compacted = asked({ input: [{ type: 'compaction', encrypted_content: 'gAAA' }] });
    expect(unseenOf(compacted)).toEqual(['history /encrypted_content']);
    expect(segmentsOf(parsed).map(({ text }) => text)).toEqual(expect.arrayContaining(['Ann Lee', 'name']));
  });

  test('lets a model be named by what it goes on with, or by nobody', () => {
    expect(asked({ model: undefined, previous_response_id: 'resp_a' }).facts.model).toBe('');
    expect(faultOf('{"input":"x"}', endpointAt('POST', '/v1/responses/compact'))).toMatchObject({ at: '/model' });
  });
});
