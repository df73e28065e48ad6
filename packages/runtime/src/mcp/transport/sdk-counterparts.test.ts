import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { McpServer as ServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport as HttpServerV1 } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { createMcpHandler, McpServer as ServerV2 } from '@modelcontextprotocol/server';
import type { McpEnd } from '@sallyport/mcp';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { after, nowMs } from '../../clock.ts';
import { type McpServerConfig, Secret } from '../../config/index.ts';
import { relay, serveSessions } from '../../testing/mcp-clients.ts';
import { MCP_JSON, transportParts } from '../../testing/mcp-ends.ts';
import { ClientSessions } from './client-sessions.ts';
import { openMcpServer } from './open-mcp-server.ts';
import { StdioClientEnd } from './stdio-client-end.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const LIMITS = {
  maxMessageBytes: 1_000_000,
  maxPending: 16,
  silenceMs: 30_000,
  startMs: 20_000,
  maxUnreadable: 4,
  maxMemoryBytes: 2 ** 40,
};
const COMMON = {
  name: 'notes',
  approvalHoldMs: 0,
  detectors: {},
  limits: LIMITS,
  revisions: ['2025-06-18', '2025-11-25', '2026-07-28'],
} as const;

const over = (url: string): McpServerConfig => ({ ...COMMON, transport: 'http', url, headers: {}, ca: undefined });
const started = (...args: string[]): McpServerConfig => ({
  ...COMMON,
  transport: 'stdio',
  command: process.execPath,
  args,
  cwd: process.cwd(),
  uid: undefined,
  gid: undefined,
  env: { PATH: new Secret(process.env.PATH ?? '') },
  restart: { firstMs: 10, maxMs: 1_000, tries: 2 },
});

async function listening(play: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const http = createServer(play);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
}

/** A gateway of nothing but transports. @returns its address */
async function between(config: McpServerConfig): Promise<string> {
  const sessions = new ClientSessions({
    config: {
      servers: { notes: config },
      sessions: { maxSessions: 10, maxPerPrincipal: 10, idleMs: 60_000, resumeBytes: 100_000 },
      allowedHosts: ['127.0.0.1'],
      allowedOrigins: [],
    },
    clock: { nowMs, after },
    json: MCP_JSON,
    heartbeatMs: 10_000,
    onSession: (end) => void relay(end, openMcpServer(config, transportParts())),
  });
  const served = await serveSessions(sessions);
  closing.push(served.close, () => sessions.close());
  return served.url;
}

/** Sessions of servers of the SDK, version 1. */
async function serveV1(): Promise<string> {
  const transports = new Map<string, HttpServerV1>();
  const play = async (request: IncomingMessage, response: ServerResponse) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new HttpServerV1({
      sessionIdGenerator: randomUUID,
      eventStore: new InMemoryEventStore(),
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    await noteServerV1().connect(transport as Transport);
    await transport.handleRequest(request, response);
  };
  return listening((request, response) => void play(request, response));
}

function noteServerV1(): ServerV1 {
  const server = new ServerV1({ name: 'sdk-v1', version: '1' }, { capabilities: { logging: {} } });
  server.registerTool('add', { inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }));
  server.registerTool('ask', {}, async () => {
    const answer = await server.server.elicitInput({
      message: 'your name?',
      requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
    });
    return { content: [{ type: 'text', text: JSON.stringify(answer.content) }] };
  });
  server.registerTool('steps', {}, async ({ _meta, sendNotification }) => {
    for (const progress of [1, 2]) {
      const params = { progressToken: _meta?.progressToken ?? '', progress };
      await sendNotification({ method: 'notifications/progress', params });
    }
    return { content: [] };
  });
  server.registerTool('grow', {}, () => {
    server.registerTool('grown', {}, () => ({ content: [] }));
    return { content: [] };
  });
  return server;
}

