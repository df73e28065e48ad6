import { Client as Client2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { Server as Server1 } from '@modelcontextprotocol/sdk/server/index.js';
import * as v1 from '@modelcontextprotocol/sdk/types.js';
import { inputRequired, Server as Server2 } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { isFault } from '@sallyport/core';
import { describe, expect, it, vi } from 'vitest';
import type { McpEnd } from '../end.ts';
import type { Revision } from '../revision/revisions.ts';
import { bridgeParts, clientTransport, serverEnd } from '../testing/ends.ts';
import { bridgeTo } from './bridge-to.ts';

function bridged(end: McpEnd, from: Revision, to: Revision): McpEnd {
  const bridge = bridgeTo(end, bridgeParts({ from, to }));
  if (isFault(bridge)) throw new Error(bridge.fault);
  return bridge;
}

const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const TOOL = { name: 'book', description: 'Books.', inputSchema: { type: 'object' as const } };
const SCHEMA = { type: 'object' as const, properties: { name: { type: 'string' as const } } };

/** A server of 2026-07-28, as the official SDK of v2 makes it. */
async function modernServer(build: (server: Server2) => void): Promise<McpEnd> {
  const { end, transport } = serverEnd();
  serveStdio(
    () => {
      const server = new Server2(
        { name: 'modern', version: '2' },
        {
          capabilities: {
            tools: { listChanged: true },
            prompts: {},
            resources: { subscribe: true, listChanged: true },
            completions: {},
            logging: {},
          },
          instructions: 'Be kind.',
        },
      );
      server.setRequestHandler('tools/list', async () => ({ tools: [TOOL] }));
      server.setRequestHandler('resources/list', async ({ params }) =>
        params?.cursor === undefined
          ? { resources: [{ uri: 'a:1', name: 'one' }], nextCursor: 'page 2' }
          : { resources: [{ uri: 'a:2', name: 'two' }] },
      );
      server.setRequestHandler('resources/read', async ({ params }) => ({
        contents: [{ uri: params.uri, text: 'read' }],
      }));
      server.setRequestHandler('prompts/get', async () => ({
        messages: [{ role: 'user' as const, content: { type: 'text' as const, text: 'Hi.' } }],
      }));
      server.setRequestHandler('completion/complete', async () => ({ completion: { values: ['x'] } }));
      build(server);
      return server;
    },
    { transport: transport as never, legacy: 'reject' },
  );
  return end;
}

/** A client of 2025-11-25, as the official SDK of v1 makes it, in front of a server of 2026-07-28. */
async function legacyClient(build: (server: Server2) => void): Promise<Client1> {
  const bridge = bridged(await modernServer(build), '2025-11-25', '2026-07-28');
  const client = new Client1({ name: 'legacy', version: '1' }, { capabilities: CAPABILITIES });
  await client.connect(clientTransport(bridge) as never);
  return client;
}

/** A server of 2025-11-25, as the official SDK of v1 makes it. */
async function legacyServer(build: (server: Server1) => void): Promise<McpEnd> {
  const { end, transport } = serverEnd();
  const server = new Server1(
    { name: 'legacy', version: '1' },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: {},
        resources: { subscribe: true, listChanged: true },
        completions: {},
        logging: {},
      },
      instructions: 'Be kind.',
    },
  );
  server.setRequestHandler(v1.ListToolsRequestSchema, async () => ({ tools: [TOOL] }));
  server.setRequestHandler(v1.ListResourcesRequestSchema, async ({ params }) =>
    params?.cursor === undefined
      ? { resources: [{ uri: 'a:1', name: 'one' }], nextCursor: 'page 2' }
      : { resources: [{ uri: 'a:2', name: 'two' }] },
  );
  server.setRequestHandler(v1.ReadResourceRequestSchema, async ({ params }) => ({
    contents: [{ uri: params.uri, text: 'read' }],
  }));
  server.setRequestHandler(v1.GetPromptRequestSchema, async () => ({
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text: 'Hi.' } }],
  }));
  server.setRequestHandler(v1.CompleteRequestSchema, async () => ({ completion: { values: ['x'] } }));
  build(server);
  await server.connect(transport as never);
  return end;
}

