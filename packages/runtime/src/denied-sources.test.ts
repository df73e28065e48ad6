import { gzipSync } from 'node:zlib';
import {
  type AccessDirectory,
  type ExchangeEndpoint,
  type Grant,
  type ProtocolAdapter,
  type RequestHead,
  SLICE_SOURCES_MAX,
  SOURCES_MAX,
} from '@sallyport/core';
import { openaiResponses, passageFor, protocols } from '@sallyport/protocols';
import { describe, expect, it } from 'vitest';
import { directoryOf } from './testing/access.ts';
import { ExchangeRig, PRINCIPAL, type RigOptions } from './testing/exchange-rig.ts';
import { WIRES } from './testing/wires/all.ts';
import { wire as anthropic } from './testing/wires/anthropic-messages.ts';
import { wire as bedrock } from './testing/wires/bedrock-converse.ts';
import { wire as gemini } from './testing/wires/gemini.ts';
import { wire as chat } from './testing/wires/openai-chat.ts';
import { wire as responses } from './testing/wires/openai-responses.ts';
import type { ProtocolWire } from './testing/wires/protocol-wire.ts';

const ID = 'vs_68a1Contracts';
const GRANT: Grant = {
  id: 'grn_1',
  who: 'service/test',
  tenant: 'default',
  actions: ['read-data'],
  resource: { kind: 'data-source', id: 'contracts' },
  from: '2026-01-01T00:00:00Z',
  until: '2026-01-02T00:00:00Z',
  reason: 'the yearly audit',
  requestedBy: 'ann',
  approvedBy: 'bo',
};
const IN_TIME = Date.parse('2026-01-01T12:00:00Z');

const sources = {
  contracts: {
    ids: [ID, 'file-9Zcontract', 'https://mcp.contracts.example/sse', 'pmpt_contracts1'],
    readers: ['group/legal'],
    tools: [{ tool: 'search_*', argument: '/index', values: ['contracts*'] }, { tool: 'contract_of' }],
  },
};
function directory(grants: readonly Grant[] = [], nowMs = IN_TIME): AccessDirectory {
  return directoryOf({ dataSources: sources }, { grants, dateMs: () => nowMs });
}
const rigOf = (options: RigOptions = {}) => new ExchangeRig({ directory: directory(), ...options });

interface Try {
  readonly adapter: ProtocolAdapter;
  readonly endpoint: ExchangeEndpoint;
  readonly body: string;
}

function by(wire: ProtocolWire, add: (body: Record<string, unknown>) => object): Try {
  const body = JSON.parse(wire.request('What do our contracts say?', false)) as Record<string, unknown>;
  return { adapter: wire.adapter, endpoint: wire.endpoint(false), body: JSON.stringify({ ...body, ...add(body) }) };
}

