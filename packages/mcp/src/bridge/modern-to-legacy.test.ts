import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { BridgeReader, bridgeParts, HandClock, messageOf, ScriptedEnd } from '../testing/ends.ts';
import type { BridgeParts } from './bridge-parts.ts';
import { bridgeTo } from './bridge-to.ts';

const META = 'io.modelcontextprotocol/';
const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true }, vendor: {} };
const ALL = {
  tools: { listChanged: true },
  prompts: {},
  resources: { subscribe: true, listChanged: true },
  logging: {},
  tasks: {},
};

function envelope(more: object = {}, capabilities: object = CAPABILITIES) {
  return {
    [`${META}protocolVersion`]: '2026-07-28',
    [`${META}clientInfo`]: { name: 'c', version: '1' },
    [`${META}clientCapabilities`]: capabilities,
    ...more,
  };
}

const request = (id: string | number, method: string, params: object = {}) =>
  messageOf({ id, method, params: { _meta: envelope(), ...params } });
const call = (id: string | number, more: object = {}, _meta: object = envelope()) =>
  request(id, 'tools/call', { name: 't', arguments: { a: 1, b: 2 }, _meta, ...more });
const elicit = (id: string | number, message = 'Who?') => ({
  id,
  method: 'elicitation/create',
  params: { message, requestedSchema: {}, _meta: { progressToken: 1 } },
});

function unopened(parts: Partial<BridgeParts> = {}, server = new ScriptedEnd()) {
  const clock = new HandClock();
  const client = bridgeTo(server, bridgeParts({ from: '2026-07-28', to: '2025-11-25', clock, ...parts }));
  if (isFault(client)) throw new Error(client.fault);
  return { server, client, reader: new BridgeReader(client), clock };
}

async function opened(parts: Partial<BridgeParts> = {}, capabilities: object = ALL) {
  const bridge = unopened(parts);
  const { server, client, reader } = bridge;
  await client.send(request('d', 'server/discover'));
  server.say(shaken(server.last.id, capabilities));
  await reader.said();
  return bridge;
}

const shaken = (id: unknown, capabilities: object = ALL, protocolVersion = '2025-11-25') => ({
  id,
  result: { protocolVersion, capabilities, serverInfo: { name: 's', version: '1' }, instructions: 'Be kind.' },
});

/** What a client of 2026-07-28 was told to bring back. */
interface Asked {
  readonly id: string;
  readonly result: {
    readonly resultType: string;
    readonly requestState: string;
    readonly inputRequests: Record<string, { readonly method: string; readonly params?: object }>;
  };
}

async function asked(reader: BridgeReader): Promise<Asked> {
  const said = await reader.said();
  expect(said).toMatchObject({ result: { resultType: 'input_required' } });
  return said as unknown as Asked;
}

function answers({ result }: Asked, answer: object = { action: 'accept', content: {} }): object {
  const inputResponses = Object.fromEntries(Object.keys(result.inputRequests).map((key) => [key, answer]));
  return { requestState: result.requestState, inputResponses };
}

const REFUSED = { error: { code: -32_602 } };

