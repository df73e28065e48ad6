import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TEST_KEY, type TestGateway, testGateway } from '../testing/test-gateway.ts';

const require = createRequire(import.meta.url);
const FILES = join(require.resolve('@modelcontextprotocol/server-filesystem/package.json'), '..', 'dist', 'index.js');
const EVERYTHING = join(
  require.resolve('@modelcontextprotocol/server-everything/package.json'),
  '..',
  'dist',
  'index.js',
);
const headers = { authorization: `Bearer ${TEST_KEY}` };

let gateway: TestGateway;
let folder: string;
let modern: { readonly url: string; readonly close: () => Promise<unknown> };

/** A server that speaks 2026-07-28 and nothing else. */
async function modernServer() {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'modern', version: '1' });
    server.registerTool(
      'add',
      { description: 'Adds two numbers.', inputSchema: z.object({ a: z.number(), b: z.number() }) },
      async ({ a, b }) => ({ content: [{ type: 'text', text: `the sum is ${a + b}` }] }),
    );
    return server;
  });
  const serve = toNodeHandler(handler);
  const http = createServer((request, response) => void serve(request as Parameters<typeof serve>[0], response));
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/mcp`, close: () => new Promise((done) => http.close(done)) };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-files-'));
  writeFileSync(join(folder, 'minutes.txt'), 'Minutes of May: the roof is to be mended.');
  modern = await modernServer();
  gateway = await testGateway(`
mcp:
  servers:
    files: { command: ${process.execPath}, args: ['${FILES}', '${folder}'] }
    everything: { command: ${process.execPath}, args: ['${EVERYTHING}', stdio] }
    modern: { url: '${modern.url}' }
`);
}, 60_000);

afterAll(async () => {
  await gateway.end();
  await modern.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (server: string) => new URL(`${gateway.dataUrl}/mcp/${server}`);
const textOf = (result: unknown) => JSON.stringify((result as { content?: unknown }).content);

async function connectV1(server: string, capabilities: object = {}): Promise<ClientV1> {
  const client = new ClientV1({ name: 'v1', version: '1' }, { capabilities });
  await client.connect(new HttpV1(at(server), { requestInit: { headers } }) as Transport);
  return client;
}

async function connectV2(server: string, mode: 'auto' | 'legacy' = 'auto'): Promise<ClientV2> {
  const client = new ClientV2({ name: 'v2', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new HttpV2(at(server), { requestInit: { headers } }));
  return client;
}

describe('a client of the official SDK, at a server of others behind the gateway', () => {
  it('lists the tools of the file server, and reads a file, with records of both', async () => {
    const client = await connectV1('files');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('read_text_file');
    const result = await client.callTool({ name: 'read_text_file', arguments: { path: join(folder, 'minutes.txt') } });
    expect(textOf(result)).toContain('the roof is to be mended');
    const records = gateway.newest();
    expect(records.map(({ kind }) => kind)).toEqual(['opened', 'decided', 'closed']);
    expect(records[0]).toMatchObject({ provider: 'files', request: { protocol: 'mcp', route: 'mcp/files' } });
    expect(JSON.stringify(records)).not.toContain('roof');
    await client.close();
  });

  it('gets what the server of everything has: tools, resources, templates, prompts, completions, progress, logging', async () => {
    const client = await connectV1('everything');
    const echoed = await client.callTool({ name: 'echo', arguments: { message: 'hello there' } });
    expect(textOf(echoed)).toContain('hello there');
    const { resources } = await client.listResources();
    expect(resources.length).toBeGreaterThan(0);
    const read = await client.readResource({ uri: resources[0]?.uri ?? '' });
    expect(read.contents.length).toBeGreaterThan(0);
    expect((await client.listResourceTemplates()).resourceTemplates.length).toBeGreaterThan(0);
    const { prompts } = await client.listPrompts();
    const plain = prompts.find((prompt) => (prompt.arguments ?? []).length === 0);
    expect((await client.getPrompt({ name: plain?.name ?? '' })).messages.length).toBeGreaterThan(0);
    const seen: number[] = [];
    const slow = { name: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 2 } };
    await client.callTool(slow, undefined, { onprogress: ({ progress }) => void seen.push(progress) });
    expect(seen.length).toBeGreaterThan(0);
    await client.close();
  }, 60_000);

  it('answers what a server asks in the middle of a call', async () => {
    const client = await connectV1('everything', { elicitation: {}, sampling: {} });
    const asked: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      asked.push(params.message);
      return { action: 'decline' };
    });
    const { tools } = await client.listTools();
    const tool = tools.find(({ name }) => name.includes('elicitation'));
    await client.callTool({ name: tool?.name ?? '', arguments: {} });
    expect(asked.length).toBe(1);
    await client.close();
  }, 60_000);

  it('speaks 2026-07-28 to a server that speaks it', async () => {
    const client = await connectV2('modern');
    const result = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } });
    expect(textOf(result)).toContain('the sum is 5');
    await client.close();
  });

  it('speaks 2025-11-25 to a server that speaks 2026-07-28 alone, by the bridge', async () => {
    const client = await connectV1('modern');
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['add']);
    expect(textOf(await client.callTool({ name: 'add', arguments: { a: 2, b: 4 } }))).toContain('the sum is 6');
    await client.close();
  });

  it('speaks 2026-07-28 to a server of before, by the bridge', async () => {
    const client = await connectV2('files');
    const result = await client.callTool({ name: 'read_text_file', arguments: { path: join(folder, 'minutes.txt') } });
    expect(textOf(result)).toContain('the roof is to be mended');
    await client.close();
  });

  it('is told of arguments that are not what a tool takes, of tools that there are not, and of a path it may not read', async () => {
    const client = await connectV1('files');
    const misshapen = await client.callTool({ name: 'read_text_file', arguments: { path: 7 } });
    expect(misshapen).toMatchObject({ isError: true });
    await expect(client.callTool({ name: 'format_disk', arguments: {} })).rejects.toThrow(/no tool of this name/);
    const outside = await client.callTool({ name: 'read_text_file', arguments: { path: '/etc/hostname' } });
    expect(outside).toMatchObject({ isError: true });
    await client.close();
  });
});

describe('whoever may not come in', () => {
  it.each<[string, Record<string, string>, string, number]>([
    ['without a key', {}, 'files', 401],
    ['with a wrong one', { authorization: 'Bearer wrong' }, 'files', 401],
    ['at a server that there is not', headers, 'nowhere', 404],
    ['from another origin', { ...headers, origin: 'https://evil.example' }, 'files', 403],
  ])('is turned away %s', async (...[, shown, server, status]) => {
    const answer = await fetch(at(server), {
      method: 'POST',
      headers: { ...shown, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    });
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain('read_text_file');
  });
});