async function connectV1(url: string, transport: Transport = new HttpV1(new URL(url)) as Transport): Promise<ClientV1> {
  const client = new ClientV1({ name: 'client-v1', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada' } }));
  await client.connect(transport);
  closing.push(() => client.close());
  return client;
}

async function connectV2(url: string, mode: 'legacy' | { readonly pin: string }): Promise<ClientV2> {
  const client = new ClientV2({ name: 'client-v2', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new HttpV2(new URL(url)));
  closing.push(() => client.close());
  return client;
}

const ADD = { name: 'add', arguments: { a: 1, b: 2 } };
const THREE = { content: [{ type: 'text', text: '3' }] };

describe('the official SDK, version 1, over sessions', () => {
  test('lists, calls, is told of progress and of changes, and is asked, through both ends', async () => {
    const client = await connectV1(await between(over(await serveV1())));
    expect(client.getServerVersion()).toMatchObject({ name: 'sdk-v1' });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['add', 'ask', 'steps', 'grow']);
    expect(await client.callTool(ADD)).toMatchObject(THREE);
    const steps: number[] = [];
    await client.callTool({ name: 'steps' }, undefined, { onprogress: ({ progress }) => void steps.push(progress) });
    expect(steps).toEqual([1, 2]);
    expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: '{"name":"Ada"}' }] });
    await client.callTool({ name: 'grow' });
    await vi.waitFor(async () => expect((await client.listTools()).tools.at(-1)?.name).toBe('grown'));
    await expect(client.callTool({ name: 'nothing' })).resolves.toMatchObject({ isError: true });
  });

  test('ends its session, and begins another', async () => {
    const url = await between(over(await serveV1()));
    const transport = new HttpV1(new URL(url));
    const client = await connectV1(url, transport as Transport);
    await client.callTool(ADD);
    await transport.terminateSession();
    await expect(client.callTool(ADD)).rejects.toThrow();
    expect(await (await connectV1(url)).callTool(ADD)).toMatchObject(THREE);
  });

  test('reaches a server that is a process, such as the reference server', async () => {
    const require = createRequire(import.meta.url);
    const client = await connectV1(
      await between(started(require.resolve('@modelcontextprotocol/server-everything/dist/index.js'), 'stdio')),
    );
    expect((await client.listTools()).tools.length).toBeGreaterThan(5);
    expect(await client.callTool({ name: 'echo', arguments: { message: 'hello' } })).toMatchObject({
      content: [{ type: 'text', text: 'Echo: hello' }],
    });
    expect((await client.listResources()).resources.length).toBeGreaterThan(0);
  });

  test('speaks to us in lines, as a client that started us', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { maxMessageBytes, maxPending } = LIMITS;
    const end: McpEnd = new StdioClientEnd({
      input,
      output,
      maxMessageBytes,
      maxPending,
      json: MCP_JSON,
      clock: { nowMs, after },
    });
    void relay(end, openMcpServer(over(await serveV1()), transportParts()));
    const client = await connectV1('', linesOf(input, output));
    expect(await client.callTool(ADD)).toMatchObject(THREE);
    expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: '{"name":"Ada"}' }] });
  });
});

describe('the official SDK, version 2', () => {
  async function serveV2(): Promise<{ readonly url: string; readonly handler: ReturnType<typeof createMcpHandler> }> {
    const handler = createMcpHandler(() => {
      const server = new ServerV2({ name: 'sdk-v2', version: '1' }, { capabilities: { tools: { listChanged: true } } });
      server.registerTool('add', { inputSchema: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => ({
        content: [{ type: 'text', text: String(a + b) }],
      }));
      const region = z.string().meta({ 'x-mcp-header': 'Region' });
      server.registerTool('search', { inputSchema: z.object({ region }) }, ({ region: said }) => ({
        content: [{ type: 'text', text: said }],
      }));
      server.registerTool('ünï-code', {}, () => ({ content: [{ type: 'text', text: 'found' }] }));
      server.registerTool('for-ever', {}, () => new Promise(() => undefined));
      return server;
    });
    closing.push(() => handler.close());
    const play = toNodeHandler(handler);
    return { url: await listening((request, response) => void play(request as never, response as never)), handler };
  }

  test('lists and calls, request by request, and takes names that no header can hold', async () => {
    const { url } = await serveV2();
    const client = await connectV2(await between(over(url)), { pin: '2026-07-28' });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['add', 'search', 'ünï-code', 'for-ever']);
    expect(await client.callTool(ADD)).toMatchObject(THREE);
    expect(await client.callTool({ name: 'search', arguments: { region: 'Zürich' } })).toMatchObject({
      content: [{ text: 'Zürich' }],
    });
    expect(await client.callTool({ name: 'ünï-code' })).toMatchObject({ content: [{ text: 'found' }] });
    await expect(client.callTool({ name: 'for-ever' }, { timeout: 200 })).rejects.toThrow();
    expect(await client.callTool(ADD)).toMatchObject(THREE);
  });

  test('is told of changes that it subscribed to', async () => {
    const { url, handler } = await serveV2();
    const client = new ClientV2(
      { name: 'client-v2', version: '1' },
      {
        versionNegotiation: { mode: { pin: '2026-07-28' } },
        listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => void changes.push('tools') } },
      },
    );
    const changes: string[] = [];
    await client.connect(new HttpV2(new URL(await between(over(url)))));
    closing.push(() => client.close());
    await vi.waitFor(() => {
      handler.notify.toolsChanged();
      expect(changes).toContain('tools');
    });
  });

  test('reaches sessions of version 1, as a client of those days', async () => {
    const client = await connectV2(await between(over(await serveV1())), 'legacy');
    expect(await client.callTool(ADD)).toMatchObject(THREE);
  });

  test.each(['legacy', { pin: '2026-07-28' }] as const)('reaches a process of version 2, as %j', async (mode) => {
    const script = fileURLToPath(new URL('fixtures/sdk-v2-server.mjs', import.meta.url));
    const client = await connectV2(await between(started(script)), mode);
    expect(await client.callTool(ADD)).toMatchObject(THREE);
  });
});

/** The client's side of two streams of lines, with what the SDK reads and writes them with. */
function linesOf(toUs: PassThrough, fromUs: PassThrough): Transport {
  const lines = new ReadBuffer();
  const transport: Transport = {
    start: async () => {
      fromUs.on('data', (chunk: Buffer) => {
        lines.append(chunk);
        for (let message = lines.readMessage(); message !== null; message = lines.readMessage()) {
          transport.onmessage?.(message as JSONRPCMessage);
        }
      });
    },
    send: async (message) => void toUs.write(serializeMessage(message)),
    close: async () => void toUs.end(),
  };
  return transport;
}