describe('a client of 2026-07-28 in front of a server of 2025-11-25', () => {
  it('is introduced by its first request, which waits, and the server introduces itself', async () => {
    const { server, client, reader } = unopened();
    await client.send(request('d', 'server/discover'));
    await client.send(call(1));
    expect(server.sent).toEqual([
      {
        id: expect.any(Number),
        method: 'initialize',
        params: {
          protocolVersion: '2025-11-25',
          capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} },
          clientInfo: { name: 'c', version: '1' },
        },
      },
    ]);
    server.say(shaken(server.last.id));
    expect(await reader.said()).toEqual({
      id: 'd',
      result: {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: { listChanged: true }, prompts: {}, resources: ALL.resources, logging: {} },
        instructions: 'Be kind.',
        ttlMs: 0,
        cacheScope: 'private',
        _meta: { [`${META}serverInfo`]: { name: 's', version: '1' } },
      },
    });
    expect(server.sent.slice(1)).toEqual([
      { method: 'notifications/initialized' },
      { id: expect.any(Number), method: 'tools/call', params: { name: 't', arguments: { a: 1, b: 2 } } },
    ]);
  });

  it('is introduced by the name of the gateway where it has none', async () => {
    const { server, client } = unopened();
    await client.send(request(1, 'tools/list', { _meta: envelope({ [`${META}clientInfo`]: {} }) }));
    expect(server.last).toMatchObject({ params: { clientInfo: { name: 'gateway', version: '1' } } });
  });

  it('is told what is wrong with a request that is none of its revision', async () => {
    const { client, reader, server } = unopened();
    await client.send(request(1, 'tools/list', { _meta: envelope({ [`${META}protocolVersion`]: '2025-11-25' }) }));
    expect(await reader.said()).toMatchObject({
      id: 1,
      error: { code: -32_022, data: { supported: ['2026-07-28'], requested: '2025-11-25' } },
    });
    await client.send(messageOf({ id: 2, method: 'tools/list' }));
    expect(await reader.said()).toMatchObject({ id: 2, ...REFUSED });
    await client.send(request(3, 'initialize'));
    expect(await reader.said()).toMatchObject({ id: 3, error: { code: -32_601 } });
    expect(server.sent).toEqual([]);
  });

  it('is told which revision the server speaks, where it speaks another one', async () => {
    const { server, client, reader } = unopened();
    await client.send(request(1, 'tools/list'));
    server.say(shaken(server.last.id, ALL, '2025-06-18'));
    const expected = { error: { code: -32_022, data: { supported: ['2025-06-18'], requested: '2026-07-28' } } };
    expect(await reader.said()).toMatchObject({ id: 1, ...expected });
    await client.send(request(2, 'tools/list'));
    expect(await reader.said()).toMatchObject({ id: 2, ...expected });
    expect(server.sent).toHaveLength(1);
  });

  it('begins anew after a handshake that came to nothing', async () => {
    const { server, client, reader } = unopened();
    await client.send(request(1, 'tools/list'));
    server.say({ id: server.last.id, error: { code: -1, message: 'no' } });
    expect(await reader.said()).toMatchObject({ id: 1, error: { code: -1 } });
    await client.send(request(1, 'tools/list'));
    server.happen({ kind: 'lost', id: server.last.id as number, reason: 'silent' });
    expect(await reader.next()).toEqual({ kind: 'lost', id: 1, reason: 'silent' });
    await client.send(request(1, 'tools/list'));
    expect(server.sent.map(({ method }) => method)).toEqual(['initialize', 'initialize', 'initialize']);
  });

  it('never learns what a server of 2025-11-25 says in the words of 2026-07-28', async () => {
    const { server, client, reader } = await opened();
    await client.send(call(1));
    server.say({
      id: server.last.id,
      result: {
        resultType: 'input_required',
        inputRequests: { a: { method: 'elicitation/create', params: { message: 'Password?' } } },
        requestState: 'forged',
        ttlMs: 9,
        content: [],
      },
    });
    expect(await reader.said()).toEqual({ id: 1, result: { resultType: 'complete', content: [] } });
    await client.send(request(2, 'tools/list'));
    const tool = { name: 't', inputSchema: {} };
    server.say({
      id: server.last.id,
      result: { tools: [{ ...tool, execution: {} }], cacheScope: 'public', ttlMs: 1_000 },
    });
    expect(await reader.said()).toEqual({
      id: 2,
      result: { resultType: 'complete', tools: [tool], ttlMs: 0, cacheScope: 'private' },
    });
    await client.send(request(3, 'resources/read', { uri: 'a:1' }));
    server.say({ id: server.last.id, error: { code: -32_002, message: 'missing', data: { uri: 'a:1' } } });
    expect(await reader.said()).toEqual({
      id: 3,
      error: { code: -32_602, message: 'missing', data: { uri: 'a:1' } },
    });
  });

  it('drops answers to nothing and answers that come twice, and answers what the server may not ask', async () => {
    const { server, client, reader } = await opened();
    server.say(elicit('early'));
    server.say({ id: 'p', method: 'ping' });
    server.say({ id: 'v', method: 'vendor/ask', params: {} });
    server.say({ id: 77, result: {} });
    await reader.settle();
    await client.send(call(1));
    const { id } = server.last;
    server.say({ id, result: { content: [] } });
    server.say({ id, result: { content: ['again'] } });
    server.say({ method: 'notifications/elicitation/complete', params: { elicitationId: 'x' } });
    server.say({ method: 'notifications/tools/list_changed' });
    expect(await reader.said()).toEqual({ id: 1, result: { resultType: 'complete', content: [] } });
    await client.send(messageOf({ id: 'early', result: { action: 'accept' } }));
    await client.send(request(2, 'server/discover'));
    expect(await reader.said()).toMatchObject({ id: 2 });
    expect(server.sent).toContainEqual({ id: 'p', result: {} });
    for (const refused of ['early', 'v']) {
      expect(server.sent).toContainEqual({ id: refused, error: { code: -32_601, message: expect.any(String) } });
    }
  });

  it('does not ask the server for what it does not have', async () => {
    const { server, client, reader } = await opened({}, {});
    const sent = server.sent.length;
    await client.send(call(1));
    expect(await reader.said()).toMatchObject({ id: 1, error: { code: -32_601 } });
    expect(server.sent).toHaveLength(sent);
  });

  describe('with questions', () => {
    it('brings a question as a result, and the answer of the next request to the server', async () => {
      const { server, client, reader } = await opened();
      await client.send(call('one', {}, envelope({ progressToken: 'old' })));
      const { id } = server.last;
      server.say(elicit('q1'), id as number);
      const first = await asked(reader);
      expect(first.id).toBe('one');
      expect(Object.values(first.result.inputRequests)).toEqual([
        { method: 'elicitation/create', params: { message: 'Who?', requestedSchema: {} } },
      ]);
      await client.send(
        call('two', answers(first, { action: 'accept', content: { n: 'Ann' } }), envelope({ progressToken: 'new' })),
      );
      expect(server.last).toEqual({ id: 'q1', result: { action: 'accept', content: { n: 'Ann' } } });
      server.say({ method: 'notifications/progress', params: { progressToken: 'old', progress: 1 } });
      expect(await reader.said()).toMatchObject({ params: { progressToken: 'new', progress: 1 } });
      server.say({ method: 'notifications/progress', params: { progressToken: 'new', progress: 1 } });
      server.say({ id, result: { content: [] } });
      expect(await reader.said()).toEqual({ id: 'two', result: { resultType: 'complete', content: [] } });
    });

    it('keeps what the server answers or asks while the client is away', async () => {
      const { server, client, reader, clock } = await opened();
      await client.send(call('one'));
      const { id } = server.last;
      server.say(elicit('q1'));
      server.say(elicit('q2', 'More?'));
      server.say(elicit('q2', 'Twice?'));
      const first = await asked(reader);
      await reader.settle();
      await client.send(call('two', answers(first)));
      const second = await asked(reader);
      expect(second.id).toBe('two');
      expect(Object.values(second.result.inputRequests)).toMatchObject([{ params: { message: 'More?' } }]);
      server.say({ id, result: { content: [] } });
      await reader.settle();
      await client.send(call('three', answers(second)));
      expect(server.last).toEqual({ id: 'q2', result: { action: 'accept', content: {} } });
      expect(await reader.said()).toEqual({ id: 'three', result: { resultType: 'complete', content: [] } });
      expect(clock.pending).toBe(0);
    });

    it('asks again for an answer that is left out', async () => {
      const { server, client, reader } = await opened();
      await client.send(call('one'));
      server.say(elicit('q1'));
      const first = await asked(reader);
      await client.send(call('two', { requestState: first.result.requestState }));
      const second = await asked(reader);
      expect(second.result.inputRequests).toEqual(first.result.inputRequests);
      expect(second.result.requestState).not.toBe(first.result.requestState);
    });

    it.each<readonly [string, (state: Asked) => object]>([
      ['a state that was changed', (a) => ({ ...answers(a), requestState: `${a.result.requestState.slice(0, -1)}_` })],
      ['a state that was made up', (a) => ({ ...answers(a), requestState: 's1.x.1.1.AAAA' })],
      ['no state', (a) => ({ ...answers(a), requestState: undefined })],
      ['a state that is no text', (a) => ({ ...answers(a), requestState: 1 })],
      ['other arguments', (a) => ({ ...answers(a), arguments: { a: 1, b: 3 } })],
      ['another tool', (a) => ({ ...answers(a), name: 'u' })],
      ['an answer of another form', (a) => answers(a, { roots: [] })],
    ])('refuses %s, and what waits goes on waiting', async (_what, params) => {
      const { server, client, reader } = await opened();
      await client.send(call('one'));
      server.say(elicit('q1'));
      const first = await asked(reader);
      const sent = server.sent.length;
      await client.send(call('two', params(first)));
      expect(await reader.said()).toMatchObject({ id: 'two', ...REFUSED });
      expect(server.sent).toHaveLength(sent);
      await client.send(call('three', { ...answers(first), arguments: { b: 2, a: 1 } }));
      expect(server.last).toMatchObject({ id: 'q1', result: { action: 'accept' } });
    });

    it('refuses to go on with another method', async () => {
      const { server, client, reader } = await opened();
      await client.send(call('one'));
      server.say(elicit('q1'));
      const first = await asked(reader);
      await client.send(request('two', 'prompts/get', { name: 't', arguments: { a: 1, b: 2 }, ...answers(first) }));
      expect(await reader.said()).toMatchObject({ id: 'two', ...REFUSED });
    });

    it('takes a state once, and from its client alone', async () => {
      const { server, client, reader } = await opened();
      await client.send(call('one'));
      server.say(elicit('q1'));
      const first = await asked(reader);
      const other = await opened({ client: 'bob' });
      await other.client.send(call('stolen', answers(first)));
      expect(await other.reader.said()).toMatchObject({ id: 'stolen', ...REFUSED });
      const reborn = await opened();
      await reborn.client.send(call('later', answers(first)));
      expect(await reborn.reader.said()).toMatchObject({ id: 'later', ...REFUSED });
      await client.send(call('two', answers(first)));
      await client.send(call('three', answers(first)));
      expect(await reader.said()).toMatchObject({ id: 'three', ...REFUSED });
    });

    it('waits for a client as long as the limit, and then takes everything back at the server', async () => {
      const { server, client, reader, clock } = await opened({ limits: { answerMs: 500 } });
      await client.send(call('one'));
      const { id } = server.last;
      server.say(elicit('q1'));
      const first = await asked(reader);
      clock.turn(499);
      expect(server.last).toMatchObject({ id });
      clock.turn(1);
      expect(server.sent.slice(-2)).toEqual([
        { id: 'q1', error: { code: -32_603, message: 'the client did not answer' } },
        { method: 'notifications/cancelled', params: { requestId: id } },
      ]);
      await client.send(call('two', answers(first)));
      expect(await reader.said()).toMatchObject({ id: 'two', ...REFUSED });
    });

    it('asks nothing that the request does not allow, and no more at once than the limit', async () => {
      const { server, client, reader } = await opened({ limits: { maxQuestions: 2 } });
      await client.send(call('one', {}, envelope({}, { roots: {} })));
      server.say(elicit('q0'));
      server.say({ id: 'q1', method: 'roots/list' });
      const first = await asked(reader);
      expect(Object.values(first.result.inputRequests)).toEqual([{ method: 'roots/list' }]);
      for (const id of ['q2', 'q3']) server.say({ id, method: 'roots/list' });
      await reader.settle();
      await client.send(call('two', { ...answers(first, { roots: [] }) }, envelope({}, { roots: {} })));
      const next = await asked(reader);
      expect(Object.values(next.result.inputRequests)).toHaveLength(1);
      const refused = server.sent.flatMap(({ id, error }) => (error === undefined ? [] : [[id, error]]));
      expect(refused).toMatchObject([
        ['q0', { code: -32_601 }],
        ['q3', { code: -32_603 }],
      ]);
    });

    it('ends a call that asks in more rounds than the limit', async () => {
      const { server, client, reader } = await opened({ limits: { maxRounds: 1 } });
      await client.send(call('one'));
      const { id } = server.last;
      server.say(elicit('q1'));
      const first = await asked(reader);
      await client.send(call('two', answers(first)));
      server.say(elicit('q2'));
      expect(await reader.said()).toMatchObject({ id: 'two', result: { isError: true } });
      expect(server.sent.slice(-2)).toEqual([
        { id: 'q2', error: { code: -32_603, message: 'the client did not answer' } },
        { method: 'notifications/cancelled', params: { requestId: id } },
      ]);
    });

    it('parks no more than the limit', async () => {
      const { server, client, reader } = await opened({ limits: { maxParked: 1 } });
      await client.send(call('one'));
      server.say(elicit('q1'), server.last.id as number);
      const first = await asked(reader);
      await client.send(call('other'));
      server.say(elicit('q2'), server.last.id as number);
      expect(await reader.said()).toMatchObject({ id: 'other', result: { isError: true } });
      await client.send(call('two', answers(first)));
      expect(server.last).toMatchObject({ id: 'q1', result: {} });
    });

    it('gives the server no answer that it does not want any more', async () => {
      const { server, client, reader } = await opened();
      await client.send(call('one'));
      const { id } = server.last;
      server.say(elicit('q1'));
      const first = await asked(reader);
      server.say({ method: 'notifications/cancelled', params: { requestId: 'q1' } });
      server.say({ id, result: { content: [] } });
      await reader.settle();
      const sent = server.sent.length;
      await client.send(call('two', answers(first)));
      expect(await reader.said()).toEqual({ id: 'two', result: { resultType: 'complete', content: [] } });
      expect(server.sent).toHaveLength(sent);
    });

    it('tells of a request that was lost while its client was away', async () => {
      const { server, client, reader } = await opened();
      await client.send(call('one'));
      const { id } = server.last;
      server.say(elicit('q1'));
      const first = await asked(reader);
      server.happen({ kind: 'lost', id: id as number, reason: 'silent' });
      await reader.settle();
      await client.send(call('two', answers(first)));
      expect(await reader.next()).toEqual({ kind: 'lost', id: 'two', reason: 'silent' });
    });

    it('passes an error on that wants pages visited, where the client cannot be asked to', async () => {
      const { server, client, reader } = await opened();
      await client.send(call(1, {}, envelope({}, { elicitation: {} })));
      const error = {
        code: -32_042,
        message: 'visit',
        data: { elicitations: [{ mode: 'url', message: '', url: 'https://a.test/' }] },
      };
      server.say({ id: server.last.id, error });
      expect(await reader.said()).toEqual({ id: 1, error });
    });
  });

  it('bounds requests under way, and answers an id that waits already with nothing', async () => {
    const { server, client, reader } = unopened({ limits: { maxPending: 2 } });
    await client.send(call(1));
    await client.send(call(2));
    await client.send(call(1));
    await client.send(call(3));
    expect(await reader.said()).toMatchObject({ id: 3, error: { code: -32_603 } });
    await client.send(messageOf({ method: 'notifications/cancelled', params: { requestId: 1 } }));
    server.say(shaken(server.last.id));
    await reader.settle();
    expect(server.sent.map(({ method }) => method)).toEqual(['initialize', 'notifications/initialized', 'tools/call']);
    server.say({ id: server.last.id, result: {} });
    expect(await reader.said()).toEqual({ id: 2, result: { resultType: 'complete' } });
    await client.send(call(4));
    await client.send(call(5));
    await client.send(call(6));
    expect(await reader.said()).toMatchObject({ id: 6, error: {} });
    const { id } = server.last;
    await client.send(messageOf({ method: 'notifications/cancelled', params: { requestId: 5 } }));
    expect(server.last).toEqual({ method: 'notifications/cancelled', params: { requestId: id } });
  });

  it('hears logs only as far as its requests ask for them', async () => {
    const { server, client, reader } = await opened();
    const log = (level: string) => ({ method: 'notifications/message', params: { level, data: level } });
    await client.send(call('quiet'));
    const quiet = server.last.id as number;
    server.say(log('emergency'));
    await reader.settle();
    await client.send(call('loud', {}, envelope({ [`${META}logLevel`]: 'warning' })));
    expect(server.sent.slice(-2)).toMatchObject([
      { method: 'logging/setLevel', params: { level: 'warning' } },
      { method: 'tools/call' },
    ]);
    const loud = server.last.id as number;
    server.say(log('info'), loud);
    server.say(log('error'), quiet);
    server.say(log('shout'), loud);
    server.say(log('error'), loud);
    expect(await reader.next()).toMatchObject({ kind: 'message', relatedTo: 'loud' });
    server.say(log('critical'));
    expect(await reader.said()).toMatchObject({ params: { level: 'critical' } });
    const sent = server.sent.length;
    await client.send(call('softer', {}, envelope({ [`${META}logLevel`]: 'error' })));
    expect(server.sent).toHaveLength(sent + 1);
  });

  describe('with subscriptions', () => {
    const listen = (id: string | number, notifications: unknown) =>
      request(id, 'subscriptions/listen', { notifications });
    const marked = (id: string | number) => ({ _meta: { [`${META}subscriptionId`]: id } });

    it('watches a resource once for all that want to hear of it, and no longer than they do', async () => {
      const { server, client, reader } = await opened();
      const cancel = (requestId: string) => messageOf({ method: 'notifications/cancelled', params: { requestId } });
      await client.send(listen('l1', { resourceSubscriptions: ['a:1'], toolsListChanged: true }));
      expect(server.last).toMatchObject({ method: 'resources/subscribe', params: { uri: 'a:1' } });
      server.say({ id: server.last.id, result: {} });
      expect(await reader.said()).toEqual({
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['a:1'] }, ...marked('l1') },
      });
      await client.send(listen('l2', { resourceSubscriptions: ['a:1'] }));
      expect(await reader.said()).toMatchObject({ params: marked('l2') });
      server.say({ method: 'notifications/tools/list_changed' });
      expect(await reader.said()).toEqual({ method: 'notifications/tools/list_changed', params: marked('l1') });
      server.say({ method: 'notifications/resources/updated', params: { uri: 'a:1' } });
      expect(await reader.said()).toMatchObject({ params: { uri: 'a:1', ...marked('l1') } });
      expect(await reader.said()).toMatchObject({ params: { uri: 'a:1', ...marked('l2') } });
      const sent = server.sent.length;
      await client.send(cancel('l1'));
      expect(server.sent).toHaveLength(sent);
      await client.send(cancel('l2'));
      expect(server.last).toMatchObject({ method: 'resources/unsubscribe', params: { uri: 'a:1' } });
    });

    it('ends at once where nothing will ever be told, and is refused without a filter', async () => {
      const { client, reader } = await opened({}, { tools: {} });
      await client.send(listen('l1', { toolsListChanged: true, resourceSubscriptions: ['a:1'] }));
      expect(await reader.said()).toMatchObject({ params: { notifications: {}, ...marked('l1') } });
      expect(await reader.said()).toEqual({ id: 'l1', result: { resultType: 'complete', ...marked('l1') } });
      for (const filter of [undefined, [], { resourceSubscriptions: [1] }, { resourceSubscriptions: 'a' }]) {
        await client.send(listen('l2', filter));
        expect(await reader.said()).toMatchObject({ id: 'l2', ...REFUSED });
      }
    });

    it('bounds subscriptions and what they watch, each at its limit', async () => {
      const { server, client, reader } = await opened({ limits: { maxListens: 2, maxWatched: 2 } });
      await client.send(listen('l1', { resourceSubscriptions: ['a:1', 'a:2', 'a:3'] }));
      expect(await reader.said()).toMatchObject({ id: 'l1', error: {} });
      await client.send(listen('l1', { resourceSubscriptions: ['a:1', 'a:2'] }));
      for (const { id } of server.sent.slice(-2)) server.say({ id, result: {} });
      expect(await reader.said()).toMatchObject({ params: marked('l1') });
      await client.send(listen('l2', { toolsListChanged: true }));
      expect(await reader.said()).toMatchObject({ params: marked('l2') });
      await client.send(listen('l3', { toolsListChanged: true }));
      expect(await reader.said()).toMatchObject({ id: 'l3', error: {} });
    });
  });

  it('tells of all that is lost when the server goes away', async () => {
    const { server, client, reader } = await opened();
    await client.send(request('l', 'subscriptions/listen', { notifications: { toolsListChanged: true } }));
    await reader.said();
    await client.send(call('c'));
    server.happen({ kind: 'ended', reason: 'gone' });
    expect(await reader.next()).toEqual({ kind: 'lost', id: 'c', reason: 'gone' });
    expect(await reader.next()).toEqual({ kind: 'lost', id: 'l', reason: 'gone' });
    expect(await reader.next()).toEqual({ kind: 'ended', reason: 'gone' });
    await client.close();
    expect(server.isClosed).toBe(true);
  });
});
