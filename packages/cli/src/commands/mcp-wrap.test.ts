import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, afterEach, describe, expect, it, test, vi } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const require = createRequire(import.meta.url);
const FILES = join(require.resolve('@modelcontextprotocol/server-filesystem/package.json'), '..', 'dist', 'index.js');
const bin = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url));
const isBuilt = existsSync(new URL('../../dist/main.js', import.meta.url));
if (!isBuilt)
  process.stderr.write('skipped: the command is not built, `sallyport mcp wrap` was not run as a process\n');

const root = mkdtempSync(join(tmpdir(), 'sallyport-wrapped-'));
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What it does is said by its first argument; the second is a file for its process id. */
const SERVER = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const [mode, pids] = process.argv.slice(2);
appendFileSync(pids, process.pid + '\\n');
if (mode === 'crash') process.exit(1);
if (mode === 'garbage') process.stdout.write('TOP SECRET greeting\\n'.repeat(40));
if (mode === 'oversized') process.stdout.write('x'.repeat(9_000_000) + '\\n');
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'tiny', version: '1' } } });
  else if (method === 'tools/list') say({ id, result: { tools: [{ name: 'hang', description: 'Never answers.', inputSchema: { type: 'object' } }] } });
}
`;
const server = join(root, 'server.mjs');
writeFileSync(server, SERVER);

let folders = 0;

/** A folder of its own for what a wrap keeps, and the file in which its servers note themselves. */
function place() {
  folders += 1;
  return { data: join(root, `data-${folders}`), pids: join(root, `pids-${folders}`) };
}

const argsOf = (data: string, command: readonly string[]) => [
  bin,
  'mcp',
  'wrap',
  '--name',
  'tiny',
  '--data',
  data,
  '--',
  ...command,
];

interface Wrap {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  readonly lines: AsyncIterator<string>;
  readonly said: () => string;
  readonly told: () => string;
}

/** `sallyport mcp wrap` as a process, without a client: its lines are written and read here. */
function wrapped(data: string, command: readonly string[]): Wrap {
  const child = spawn(process.execPath, argsOf(data, command), {
    cwd: root,
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  started.push(child);
  const exited = once(child, 'exit');
  let [said, told] = ['', ''];
  child.stdout.on('data', (text) => (said += text));
  child.stderr.on('data', (text) => (told += text));
  child.stdin.on('error', () => undefined);
  const reader: Interface = createInterface({ input: child.stdout });
  return { child, exited, lines: reader[Symbol.asyncIterator](), said: () => said, told: () => told };
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'lines', version: '1' } },
};

async function ask({ child, lines }: Pick<Wrap, 'child' | 'lines'>, message: object): Promise<unknown> {
  child.stdin?.write(`${JSON.stringify(message)}\n`);
  const { value } = await lines.next();
  return JSON.parse(String(value));
}

const pidsIn = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function allGone(file: string): Promise<void> {
  expect(pidsIn(file).length).toBeGreaterThan(0);
  await vi.waitFor(() => expect(pidsIn(file).filter(isAlive)).toEqual([]), { timeout: 20_000 });
}

async function isWhole(data: string): Promise<boolean> {
  return (await main(['audit', 'verify', '--data', data], capturedTerminal())) === 0;
}

describe.skipIf(!isBuilt)('sallyport mcp wrap, as a process', { timeout: 120_000 }, () => {
  it('guards the file server for a client of the official SDK, and is gone with it', async () => {
    const { data } = place();
    writeFileSync(join(root, 'minutes.txt'), 'the roof is to be mended');
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: argsOf(data, [process.execPath, FILES, root]),
      env: { PATH: process.env.PATH ?? '' },
      stderr: 'ignore',
    });
    const client = new Client({ name: 'desktop', version: '1' });
    await client.connect(transport, { timeout: 60_000 });
    const { pid } = transport;
    const called = { name: 'read_text_file', arguments: { path: join(root, 'minutes.txt') } };
    const result = await client.callTool(called, undefined, { timeout: 60_000 });
    expect(JSON.stringify(result.content)).toContain('the roof is to be mended');
    await client.close();
    await vi.waitFor(() => expect(isAlive(pid ?? 0)).toBe(false), { timeout: 20_000 });
    expect(await isWhole(data)).toBe(true);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends at %s, its server too, with a call under way', async (signal) => {
    const { data, pids } = place();
    const wrap = wrapped(data, [process.execPath, server, 'plain', pids]);
    expect(await ask(wrap, INITIALIZE)).toMatchObject({ id: 1, result: {} });
    const call = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'hang', arguments: {} } };
    wrap.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
    wrap.child.stdin?.write(`${JSON.stringify(call)}\n`);
    wrap.child.kill(signal);
    expect(await wrap.exited).toEqual([0, null]);
    expect(wrap.told()).toBe(`ended: ${signal} came\n`);
    await allGone(pids);
    for (const line of wrap.said().trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(await isWhole(data)).toBe(true);
  });

  it('leaves neither a server nor a broken log behind when it is killed, and starts again', async () => {
    const { data, pids } = place();
    const wrap = wrapped(data, [process.execPath, server, 'plain', pids]);
    expect(await ask(wrap, INITIALIZE)).toMatchObject({ id: 1, result: {} });
    wrap.child.kill('SIGKILL');
    expect(await wrap.exited).toEqual([null, 'SIGKILL']);
    await allGone(pids);
    const again = wrapped(data, [process.execPath, server, 'plain', pids]);
    expect(await ask(again, INITIALIZE)).toMatchObject({ id: 1, result: {} });
    again.child.stdin?.end();
    expect(await again.exited).toEqual([0, null]);
    expect(again.told()).toBe('ended: the client is gone\n');
    expect(await isWhole(data)).toBe(true);
  });

  it('says that another one has its folder, to people alone', async () => {
    const { data, pids } = place();
    const first = wrapped(data, [process.execPath, server, 'plain', pids]);
    expect(await ask(first, INITIALIZE)).toMatchObject({ id: 1, result: {} });
    const second = wrapped(data, [process.execPath, server, 'plain', pids]);
    expect(await second.exited).toEqual([1, null]);
    expect([second.said(), second.told()]).toEqual(['', expect.stringContaining('(STORE_LOCKED)')]);
    expect(await ask(first, { jsonrpc: '2.0', id: 2, method: 'ping' })).toMatchObject({ id: 2, result: {} });
  });

  test.each(['crash', 'garbage', 'oversized'])(
    'answers for a server that does: %s, in words of its own',
    async (mode) => {
      const { data, pids } = place();
      const wrap = wrapped(data, [process.execPath, server, mode, pids]);
      expect(await ask(wrap, INITIALIZE)).toMatchObject({ id: 1, error: { code: -32012 } });
      wrap.child.stdin?.end();
      expect(await wrap.exited).toEqual([0, null]);
      expect(wrap.told()).toContain('ended: the client is gone; there was no server');
      expect(`${wrap.said()}${wrap.told()}`).not.toContain('TOP SECRET');
      await allGone(pids);
    },
  );

  it('takes no line of its client that is none, and ends at one without an end', async () => {
    const { data, pids } = place();
    const wrap = wrapped(data, [process.execPath, server, 'plain', pids]);
    expect(await ask(wrap, INITIALIZE)).toMatchObject({ id: 1, result: {} });
    wrap.child.stdin?.write('no protocol\n');
    expect(JSON.parse(String((await wrap.lines.next()).value))).toMatchObject({ error: { code: -32700 } });
    wrap.child.stdin?.write('x'.repeat(8 * 1_048_576 + 1));
    expect(JSON.parse(String((await wrap.lines.next()).value))).toMatchObject({ error: { code: -32600 } });
    expect(await wrap.exited).toEqual([0, null]);
    expect(wrap.told()).toBe('ended: the client says more at once than `limits.maxMessageBytes`\n');
    await allGone(pids);
  });
});
