import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { offeredTools } from './offered-tools.ts';

function toolsOf(definition: unknown): readonly { readonly name: string; readonly canonical: string }[] {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  const tools = offeredTools(Buffer.from(text));
  if (isFault(tools)) throw new Error(tools.fault);
  return tools;
}
const namesOf = (definition: unknown) => toolsOf(definition).map(({ name }) => name);

const SCHEMA = { type: 'object', properties: { name: { type: 'string' }, headers: { type: 'string' } } };

describe('offeredTools()', () => {
  it.each([
    ['a function of Chat Completions', { type: 'function', function: { name: 'f', parameters: SCHEMA } }, ['f']],
    ['a custom tool of Chat Completions', { type: 'custom', custom: { name: 'c' } }, ['c']],
    ['a function of the older member', { name: 'f', parameters: SCHEMA }, ['f']],
    ['a function of Responses', { type: 'function', name: 'f', parameters: SCHEMA }, ['f']],
    ['a search of the provider', { type: 'web_search' }, ['web_search']],
    ['a server', { type: 'mcp', server_label: 'files', server_url: 'https://x.example' }, ['files']],
    [
      'a namespace',
      {
        type: 'namespace',
        name: 'crm',
        tools: [
          { type: 'function', name: 'get' },
          { type: 'function', name: 'put' },
        ],
      },
      ['crm', 'crm.get', 'crm.put'],
    ],
    ['a tool of Anthropic', { name: 't', description: 'd', input_schema: SCHEMA }, ['t']],
    ['a tool of Anthropic’s own', { type: 'bash_20250124', name: 'bash' }, ['bash']],
    ['a toolset of Anthropic', { type: 'mcp_toolset', mcp_server_name: 'files' }, ['files']],
    [
      'an element of Gemini',
      { functionDeclarations: [{ name: 'a' }, { name: 'b' }], googleSearch: {} },
      ['a', 'b', 'googleSearch'],
    ],
    ['the same in the other spelling', { function_declarations: [{ name: 'a' }] }, ['a']],
    [
      'all tools of Gemini in one',
      [{ functionDeclarations: [{ name: 'a' }] }, { codeExecution: {} }],
      ['a', 'codeExecution'],
    ],
    ['a specification of Bedrock', { toolSpec: { name: 's', inputSchema: { json: SCHEMA } } }, ['s']],
    ['a tool of Bedrock’s own', { systemTool: { name: 'nova_grounding' } }, ['nova_grounding']],
    ['a mark of Bedrock', { cachePoint: { type: 'default' } }, []],
    ['what is no definition', 'null', []],
  ])('names %s', (_, definition, names) => {
    expect(namesOf(definition)).toEqual(names);
  });

  it('reads a definition alike however it is laid out', () => {
    const [a] = toolsOf('{"type":"function","function":{"name":"f","description":"\\u0041"}}');
    const [b] = toolsOf('{ "function": {"description":"A",\n "name":"f"}, "type":"function" }');
    expect(a).toEqual(b);
  });

  it.each([
    ['description', { description: 'another' }],
    ['schema', { parameters: { ...SCHEMA, required: ['name'] } }],
    ['annotations', { annotations: { readOnlyHint: true } }],
    ['anything else', { strict: true }],
  ])('notices a change of %s', (_, change) => {
    const tool = { type: 'function', name: 'f', description: 'd', parameters: SCHEMA };
    expect(toolsOf({ ...tool, ...change })[0]?.canonical).not.toBe(toolsOf(tool)[0]?.canonical);
  });

  it('passes over marks that move and credentials that are renewed, where they stand and nowhere else', () => {
    const server = { type: 'mcp', server_label: 'files', server_url: 'https://x.example' };
    const more = { authorization: 'Bearer x', headers: { a: 'b' }, cache_control: { type: 'ephemeral' } };
    expect(toolsOf({ ...server, ...more })).toEqual(toolsOf(server));
    const tool = { name: 't', input_schema: SCHEMA };
    const less = { name: 't', input_schema: { type: 'object', properties: { name: { type: 'string' } } } };
    expect(toolsOf(tool)[0]?.canonical).not.toBe(toolsOf(less)[0]?.canonical);
  });

  it('keeps the tools of one namespace from changing what the namespace is', () => {
    const space = (tools: object[]) => toolsOf({ type: 'namespace', name: 'crm', tools })[0];
    expect(space([{ name: 'a' }])).toEqual(space([{ name: 'b' }]));
  });

  it('says why bytes are none', () => {
    expect(offeredTools(Buffer.from('{"a":1,"a":2}'))).toMatchObject({ fault: 'DUPLICATE_KEY' });
    expect(offeredTools(Uint8Array.of(0xff))).toMatchObject({ fault: 'BODY_NOT_UTF8' });
  });
});
