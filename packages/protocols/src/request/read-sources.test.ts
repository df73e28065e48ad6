import { isFault, SLICE_SOURCES_MAX } from '@sallyport/core';
import { parseJson } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { readSources, SOURCE_ID_MAX_CHARS } from './read-sources.ts';

function read(value: unknown, inMessage = false) {
  const node = parseJson(JSON.stringify(value), { maxDepth: 32, strict: true });
  if (isFault(node)) throw new RangeError(node.fault);
  return readSources(node, inMessage);
}
const ids = (value: unknown, inMessage = false) => read(value, inMessage).map(({ id }) => id);

describe('readSources()', () => {
  it('finds ids under the names that protocols have for them, however those are spelt', () => {
    expect(read({ vector_store_ids: ['a'], vectorStoreIds: 'b', 'Vector-Store-IDs': [['c']] })).toEqual([
      { kind: 'vector-store', id: 'a' },
      { kind: 'vector-store', id: 'b' },
      { kind: 'vector-store', id: 'c' },
    ]);
    expect(ids({ a: [{ deep: { file_id: 'f', id: 'g' } }] })).toEqual(['f']);
  });

  it('takes no secret for a name, whatever stands around it', () => {
    const parameters = {
      endpoint: 'https://s.example',
      index_name: 'i',
      authentication: { type: 'api_key', key: 'k-secret' },
    };
    expect(ids({ data_sources: [{ type: 'azure_search', parameters }] })).toEqual(['https://s.example', 'i']);
    const externalApi = { endpoint: 'https://e.example', apiAuth: { apiKeyConfig: { apiKeyString: 'k-secret' } } };
    expect(ids({ retrieval: { externalApi } })).toEqual(['https://e.example']);
    expect(ids({ mcp_servers: [{ name: 'n', url: 'https://m.example', authorization_token: 'k-secret' }] })).toEqual([
      'n',
      'https://m.example',
    ]);
  });

  it('passes over what a tool takes and gives in a message, and nowhere else', () => {
    const call = { type: 'tool_use', input: { file_id: 'f' } };
    expect(ids(call, true)).toEqual([]);
    expect(ids(call)).toEqual(['f']);
  });

  it('leaves out content in addresses, and the end of what is no id', () => {
    expect(ids({ image_url: 'data:image/png;base64,AAAA' })).toEqual([]);
    expect(ids({ file_id: 'x'.repeat(SOURCE_ID_MAX_CHARS) })).toEqual(['x'.repeat(SOURCE_ID_MAX_CHARS)]);
    expect(ids({ file_id: 'x'.repeat(SOURCE_ID_MAX_CHARS + 1) })).toEqual(['x'.repeat(SOURCE_ID_MAX_CHARS)]);
  });

  it('stops where a request is refused for what it names', () => {
    const many = (count: number) => ({ file_ids: Array.from({ length: count }, (_, at) => `f${at}`) });
    expect(read(many(SLICE_SOURCES_MAX - 1))).toHaveLength(SLICE_SOURCES_MAX - 1);
    expect(read(many(SLICE_SOURCES_MAX + 9))).toHaveLength(SLICE_SOURCES_MAX);
  });
});