const TRIES: Readonly<Record<string, Try>> = {
  'file search, Responses': by(responses, () => ({
    tools: [{ type: 'file_search', vector_store_ids: ['vs_other', ID] }],
  })),
  'files of a code interpreter, Responses': by(responses, () => ({
    tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-9Zcontract'] } }],
  })),
  'a server of tools, Responses': by(responses, () => ({
    tools: [{ type: 'mcp', server_label: 'x', server_url: 'https://u:p@MCP.contracts.example.:443/other?a=1' }],
  })),
  'a file in a message, Responses': by(responses, () => ({
    input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-9Zcontract' }] }],
  })),
  'an address of a file, Responses': by(responses, () => ({
    input: [{ role: 'user', content: [{ type: 'input_file', file_url: 'https://mcp.contracts.example/a.pdf' }] }],
  })),
  'a stored prompt, Responses': by(responses, () => ({ prompt: { id: 'pmpt_contracts1', version: '2' } })),
  'file search, Chat Completions': by(chat, () => ({ tools: [{ type: 'file_search', vector_store_ids: [ID] }] })),
  'resources of tools, Chat Completions': by(chat, () => ({
    tool_resources: { file_search: { vector_store_ids: [ID] } },
  })),
  'data sources of Azure': by(chat, () => ({
    data_sources: [{ type: 'azure_search', parameters: { endpoint: 'https://s.example', index_name: 'contracts' } }],
  })),
  'the same with other spellings': by(chat, () => ({
    dataSources: [{ type: 'AzureCognitiveSearch', parameters: { IndexName: 'Contracts' } }],
  })),
  'file search, Gemini': by(gemini, () => ({
    tools: [{ fileSearch: { fileSearchStoreNames: [`fileSearchStores/${ID}`] } }],
  })),
  'file search, Gemini, as its definition spells it': by(gemini, () => ({
    tools: [{ file_search: { file_search_store_names: [`fileSearchStores/${ID.toLowerCase()}`] } }],
  })),
  'retrieval, Gemini': by(gemini, () => ({
    tools: [
      {
        retrieval: {
          vertexAiSearch: { datastore: 'projects/12/locations/eu/collections/default_collection/dataStores/contracts' },
        },
      },
    ],
  })),
  'a corpus, Gemini': by(gemini, () => ({
    tools: [{ retrieval: { vertexRagStore: { ragResources: [{ ragCorpus: `projects/p/ragCorpora/${ID}` }] } } }],
  })),
  'a file, Gemini': by(gemini, () => ({
    contents: [
      {
        role: 'user',
        parts: [
          { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/file-9Zcontract' } },
          { text: 'sum it up' },
        ],
      },
    ],
  })),
  'a server of tools, Anthropic': by(anthropic, () => ({
    mcp_servers: [{ type: 'url', name: 'c', url: 'https://mcp.contracts.example/sse' }],
  })),
  'a file, Anthropic': by(anthropic, () => ({
    messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'file-9Zcontract' } }] }],
  })),
  'a knowledge base, Bedrock': by(bedrock, () => ({
    additionalModelRequestFields: { knowledgeBaseId: ID },
  })),
};

/** One literal, as other readers would still read it. */
const SPELLINGS: Readonly<Record<string, (body: string) => string>> = {
  'as it is': (body) => body,
  'its characters escaped': (body) =>
    body.replaceAll(
      /vs_68a1Contracts|contracts|file-9Zcontract/gi,
      (id) => `\\u00${id.charCodeAt(0).toString(16)}${id.slice(1)}`,
    ),
  'in another case': (body) => body.replaceAll(ID, ID.toUpperCase()),
  'percent-encoded': (body) => body.replaceAll(ID, ID.replace('v', '%76').replace('_', '%5f')),
  'with names of members escaped': (body) => body.replaceAll('vector_store_ids', 'vector\\u005fstore_ids'),
  'twice, another one last': (body) =>
    body.replace(`"vector_store_ids":["${ID}"]`, `"vector_store_ids":["${ID}"],"vector_store_ids":["vs_other"]`),
};

const answerOf = (adapter: ProtocolAdapter) =>
  WIRES.find((wire) => wire.adapter.id === adapter.id)?.answer('the contracts say') ?? '';

