import type { AccessDirectory } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { directoryOf } from './testing/access.ts';
import { ExchangeRig } from './testing/exchange-rig.ts';
import { WIRES } from './testing/wires/all.ts';
import { wire as anthropic } from './testing/wires/anthropic-messages.ts';
import { wire as chat } from './testing/wires/openai-chat.ts';

const directory: AccessDirectory = directoryOf({
  dataSources: {
    contracts: {
      tools: [{ tool: 'search_*', argument: '/query/index', values: ['contracts*', '7'] }, { tool: 'contract_of' }],
    },
  },
});

describe.each(WIRES.flatMap((wire) => (wire.toolStream === undefined ? [] : [[wire.adapter.id, wire] as const])))(
  'a call of an answer that reaches a source which may not be read, in %s',
  (_, wire) => {
    const asked = async (name: string, args: string) => {
      const rig = new ExchangeRig({ adapter: wire.adapter, directory });
      const stream = wire.toolStream?.(name, args, 3) ?? Buffer.alloc(0);
      const body = wire.request('look it up', true);
      return rig.exchange({ endpoint: wire.endpoint(true), body, answer: [stream], contentType: wire.streamType });
    };

    it.each([
      ['search_docs', '{"query":{"index":"contracts-2026"}}'],
      ['search_docs', '{"query":{"index":"CONTRACTS"}}'],
      ['SEARCH_docs', '{"query":{"index":"./contracts"}}'],
      ['search_docs', '{"query":{"index":"public","INDEX":"contracts"}}'],
      ['search_docs', '{"query":{"index":"c\\u006fntracts"}}'],
      ['search_docs', '{"query":{"index":["public","contracts"]}}'],
      ['search_docs', '{"query":{"index":7}}'],
      ['search_docs', '{"query":{}}'],
      ['contract_of', '{"customer":"ann"}'],
    ])('does not leave: %s %s', async (name, args) => {
      const seen = await asked(name, args);
      expect(seen.text).not.toContain(name);
      expect(seen.records.find(({ kind }) => kind === 'decided')).toMatchObject({
        effect: 'block',
        decisions: [
          { question: { action: 'call-tool' }, decision: { verdict: 'allow' } },
          { question: { action: 'read-data', resource: { id: 'contracts' } }, decision: { verdict: 'block' } },
          { kind: 'guard' },
        ],
      });
    });

    // Gemini's wire brings the arguments as one text, in which nobody can say what is meant: it counts as leading there.
    it.skipIf(wire.adapter.id === 'gemini')('leaves where it reaches something else', async () => {
      expect((await asked('search_docs', '{"query":{"index":"public"}}')).text).toContain('search_docs');
      expect((await asked('look', '{"index":"contracts"}')).text).toContain('look');
    });
  },
);

describe('sourcesOfCall()', () => {
  it.each(['{"query":{"index":"public"}', 'contracts', '', '{"query":{"index":"public","index":"public"}}'])(
    'takes %j, which cannot be read for certain, for one that leads to the source',
    (given) => expect(directory.sourcesOfCall('search_docs', given)).toMatchObject([{ id: 'contracts' }]),
  );
});

describe('a new result of a call that reached a source which may not be read', () => {
  const call = (args: string, id = 'call_1') => ({
    role: 'assistant',
    tool_calls: [{ id, type: 'function', function: { name: 'search_docs', arguments: args } }],
  });
  const result = { role: 'tool', tool_call_id: 'call_1', content: 'clause 4: ...' };
  const secret = '{"query":{"index":"contracts"}}';
  const status = async (messages: readonly object[]) => {
    const rig = new ExchangeRig({ directory });
    const body = JSON.stringify({ model: 'm', messages });
    const answer = [Buffer.from(chat.answer('fine'))];
    return (await rig.exchange({ endpoint: chat.endpoint(false), body, answer, contentType: 'application/json' })).head
      ?.status;
  };

  it('goes to no model', async () => {
    expect(await status([{ role: 'user', content: 'q' }, call(secret), result])).toBe(403);
    // Whatever else is called by the same id.
    expect(await status([call('{"query":{"index":"public"}}'), call(secret), result])).toBe(403);
    // However far above it the call stands.
    expect(await status([call(secret), { role: 'assistant', content: 'wait' }, result])).toBe(403);
  });

  it('goes where its call reached something else', async () => {
    expect(await status([call('{"query":{"index":"public"}}'), result])).toBe(200);
  });

  it('stays in a conversation that went on behind it: what was refused once does not refuse every later turn', async () => {
    const later = [
      { role: 'assistant', content: 'so it says' },
      { role: 'user', content: 'thanks' },
    ];
    expect(await status([call(secret), result, ...later])).toBe(200);
  });

  it('goes to no model in a protocol whose results stand in messages of users', async () => {
    const rig = new ExchangeRig({ adapter: anthropic.adapter, directory });
    const messages = [
      { role: 'user', content: 'q' },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'toolu_1', name: 'contract_of', input: { customer: 'a' } }],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'clause 4' }] },
    ];
    const body = JSON.stringify({ model: 'm', max_tokens: 9, messages });
    expect((await rig.exchange({ endpoint: anthropic.endpoint(false), body, answer: [] })).head?.status).toBe(403);
  });

  it('takes a list that was written as a text for a list', () => {
    const given = JSON.stringify({ query: { index: '["contracts"]' } });
    expect(directory.sourcesOfCall('search_docs', given)).toMatchObject([{ id: 'contracts' }]);
    expect(directory.sourcesOfCall('search_docs', given.replace('contracts', 'public'))).toEqual([]);
  });

  it.each(['*', 'public,c*', '%2A'])('takes %s, which stands for any name, for the name', (index) => {
    expect(directory.sourcesOfCall('search_docs', JSON.stringify({ query: { index } }))).toMatchObject([
      { id: 'contracts' },
    ]);
  });
});
