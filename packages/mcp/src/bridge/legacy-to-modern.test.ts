import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { BridgeReader, bridgeParts, HandClock, messageOf, ScriptedEnd } from '../testing/ends.ts';
import type { BridgeLimits } from './bridge-parts.ts';
import { bridgeTo } from './bridge-to.ts';
import { REOPEN_MS, REOPENS_MAX } from './listen-feed.ts';
import { KEPT_MAX } from './merged-incoming.ts';
import { PACE_MS } from './question-rounds.ts';

const CAPABILITIES = { elicitation: {}, sampling: {}, tasks: { list: {} } };
const META = 'io.modelcontextprotocol/';

async function opened(limits: Partial<BridgeLimits> = {}, capabilities: object = { tools: {} }) {
  const { server, client, reader, clock } = unopened(limits);
  await client.send(
    messageOf({
      id: 'init',
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: CAPABILITIES, clientInfo: { name: 'c', version: '1' } },
    }),
  );
  const discover = server.last;
  server.say({
    id: discover.id,
    result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities, ttlMs: 1, cacheScope: 'public' },
  });
  const handshake = await reader.said();
  await client.send(messageOf({ method: 'notifications/initialized' }));
  return { server, client, reader, clock, discover, handshake };
}

function unopened(limits: Partial<BridgeLimits> = {}) {
  const server = new ScriptedEnd();
  const clock = new HandClock();
  const client = bridgeTo(server, bridgeParts({ from: '2025-11-25', to: '2026-07-28', clock, limits }));
  if (isFault(client)) throw new Error(client.fault);
  return { server, client, reader: new BridgeReader(client), clock };
}

const call = (id: string | number, more: object = {}) =>
  messageOf({ id, method: 'tools/call', params: { name: 't', ...more } });
const asking = (id: unknown, more: object = {}) => ({
  id,
  result: {
    resultType: 'input_required',
    inputRequests: { who: { method: 'elicitation/create', params: { message: 'Who?', requestedSchema: {} } } },
    requestState: 's',
    ...more,
  },
});
const FAILED = { result: { isError: true } };