describe('a data source that the principal may not read', () => {
  const all = Object.entries(TRIES).flatMap(([name, tried]) =>
    Object.entries(SPELLINGS).map(([how, spell]) => [name, how, { ...tried, body: spell(tried.body) }] as const),
  );

  it.each(all)('is not reached by %s, %s', async (_name, _how, { adapter, ...ask }) => {
    const seen = await rigOf({ adapter }).exchange({
      ...ask,
      answer: [Buffer.from(answerOf(adapter))],
      contentType: 'application/json',
    });
    expect(seen.sent).toEqual([]);
    expect(seen.head?.status).toBeGreaterThanOrEqual(400);
    expect(seen.text).not.toContain('the contracts say');
  });

  it.each(Object.entries(TRIES))(
    'is reached by %s with a grant, which the record names',
    async (_name, { adapter, ...ask }) => {
      const seen = await rigOf({ adapter, directory: directory([GRANT]) }).exchange({
        ...ask,
        answer: [Buffer.from(answerOf(adapter))],
        contentType: 'application/json',
      });
      expect(seen.sent).toHaveLength(1);
      expect(seen.records[0]).toMatchObject({ kind: 'opened' });
      expect(seen.records[0]).toHaveProperty(
        'decisions',
        expect.arrayContaining([
          expect.objectContaining({
            kind: 'access',
            question: expect.objectContaining({
              action: 'read-data',
              resource: { kind: 'data-source', id: 'contracts', registered: true, groups: [] },
              context: expect.objectContaining({ grant: 'grn_1' }),
            }),
            decision: expect.objectContaining({ verdict: 'allow', policies: ['granted'] }),
          }),
        ]),
      );
    },
  );

  it('says so in the form of its protocol, and in the record', async () => {
    const { adapter, ...ask } = TRIES['file search, Responses'] as Try;
    const seen = await rigOf({ adapter }).exchange({ ...ask, answer: [] });
    expect(seen.head?.status).toBe(403);
    expect(seen.records[0]).toMatchObject({ kind: 'opened', fault: 'ACCESS_DENIED', effect: 'block' });
    expect(JSON.stringify(seen.records[0])).toContain('"action":"read-data"');
  });

  it('is reached by a listed reader, and at no moment outside the time of a grant', async () => {
    const { adapter, ...ask } = TRIES['file search, Responses'] as Try;
    const sentTo = async (options: RigOptions, principal = PRINCIPAL) => {
      const rig = new ExchangeRig({ adapter, ...options });
      const answer = [Buffer.from(answerOf(adapter))];
      return (await rig.exchange({ ...ask, principal, answer, contentType: 'application/json' })).sent.length;
    };
    expect(await sentTo({ directory: directory() }, { ...PRINCIPAL, groups: ['legal'] })).toBe(1);
    expect(await sentTo({ directory: directory() }, { ...PRINCIPAL, groups: ['legal'], tenant: 'other' })).toBe(0);
    const [from, until] = [Date.parse(GRANT.from), Date.parse(GRANT.until)];
    const at = (ms: number) => sentTo({ directory: directory([GRANT], ms) });
    expect([await at(from - 1), await at(from), await at(until - 1), await at(until)]).toEqual([0, 1, 1, 0]);
  });

  it('is not reached behind as many names as nobody reads: the request is refused', async () => {
    const named = (count: number, more: readonly string[] = []) => {
      const ids = [...Array.from({ length: count }, (_, at) => `vs_${at}`), ...more];
      return by(chat, () => ({ tools: [{ type: 'file_search', vector_store_ids: ids }] })).body;
    };
    const ask = { endpoint: chat.endpoint(false), contentType: 'application/json' };
    const status = async (body: string) =>
      (await rigOf().exchange({ ...ask, body, answer: [Buffer.from(chat.answer('fine'))] })).head?.status;
    expect(await status(named(SOURCES_MAX))).toBe(200);
    expect(await status(named(SOURCES_MAX + 1))).toBe(400);
    expect(await status(named(SLICE_SOURCES_MAX, [ID]))).toBe(400);
  });

  it('is not reached by a route that feeds it, whatever the request says', async () => {
    for (const dataSource of ['contracts', 'named-nowhere-else']) {
      const seen = await rigOf({ dataSource }).exchange({ body: chat.request('hi', false), answer: [] });
      expect([seen.head?.status, seen.sent]).toEqual([403, []]);
    }
  });

  it('is not reached by going on with an answer that has read it, once the grant is over', async () => {
    let nowMs = IN_TIME;
    const known = directoryOf({ dataSources: sources }, { grants: [GRANT], dateMs: () => nowMs });
    const rig = new ExchangeRig({ adapter: openaiResponses, directory: known });
    const { body, endpoint } = TRIES['file search, Responses'] as Try;
    const answer = [Buffer.from(responses.answer('the contracts say'))];
    const ask = { endpoint, answer, contentType: 'application/json' };
    expect((await rig.exchange({ ...ask, body })).head?.status).toBe(200);
    expect(rig.house.ledger.get('resp_1')).toMatchObject({ sources: expect.arrayContaining(['contracts']) });
    const next = JSON.stringify({ model: 'm', input: 'and?', previous_response_id: 'resp_1' });
    expect((await rig.exchange({ ...ask, body: next })).sent).toHaveLength(1);
    nowMs = Date.parse(GRANT.until);
    expect(await rig.exchange({ ...ask, body: next })).toMatchObject({ head: { status: 403 }, sent: [] });
    const got = openaiResponses.match({ method: 'GET', path: '/v1/responses/resp_1', query: '', headers: {} });
    const read = { ...ask, endpoint: got as ExchangeEndpoint, body: '' };
    expect(await rig.exchange(read)).toMatchObject({ head: { status: 403 }, sent: [] });
  });
});