async function modernClient(build: (server: Server1) => void): Promise<Client2> {
  const bridge = bridged(await legacyServer(build), '2026-07-28', '2025-11-25');
  const client = new Client2(
    { name: 'modern', version: '2' },
    { capabilities: CAPABILITIES, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  client.setRequestHandler('elicitation/create', async () => ({ action: 'accept' as const, content: { name: 'Ann' } }));
  client.setRequestHandler('sampling/createMessage', async () => ({
    role: 'assistant' as const,
    model: 'm',
    content: { type: 'text' as const, text: 'Said.' },
  }));
  client.setRequestHandler('roots/list', async () => ({ roots: [{ uri: 'file:///r' }] }));
  await client.connect(clientTransport(bridge) as never);
  return client;
}

const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });

describe('bridgeTo() between a client of SDK v1 and a server of SDK v2', () => {
  it('shakes hands, lists in pages, reads, prompts, completes and calls', async () => {
    const client = await legacyClient((server) => {
      server.setRequestHandler('tools/call', async ({ params }) =>
        text(`called ${params.name} ${JSON.stringify(params.arguments)}`),
      );
    });
    expect(client.getServerVersion()).toMatchObject({ name: 'modern', version: '2' });
    expect(client.getInstructions()).toBe('Be kind.');
    expect(client.getServerCapabilities()).toMatchObject({ tools: { listChanged: true } });
    await expect(client.ping()).resolves.toEqual({});
    expect((await client.listTools()).tools).toEqual([TOOL]);
    const first = await client.listResources();
    expect(first.nextCursor).toBe('page 2');
    expect((await client.listResources({ cursor: 'page 2' })).resources).toMatchObject([{ uri: 'a:2' }]);
    expect((await client.readResource({ uri: 'a:1' })).contents).toEqual([{ uri: 'a:1', text: 'read' }]);
    expect((await client.getPrompt({ name: 'p' })).messages).toHaveLength(1);
    const ref = { type: 'ref/prompt' as const, name: 'p' };
    expect((await client.complete({ ref, argument: { name: 'a', value: 'b' } })).completion.values).toEqual(['x']);
    const result = await client.callTool({ name: 'book', arguments: { day: 1 } });
    expect(result).toEqual(text('called book {"day":1}'));
    await client.close();
  });

  it('asks the client as a server of 2025-11-25 does, in as many rounds as the server wants', async () => {
    const client = await legacyClient((server) => {
      server.setRequestHandler('tools/call', async (_request, ctx) => {
        const state = ctx.mcpReq.requestState<string>();
        if (state === undefined) {
          return inputRequired({
            inputRequests: {
              'who "?"': inputRequired.elicit({ message: 'Who?', requestedSchema: SCHEMA }),
              page: inputRequired.elicitUrl({ message: 'Visit.', url: 'https://example.test/' }),
            },
            requestState: 'one "1"',
          });
        }
        if (state === 'one "1"') {
          return inputRequired({
            inputRequests: {
              say: inputRequired.createMessage({
                messages: [{ role: 'user', content: { type: 'text', text: 'Say.' } }],
                maxTokens: 5,
              }),
              roots: inputRequired.listRoots(),
            },
            requestState: `two ${JSON.stringify(ctx.mcpReq.inputResponses)}`,
          });
        }
        return text(`${state} ${JSON.stringify(ctx.mcpReq.inputResponses)}`);
      });
    });
    const asked: unknown[] = [];
    client.setRequestHandler(v1.ElicitRequestSchema, async ({ params }) => {
      asked.push(params);
      return params.mode === 'url'
        ? { action: 'accept' as const }
        : { action: 'accept' as const, content: { name: 'Ann' } };
    });
    client.setRequestHandler(v1.CreateMessageRequestSchema, async () => ({
      role: 'assistant' as const,
      model: 'm',
      content: { type: 'text' as const, text: 'Said.' },
    }));
    client.setRequestHandler(v1.ListRootsRequestSchema, async () => ({ roots: [{ uri: 'file:///r' }] }));
    const result = (await client.callTool({ name: 'book' })) as { content: readonly { text: string }[] };
    const said = result.content[0]?.text ?? '';
    expect(said).toMatch(/^two .*"who \\"\?\\"":\{.*"name":"Ann"/);
    expect(said).toContain('"Said."');
    expect(said).toContain('"file:///r"');
    expect(asked).toMatchObject([{ message: 'Who?' }, { mode: 'url', elicitationId: expect.any(String) }]);
    await client.close();
  });

  it('says in the result of the tool that the client would not answer', async () => {
    const client = await legacyClient((server) => {
      server.setRequestHandler('tools/call', async () =>
        inputRequired({ inputRequests: { a: inputRequired.elicit({ message: 'Who?', requestedSchema: SCHEMA }) } }),
      );
    });
    client.setRequestHandler(v1.ElicitRequestSchema, async () => {
      throw new Error('no');
    });
    expect(await client.callTool({ name: 'book' })).toMatchObject({ isError: true });
    await client.close();
  });

  it('brings changes of lists and of resources, and ends when the client wants no more', async () => {
    let live: Server2 | undefined;
    const client = await legacyClient((server) => {
      live = server;
    });
    const lists = vi.fn();
    const updates: string[] = [];
    client.setNotificationHandler(v1.ToolListChangedNotificationSchema, lists);
    client.setNotificationHandler(v1.ResourceUpdatedNotificationSchema, ({ params }) => void updates.push(params.uri));
    await client.subscribeResource({ uri: 'a:1' });
    await live?.sendToolListChanged();
    await live?.sendResourceUpdated({ uri: 'a:1' });
    await live?.sendResourceUpdated({ uri: 'b:1' });
    await vi.waitFor(() => expect(updates).toEqual(['a:1']));
    expect(lists).toHaveBeenCalledTimes(1);
    await client.unsubscribeResource({ uri: 'a:1' });
    await live?.sendResourceUpdated({ uri: 'a:1' });
    await live?.sendToolListChanged();
    await vi.waitFor(() => expect(lists).toHaveBeenCalledTimes(2));
    expect(updates).toEqual(['a:1']);
    await client.close();
  });

  it('brings progress, logs of the level that was asked for, and cancellation', async () => {
    let isAborted = false;
    const client = await legacyClient((server) => {
      server.setRequestHandler('tools/call', async ({ params }, ctx) => {
        if (params.name === 'wait') {
          return new Promise((resolve) => {
            ctx.mcpReq.signal.addEventListener('abort', () => {
              isAborted = true;
              resolve(text('late'));
            });
          });
        }
        await ctx.mcpReq.log('debug', 'quiet');
        await ctx.mcpReq.log('error', 'loud');
        const progressToken = ctx.mcpReq._meta?.progressToken;
        if (progressToken !== undefined) {
          await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
        }
        return text('done');
      });
    });
    const logs: unknown[] = [];
    client.setNotificationHandler(v1.LoggingMessageNotificationSchema, ({ params }) => void logs.push(params.data));
    await client.setLoggingLevel('warning');
    const progress = vi.fn();
    await client.callTool({ name: 'book' }, undefined, { onprogress: progress });
    expect(progress).toHaveBeenCalledWith({ progress: 1 });
    expect(logs).toEqual(['loud']);
    const abort = new AbortController();
    const waiting = client.callTool({ name: 'wait' }, undefined, { signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toThrow();
    await vi.waitFor(() => expect(isAborted).toBe(true));
    await client.close();
  });
});

describe('bridgeTo() between a client of SDK v2 and a server of SDK v1', () => {
  it('discovers, lists in pages, reads, prompts, completes and calls', async () => {
    const client = await modernClient((server) => {
      server.setRequestHandler(v1.CallToolRequestSchema, async ({ params }) =>
        text(`called ${params.name} ${JSON.stringify(params.arguments)} ${JSON.stringify(params._meta)}`),
      );
    });
    expect(client.getServerVersion()).toMatchObject({ name: 'legacy', version: '1' });
    expect(client.getInstructions()).toBe('Be kind.');
    expect((await client.listTools()).tools).toEqual([TOOL]);
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toContain('a:1');
    expect((await client.readResource({ uri: 'a:1' })).contents).toEqual([{ uri: 'a:1', text: 'read' }]);
    expect((await client.getPrompt({ name: 'p' })).messages).toHaveLength(1);
    const ref = { type: 'ref/prompt' as const, name: 'p' };
    expect((await client.complete({ ref, argument: { name: 'a', value: 'b' } })).completion.values).toEqual(['x']);
    const result = await client.callTool({ name: 'book', arguments: { day: 1 } });
    expect(result.content).toEqual(text('called book {"day":1} undefined').content);
    await client.close();
  });

  it('hands the questions of the server on as results, and its answers back', async () => {
    const client = await modernClient((server) => {
      server.setRequestHandler(v1.CallToolRequestSchema, async () => {
        const who = await server.elicitInput({ message: 'Who?', requestedSchema: SCHEMA });
        const say = await server.createMessage({
          messages: [{ role: 'user', content: { type: 'text', text: 'Say.' } }],
          maxTokens: 5,
        });
        const { roots } = await server.listRoots();
        return text(JSON.stringify([who, say.content, roots]));
      });
    });
    const result = await client.callTool({ name: 'book' });
    const [said] = result.content as readonly { text: string }[];
    expect(JSON.parse(said?.text ?? '')).toEqual([
      { action: 'accept', content: { name: 'Ann' } },
      { type: 'text', text: 'Said.' },
      [{ uri: 'file:///r' }],
    ]);
    await client.close();
  });

  it('hands on questions that the server asks at once', async () => {
    const client = await modernClient((server) => {
      server.setRequestHandler(v1.CallToolRequestSchema, async () => {
        const asked = [1, 2, 3].map((n) => server.elicitInput({ message: `Who ${n}?`, requestedSchema: SCHEMA }));
        return text(String((await Promise.all(asked)).length));
      });
    });
    expect((await client.callTool({ name: 'book' })).content).toEqual(text('3').content);
    await client.close();
  });

  it('makes a question of pages that must be visited first', async () => {
    let tries = 0;
    const client = await modernClient((server) => {
      server.setRequestHandler(v1.CallToolRequestSchema, async () => {
        tries += 1;
        if (tries > 1) return text('done');
        throw new v1.UrlElicitationRequiredError([
          { mode: 'url', message: 'Visit.', url: 'https://example.test/', elicitationId: 'e1' },
        ]);
      });
    });
    expect((await client.callTool({ name: 'book' })).content).toEqual(text('done').content);
    expect(tries).toBe(2);
    await client.close();
  });

  it('serves subscriptions to lists and resources', async () => {
    let live: Server1 | undefined;
    const watched: string[] = [];
    const client = await modernClient((server) => {
      live = server;
      server.setRequestHandler(v1.SubscribeRequestSchema, async ({ params }) => {
        if (params.uri === 'no:1') throw new Error('no');
        watched.push(params.uri);
        return {};
      });
      server.setRequestHandler(v1.UnsubscribeRequestSchema, async ({ params }) => {
        watched.splice(watched.indexOf(params.uri), 1);
        return {};
      });
    });
    const lists = vi.fn();
    const updates: string[] = [];
    client.setNotificationHandler('notifications/tools/list_changed', lists);
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updates.push(params.uri));
    const subscription = await client.listen({
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ['a:1', 'no:1'],
    });
    expect(subscription.honoredFilter).toEqual({ toolsListChanged: true, resourceSubscriptions: ['a:1'] });
    await live?.sendToolListChanged();
    await live?.sendResourceUpdated({ uri: 'a:1' });
    await live?.sendResourceUpdated({ uri: 'b:1' });
    await vi.waitFor(() => expect(updates).toEqual(['a:1']));
    expect(lists).toHaveBeenCalledTimes(1);
    await subscription.close();
    await vi.waitFor(() => expect(watched).toEqual([]));
    await client.close();
  });

  it('brings progress over rounds of questions, logs to who asked for them, and cancellation', async () => {
    let isCalled = false;
    let isAborted = false;
    const client = await modernClient((server) => {
      server.setRequestHandler(v1.CallToolRequestSchema, async ({ params }, extra) => {
        if (params.name === 'wait') {
          isCalled = true;
          return new Promise((resolve) => {
            extra.signal.addEventListener('abort', () => {
              isAborted = true;
              resolve(text('late'));
            });
          });
        }
        await server.elicitInput({ message: 'Who?', requestedSchema: SCHEMA });
        const progressToken = params._meta?.progressToken;
        if (progressToken !== undefined) {
          await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 7 } });
        }
        return text('done');
      });
    });
    const progress: number[] = [];
    await client.callTool({ name: 'book' }, { onprogress: (each) => void progress.push(each.progress) });
    expect(progress).toContain(7);
    const abort = new AbortController();
    const waiting = client.callTool({ name: 'wait' }, { signal: abort.signal });
    await vi.waitFor(() => expect(isCalled).toBe(true));
    abort.abort();
    await expect(waiting).rejects.toThrow();
    await vi.waitFor(() => expect(isAborted).toBe(true));
    await client.close();
  });
});