describe('a client of 2025-11-25 in front of a server of 2026-07-28', () => {
  it('says on every request what the handshake said once, and nothing that the client claims instead', async () => {
    const { server, client, discover, handshake } = await opened();
    expect(discover).toMatchObject({ method: 'server/discover' });
    expect(handshake).toEqual({
      id: 'init',
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'unnamed', version: '0' },
      },
    });
    const forged = {
      [`${META}protocolVersion`]: '2024-11-05',
      [`${META}clientCapabilities`]: { roots: {} },
      [`${META}logLevel`]: 'debug',
      kept: 1,
    };
    await client.send(
      call(1, { _meta: forged, task: {}, requestState: 'x', inputResponses: {}, arguments: { a: [1] } }),
    );
    expect(server.last).toEqual({
      id: expect.any(Number),
      method: 'tools/call',
      params: {
        name: 't',
        arguments: { a: [1] },
        _meta: {
          kept: 1,
          [`${META}protocolVersion`]: '2026-07-28',
          [`${META}clientCapabilities`]: { elicitation: {}, sampling: {} },
          [`${META}clientInfo`]: { name: 'c', version: '1' },
        },
      },
    });
  });

  it('takes one handshake, and tells of a server that speaks no revision that is known', async () => {
    const { client, reader } = await opened();
    await client.send(messageOf({ id: 2, method: 'initialize', params: { capabilities: {} } }));
    expect(await reader.said()).toMatchObject({ id: 2, error: { code: -32_600 } });
    const { server, client: other, reader: answers } = unopened();
    const initialize = messageOf({ id: 1, method: 'initialize', params: { capabilities: {} } });
    await other.send(initialize);
    server.say({
      id: server.last.id,
      result: { resultType: 'complete', supportedVersions: ['2099-01-01'], capabilities: {} },
    });
    expect(await answers.said()).toMatchObject({ id: 1, error: {} });
    await other.send(initialize);
    server.say({ id: server.last.id, error: { code: -32_601, message: 'what?' } });
    expect(await answers.said()).toMatchObject({ id: 1, error: { code: -32_601 } });
    await other.send(initialize);
    server.happen({ kind: 'lost', id: server.last.id as number, reason: 'silent' });
    expect(await answers.next()).toEqual({ kind: 'lost', id: 1, reason: 'silent' });
    await other.send(messageOf({ id: 1, method: 'initialize', params: {} }));
    expect(await answers.said()).toMatchObject({ error: { code: -32_602 } });
  });

  it('drops answers to nothing, answers that come twice, and refuses requests and methods that nobody knows', async () => {
    const { server, client, reader } = await opened();
    await client.send(call('a'));
    const { id } = server.last;
    server.say({ id: 99, result: { resultType: 'complete' } });
    server.say({ id: String(id), result: { resultType: 'complete' } });
    server.say({ id, result: { resultType: 'complete', content: [] } });
    server.say({ id, result: { resultType: 'complete', content: [{ type: 'text', text: 'again' }] } });
    server.say({ id: 7, method: 'sampling/createMessage', params: {} });
    server.say({ method: 'notifications/tools/list_changed', params: {} });
    server.say({ method: 'vendor/told' });
    await client.send(messageOf({ id: 'x', result: {} }));
    await client.send(messageOf({ error: { code: 1, message: '' } }));
    await client.send(messageOf({ id: 'v', method: 'vendor/asked' }));
    expect(await reader.said()).toEqual({ id: 'v', error: { code: -32_601, message: 'method is not known' } });
    expect(await reader.said()).toEqual({ id: 'a', result: { content: [] } });
    await client.send(messageOf({ id: 'p', method: 'ping' }));
    server.say({ id: 8, method: 'ping' });
    server.happen({ kind: 'lost', id: 99, reason: 'silent' });
    expect(await reader.said()).toEqual({ id: 'p', result: {} });
    server.happen({ kind: 'ended', reason: 'gone' });
    expect(await reader.next()).toEqual({ kind: 'ended', reason: 'gone' });
    expect(server.sent).toContainEqual({ id: 7, error: { code: -32_601, message: 'method is not known' } });
  });

  it.each([
    ['of a type that is not known', { resultType: 'later', content: [] }],
    ['of a type that is no word', { resultType: 1 }],
    ['that asks nothing', { resultType: 'input_required' }],
    ['that asks in a form that is not known', { resultType: 'input_required', inputRequests: { a: { method: 'x' } } }],
    [
      'that asks without params',
      { resultType: 'input_required', inputRequests: { a: { method: 'elicitation/create' } } },
    ],
    ['that asks a list', { resultType: 'input_required', inputRequests: [] }],
    ['whose state is no text', { resultType: 'input_required', requestState: 1 }],
    [
      'that asks what the client cannot be asked',
      { resultType: 'input_required', inputRequests: { a: { method: 'roots/list' } } },
    ],
    [
      'that asks one thing that it may and one that it may not',
      {
        resultType: 'input_required',
        inputRequests: {
          a: { method: 'elicitation/create', params: {} },
          b: { method: 'elicitation/create', params: { mode: 'url' } },
        },
      },
    ],
  ])('ends a call with a result %s', async (_what, result) => {
    const { server, client, reader } = await opened();
    await client.send(call(1));
    server.say({ id: server.last.id, result });
    expect(await reader.said()).toMatchObject({ id: 1, ...FAILED });
  });

  it('takes no questions in answer to what has none', async () => {
    const { server, client, reader } = await opened();
    await client.send(messageOf({ id: 1, method: 'tools/list' }));
    server.say(asking(server.last.id));
    expect(await reader.said()).toMatchObject({ id: 1, error: { code: -32_603 } });
  });

  it('sends a request again with the answers and the very state, and says to which request a question belongs', async () => {
    const { server, client, reader } = await opened();
    await client.send(call('mine', { arguments: { a: 1 } }));
    const first = server.last.id;
    server.say(asking(first, { requestState: 'é"\\' }));
    const question = await reader.next();
    expect(question).toMatchObject({ relatedTo: 'mine', message: { method: 'elicitation/create' } });
    const { id } = (question as { message: { id: string } }).message;
    await client.send(messageOf({ id, result: { action: 'accept', content: { n: 1.0 } } }));
    expect(server.last).toMatchObject({
      method: 'tools/call',
      params: {
        name: 't',
        arguments: { a: 1 },
        requestState: 'é"\\',
        inputResponses: { who: { action: 'accept', content: { n: 1 } } },
      },
    });
    expect(server.last.id).not.toBe(first);
    server.say({ id: first, result: { resultType: 'complete', content: ['old'] } });
    server.say({ id: server.last.id, result: { resultType: 'complete', content: [] } });
    expect(await reader.said()).toEqual({ id: 'mine', result: { content: [] } });
  });

  it.each([
    ['an error', { error: { code: 1, message: 'secret' } }],
    ['an answer of another form', { result: { roots: [] } }],
  ])('fails a call whose question gets %s, and takes the other questions back', async (_what, answer) => {
    const { server, client, reader } = await opened();
    await client.send(call(1));
    const elicit = { method: 'elicitation/create', params: {} };
    server.say(asking(server.last.id, { inputRequests: { a: elicit, b: elicit } }));
    const [one, two] = [await reader.said(), await reader.said()];
    await client.send(messageOf({ id: one.id, ...answer }));
    expect(await reader.said()).toEqual({ method: 'notifications/cancelled', params: { requestId: two.id } });
    const failed = await reader.said();
    expect(failed).toMatchObject({ id: 1, ...FAILED });
    expect(JSON.stringify(failed)).not.toContain('secret');
    const sent = server.sent.length;
    await client.send(messageOf({ id: two.id, result: { action: 'accept' } }));
    expect(server.sent).toHaveLength(sent);
  });

  it('waits for answers as long as the limit, and no longer', async () => {
    const { server, client, reader, clock } = await opened({ answerMs: 500 });
    await client.send(call(1));
    server.say(asking(server.last.id));
    const { id } = await reader.said();
    clock.turn(499);
    await client.send(messageOf({ id: 'p', method: 'ping' }));
    expect(await reader.said()).toMatchObject({ id: 'p' });
    clock.turn(1);
    expect(await reader.said()).toEqual({ method: 'notifications/cancelled', params: { requestId: id } });
    expect(await reader.said()).toMatchObject({ id: 1, ...FAILED });
    expect(clock.pending).toBe(0);
  });

  it('paces a server that only wants to be asked again', async () => {
    const { server, client, reader, clock } = await opened();
    await client.send(call(1));
    server.say(asking(server.last.id, { inputRequests: undefined }));
    await reader.settle();
    const sent = server.sent.length;
    clock.turn(PACE_MS - 1);
    expect(server.sent).toHaveLength(sent);
    clock.turn(1);
    expect(server.last).toMatchObject({ method: 'tools/call', params: { requestState: 's' } });
    expect(server.last.params).not.toHaveProperty('inputResponses');
  });

  it('bounds rounds, questions of a round and the state, each at its limit', async () => {
    const elicit = { method: 'elicitation/create', params: {} };
    const { server, client, reader } = await opened({ maxRounds: 2, maxQuestions: 2, maxStateChars: 10 });
    await client.send(call(1));
    server.say(asking(server.last.id, { inputRequests: { a: elicit, b: elicit }, requestState: '12345678' }));
    for (const question of [await reader.said(), await reader.said()]) {
      await client.send(messageOf({ id: question.id, result: { action: 'decline' } }));
    }
    server.say(asking(server.last.id));
    await client.send(messageOf({ id: (await reader.said()).id, result: { action: 'decline' } }));
    server.say(asking(server.last.id));
    expect(await reader.said()).toMatchObject({ id: 1, ...FAILED });
    await client.send(call(2));
    server.say(asking(server.last.id, { inputRequests: { a: elicit, b: elicit, c: elicit } }));
    expect(await reader.said()).toMatchObject({ id: 2, ...FAILED });
    await client.send(call(3));
    server.say(asking(server.last.id, { requestState: '123456789' }));
    expect(await reader.said()).toMatchObject({ id: 3, ...FAILED });
  });

  it('bounds requests under way, and answers an id that waits already with nothing', async () => {
    const { server, client, reader } = await opened({ maxPending: 2 });
    await client.send(call(1));
    await client.send(call(2));
    const sent = server.sent.length;
    await client.send(call(1));
    await client.send(call(3));
    expect(server.sent).toHaveLength(sent);
    expect(await reader.said()).toMatchObject({ id: 3, error: { code: -32_603 } });
    server.say({ id: server.last.id, result: { resultType: 'complete' } });
    expect(await reader.said()).toEqual({ id: 2, result: {} });
    await client.send(call(3));
    expect(server.sent).toHaveLength(sent + 1);
  });

  it('takes a request back at the server, under the id that it knows, and its questions at the client', async () => {
    const { server, client, reader } = await opened();
    const cancel = (requestId: unknown) => messageOf({ method: 'notifications/cancelled', params: { requestId } });
    await client.send(call('a'));
    const { id } = server.last;
    await client.send(cancel('nobody'));
    await client.send(cancel('a'));
    expect(server.last).toEqual({ method: 'notifications/cancelled', params: { requestId: id } });
    server.say({ id, result: { resultType: 'complete' } });
    await client.send(call('b'));
    server.say(asking(server.last.id));
    const question = await reader.said();
    const sent = server.sent.length;
    await client.send(cancel('b'));
    expect(await reader.said()).toEqual({ method: 'notifications/cancelled', params: { requestId: question.id } });
    await client.send(messageOf({ id: question.id, result: { action: 'accept' } }));
    expect(server.sent).toHaveLength(sent);
  });

  it('tells of all that is lost when the server goes away, also of what the client is being asked for', async () => {
    const { server, client, reader } = await opened();
    await client.send(call('asked'));
    server.say(asking(server.last.id));
    await reader.said();
    await client.send(call('sent'));
    const { id } = server.last;
    server.happen({ kind: 'lost', id: id as number, reason: 'gone' });
    server.happen({ kind: 'ended', reason: 'closed' });
    expect(await reader.next()).toEqual({ kind: 'lost', id: 'sent', reason: 'gone' });
    expect(await reader.said()).toMatchObject({ method: 'notifications/cancelled' });
    expect(await reader.next()).toEqual({ kind: 'lost', id: 'asked', reason: 'gone' });
    expect(await reader.next()).toEqual({ kind: 'ended', reason: 'closed' });
    await client.close();
    expect(server.isClosed).toBe(true);
  });

  it('leaves out of results what 2025-11-25 does not have, and makes an object of structured content that is none', async () => {
    const { server, client, reader } = await opened();
    await client.send(messageOf({ id: 1, method: 'tools/list' }));
    const natural = { name: 'a', outputSchema: { type: 'object' } };
    const tools = [natural, { name: 'b', outputSchema: { type: 'array' } }];
    server.say({ id: server.last.id, result: { resultType: 'complete', ttlMs: 5, cacheScope: 'public', tools } });
    expect(await reader.said()).toEqual({ id: 1, result: { tools: [natural, { name: 'b' }] } });
    await client.send(call(2));
    const content = [{ type: 'image', data: '', mimeType: 'x' }];
    server.say({ id: server.last.id, result: { resultType: 'complete', content, structuredContent: [1] } });
    expect(await reader.said()).toEqual({
      id: 2,
      result: { content: [...content, { type: 'text', text: '[1]' }], structuredContent: { result: [1] } },
    });
  });

  it('sets no level that is none', async () => {
    const { server, client, reader } = await opened();
    await client.send(messageOf({ id: 1, method: 'logging/setLevel', params: { level: 'shout' } }));
    expect(await reader.said()).toMatchObject({ id: 1, error: { code: -32_602 } });
    await client.send(messageOf({ id: 2, method: 'logging/setLevel', params: { level: 'error' } }));
    expect(await reader.said()).toEqual({ id: 2, result: {} });
    await client.send(call(3));
    expect(server.last).toMatchObject({ params: { _meta: { [`${META}logLevel`]: 'error' } } });
  });

  describe('with subscriptions', () => {
    const LISTS = { tools: { listChanged: true }, resources: { subscribe: true } };
    const told = (method: string, id: unknown, params: object = {}) => ({
      method,
      params: { ...params, _meta: { [`${META}subscriptionId`]: id } },
    });
    const acknowledged = (id: unknown, uris: readonly string[] = []) =>
      told('notifications/subscriptions/acknowledged', id, { notifications: { resourceSubscriptions: uris } });
    const watch = (id: number, uri: string, way = 'subscribe') =>
      messageOf({ id, method: `resources/${way}`, params: { uri } });

    it('listens anew when what is watched changes, and hears only what belongs to a subscription of its own', async () => {
      const { server, client, reader } = await opened({}, LISTS);
      const first = server.last;
      expect(first).toMatchObject({
        method: 'subscriptions/listen',
        params: { notifications: { toolsListChanged: true } },
      });
      server.say(acknowledged(first.id));
      server.say(told('notifications/tools/list_changed', 'other'));
      server.say(told('notifications/tools/list_changed', first.id));
      expect(await reader.said()).toEqual({ method: 'notifications/tools/list_changed' });
      await client.send(watch(1, 'a:1'));
      const second = server.last;
      expect(second).toMatchObject({ params: { notifications: { resourceSubscriptions: ['a:1'] } } });
      server.say(acknowledged(second.id, ['a:1']));
      expect(await reader.said()).toEqual({ id: 1, result: {} });
      expect(server.last).toEqual({ method: 'notifications/cancelled', params: { requestId: first.id } });
      server.say(told('notifications/resources/updated', second.id, { uri: 'b:1' }));
      server.say(told('notifications/resources/updated', second.id, { uri: 'a:1/part' }));
      expect(await reader.said()).toEqual({ method: 'notifications/resources/updated', params: { uri: 'a:1/part' } });
    });

    it('refuses to watch what the server will not tell of, and what is beyond the limit', async () => {
      const { server, client, reader } = await opened({ maxWatched: 1 }, { resources: { subscribe: true } });
      await client.send(watch(1, 'a:1'));
      server.say(acknowledged(server.last.id, []));
      expect(await reader.said()).toMatchObject({ id: 1, error: { code: -32_602 } });
      await client.send(watch(2, 'a:1'));
      server.say({ id: server.last.id, error: { code: -32_603, message: 'limit' } });
      expect(await reader.said()).toMatchObject({ id: 2, error: {} });
      await client.send(watch(3, 'a:1'));
      server.say(acknowledged(server.last.id, ['a:1']));
      expect(await reader.said()).toEqual({ id: 3, result: {} });
      await client.send(watch(4, 'b:1'));
      expect(await reader.said()).toMatchObject({ id: 4, error: {} });
      await client.send(watch(5, 'a:1', 'unsubscribe'));
      expect(await reader.said()).toEqual({ id: 5, result: {} });
      expect(server.last).toMatchObject({ method: 'notifications/cancelled' });
      await client.send(messageOf({ id: 6, method: 'resources/subscribe' }));
      expect(await reader.said()).toMatchObject({ id: 6, error: { code: -32_602 } });
    });

    it('listens again, after a while and not for ever, when the server ends a subscription', async () => {
      const { server, reader, clock } = await opened({}, LISTS);
      for (let ends = 0; ends <= REOPENS_MAX; ends += 1) {
        const { id } = server.last;
        server.say(acknowledged(id));
        server.say({ id, result: { resultType: 'complete' } });
        await reader.settle();
        const sent = server.sent.length;
        clock.turn(REOPEN_MS - 1);
        expect(server.sent).toHaveLength(sent);
        clock.turn(1);
        expect(server.sent).toHaveLength(ends < REOPENS_MAX ? sent + 1 : sent);
      }
    });
  });

  it('asks whoever sends to wait when nobody reads', async () => {
    const { client, reader } = unopened();
    const ping = (id: number) => client.send(messageOf({ id, method: 'ping' }));
    for (let id = 1; id < KEPT_MAX; id += 1) await ping(id);
    let isTaken = false;
    const last = ping(KEPT_MAX).then(() => {
      isTaken = true;
    });
    await Promise.resolve();
    expect(isTaken).toBe(false);
    await reader.said();
    await last;
    expect(isTaken).toBe(true);
  });
});