const head = (path: string, more: Partial<RequestHead> = {}): RequestHead => ({
  method: 'POST',
  path,
  query: '',
  headers: {},
  ...more,
});
const escaped = (text: string) => text.replaceAll(/[a-z]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
const line = JSON.stringify({
  custom_id: 'a',
  url: '/v1/responses',
  body: { tools: [{ type: 'file_search', vector_store_ids: [ID] }] },
});
const UNREAD: Readonly<Record<string, readonly [RequestHead, string | Buffer]>> = {
  'a search of it': [head(`/v1/vector_stores/${ID}/search`), '{"query":"all"}'],
  'its percent-encoded name': [head(`/v1/vector_stores/%76s_68a1%43ontracts/search`), '{}'],
  'its name in other letters': [head(`/v1/vector_stores/${ID.toUpperCase()}/files`, { method: 'GET' }), ''],
  'one of its files': [head('/v1/files/file-9Zcontract/content', { method: 'GET' }), ''],
  'a query': [head('/v1/files', { method: 'GET', query: `?vector_store=${ID}` }), ''],
  'a body': [head('/v1/assistants'), JSON.stringify({ tool_resources: { file_search: { vector_store_ids: [ID] } } })],
  'a body, escaped': [head('/v1/assistants'), `{"tool_resources":{"x":["${escaped(ID)}"]}}`],
  'a body with the name twice': [head('/v1/threads'), `{"a":"${ID}","a":"vs_other"}`],
  'a batch in a form': [
    head('/v1/files'),
    `--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n${line}\r\n--x--`,
  ],
  'a batch in a form, escaped': [head('/v1/files'), `--x\r\n\r\n${line.replace(ID, escaped(ID))}\r\n--x--`],
  'a name behind white space': [head('/v1/assistants'), JSON.stringify({ a: `\n${ID}\t` })],
  'JSON in a string of JSON': [head('/v1/batches'), JSON.stringify({ a: JSON.stringify({ b: line }) })],
};

describe('a data source that the principal may not read, where nobody reads', () => {
  it.each(Object.entries(UNREAD))('is not reached by %s', async (_name, [to, body]) => {
    const passage = passageFor(to, protocols);
    expect(passage).toBeDefined();
    if (passage === undefined) return;
    const { adapter, endpoint } = passage;
    const refused = await rigOf({ adapter }).exchange({ endpoint, body, answer: [Buffer.from('the contracts say')] });
    expect([refused.head?.status, refused.sent]).toEqual([403, []]);
    const granted = rigOf({ adapter, directory: directory([GRANT]) });
    expect((await granted.exchange({ endpoint, body, answer: [Buffer.from('{}')] })).sent).toHaveLength(1);
  });

  it('leaves alone what only looks like it', async () => {
    const passage = passageFor(head('/v1/assistants'), protocols);
    if (passage === undefined) throw new RangeError();
    const rig = rigOf({ adapter: passage.adapter });
    const body = JSON.stringify({ a: `${ID}9`, b: `x${ID}`, c: gzipSync('x').toString('base64') });
    expect((await rig.exchange({ endpoint: passage.endpoint, body, answer: [Buffer.from('{}')] })).sent).toHaveLength(
      1,
    );
  });
});
