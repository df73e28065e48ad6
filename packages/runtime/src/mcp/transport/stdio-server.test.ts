import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type McpStdioConfig, Secret } from '../../config/index.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { EndReader, mcp, saidBy, transportParts } from '../../testing/mcp-ends.ts';
import { ASK_TO_END_MS, KILL_MS } from './server-process.ts';
import { StdioServer } from './stdio-server.ts';
import type { TransportParts } from './transport-parts.ts';
import { USAGE_EVERY_MS } from './usage-watch.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/line-server.mjs', import.meta.url));
const LIMITS = {
  maxMessageBytes: 65_536,
  maxPending: 8,
  silenceMs: 60_000,
  startMs: 30_000,
  maxUnreadable: 3,
  maxMemoryBytes: 2 ** 40,
};

const open: StdioServer[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) {
    if (isAlive(server.pid)) process.kill(server.pid ?? 0, 'SIGKILL');
    void server.close();
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly limits?: Partial<McpStdioConfig['limits']>;
  readonly restart?: Partial<McpStdioConfig['restart']>;
  readonly parts?: Partial<TransportParts>;
  readonly more?: Partial<McpStdioConfig>;
}

function start(mode: string, { limits, restart, parts, more }: Started = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-stdio-'));
  folders.push(folder);
  const lives = join(folder, 'lives');
  const server = new StdioServer(
    {
      name: 'fixture',
      transport: 'stdio',
      command: process.execPath,
      args: [FIXTURE, mode, lives],
      cwd: folder,
      env: {},
      uid: undefined,
      gid: undefined,
      revisions: ['2025-11-25'],
      approvalHoldMs: 0,
      detectors: {},
      limits: { ...LIMITS, ...limits },
      restart: { firstMs: 1, maxMs: 60_000, tries: 3, ...restart },
      ...more,
    },
    transportParts(parts),
  );
  open.push(server);
  const pids = () => (existsSync(lives) ? readFileSync(lives, 'utf8').trim().split('\n').map(Number) : []);
  return { server, reader: new EndReader(server), pids, folder };
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    // Who has ended may still be listed, until somebody asks how.
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

const initialize = (id: string | number = 'init') =>
  mcp({
    id,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
  });
const initialized = mcp({ method: 'notifications/initialized' });
const call = (id: string | number, method = 'tools/call', params: object = {}) => mcp({ id, method, params });

describe('StdioServer', () => {
  test('gives a request its answer, over lines that hold one message each', async () => {
    const { server, reader } = start('plain');
    await server.send(mcp({ id: 1, method: 'tools/call', params: { text: 'a\nb' } }));
    expect(await reader.said()).toMatchObject({ id: 1, result: { method: 'tools/call' } });
  });

  test('gives the process the environment and the folder of its configuration, and nothing of ours', async () => {
    const env = { TOKEN: new Secret('t'), PATH: new Secret('/bin') };
    const { server, reader, folder } = start('plain', { more: { env } });
    await server.send(call(1, 'environment'));
    const { result } = (await reader.said()) as { result: { env: object; cwd: string } };
    const { __CF_USER_TEXT_ENCODING: _macOs, ...rest } = result.env as Record<string, string>;
    expect(rest).toEqual({ TOKEN: 't', PATH: '/bin' });
    expect(result.cwd).toContain(folder);
  });

  test('starts no shell: what a shell would read is an argument like any other', async () => {
    const { server, reader, folder } = start('plain', {
      more: { args: [FIXTURE, 'plain; touch shelled', '$(touch lives)'] },
    });
    await server.send(call(1));
    await reader.said();
    expect([existsSync(join(folder, 'shelled')), existsSync(join(folder, '$(touch lives)'))]).toEqual([false, true]);
  });

  test('tells of a program that is not there as gone, after its tries', async () => {
    const { server, reader } = start('plain', { more: { command: '/no/such/program' } });
    await server.send(call(1));
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 1, reason: 'gone' },
      { kind: 'ended', reason: 'gone' },
    ]);
  });

  test('ends a crash loop after its tries, and starts no further process', async () => {
    const { server, reader, pids } = start('crash');
    expect(await reader.rest()).toEqual([{ kind: 'ended', reason: 'gone' }]);
    expect(new Set(pids()).size).toBe(4);
    await server.send(call(1));
    await server.close();
    expect(pids()).toHaveLength(4);
  });

  test('starts a process that died again, tells it what the client had told the one before, and goes on', async () => {
    const { server, reader, pids } = start('plain');
    await server.send(initialize());
    const first = await reader.said();
    await server.send(initialized);
    await server.send(call(1, 'die'));
    expect(await reader.next()).toEqual({ kind: 'lost', id: 1, reason: 'gone' });
    await server.send(call(2));
    const second = (await reader.said()) as { id: number; result: { pid: number; calls: number } };
    expect(first).toMatchObject({ result: { serverInfo: { name: 'fixture' } } });
    expect(second).toMatchObject({ id: 2, result: { pid: pids()[1], calls: 2 } });
  });

  test('ends where a process that was started again says something else of itself', async () => {
    const { server, reader } = start('changing');
    await server.send(initialize());
    await reader.said();
    await server.send(call(1, 'die'));
    await server.send(call(2));
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 1, reason: 'gone' },
      { kind: 'lost', id: 2, reason: 'gone' },
      { kind: 'ended', reason: 'gone' },
    ]);
  });

  test('keeps ids of requests unique over lives, and takes back those of a life that is over', async () => {
    const { server, reader } = start('plain');
    await server.send(call(1, 'ask'));
    expect(await reader.said()).toEqual({ id: 0, method: 'roots/list' });
    await server.send(call(2, 'die'));
    const told = [await reader.next(), await reader.next()];
    expect(told).toEqual([
      { kind: 'lost', id: 1, reason: 'gone' },
      { kind: 'lost', id: 2, reason: 'gone' },
    ]);
    expect(await reader.said()).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 0 } });
    await server.send(mcp({ id: 0, result: { roots: [] } }));
    await server.send(call(3, 'ask'));
    const { id } = await reader.said();
    expect(id).toBe('1:n0');
    await server.send(mcp({ id, result: { roots: [] } }));
    await server.send(call(4));
    expect(await reader.said()).toMatchObject({ id: 4 });
  });

  test('reads over lines that are no message, up to their bound, and ends the process beyond it', async () => {
    const { server, reader } = start('greeting', { limits: { maxUnreadable: 2 } });
    await server.send(call(1));
    expect(await reader.said()).toMatchObject({ id: 1 });
    const beyond = start('greeting', { limits: { maxUnreadable: 1 }, restart: { tries: 0 } });
    expect(await beyond.reader.rest()).toEqual([{ kind: 'ended', reason: 'unreadable' }]);
  });

  test('loses what is under way to a process that says only garbage', async () => {
    const { server, reader } = start('garbage', { restart: { tries: 0 } });
    await server.send(call(1));
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 1, reason: 'unreadable' },
      { kind: 'ended', reason: 'unreadable' },
    ]);
  });

  test('ends a process whose line has no end', async () => {
    const { reader, pids } = start('endless', { restart: { tries: 0 } });
    expect(await reader.rest()).toEqual([{ kind: 'ended', reason: 'too-large' }]);
    await vi.waitFor(() => expect(pids().some(isAlive)).toBe(false));
  });

  test('reads a message as large as its bound, and ends the process at one that is larger', async () => {
    const answer = JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { data: 'x'.repeat(1_000) },
    });
    const at = start('flood', { limits: { maxMessageBytes: answer.length } });
    expect(await at.reader.said()).toMatchObject({ method: 'notifications/message' });
    const beyond = start('flood', { limits: { maxMessageBytes: answer.length - 1 }, restart: { tries: 0 } });
    expect(await beyond.reader.rest()).toEqual([{ kind: 'ended', reason: 'too-large' }]);
  });

  test('takes half a line of a process that ends for nothing', async () => {
    const { server, reader } = start('half', { restart: { tries: 0 } });
    await server.send(call(1));
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 1, reason: 'gone' },
      { kind: 'ended', reason: 'gone' },
    ]);
  });

  test('hands on a flood as fast as it is read, and all of it', async () => {
    const { reader } = start('flood');
    for (let at = 0; at < 2_000; at += 1) expect((await reader.next())?.kind).toBe('message');
  });

  test('keeps nothing of what is said on standard error', async () => {
    const { server, reader } = start('noisy');
    await server.send(call(1));
    expect(await reader.said()).toMatchObject({ id: 1 });
    expect(JSON.stringify(server)).not.toContain('secret-of-the-server');
  });

  test('refuses requests of the server beyond the bound', async () => {
    const { server, reader } = start('asks', { limits: { maxPending: 3 } });
    const asked = [await reader.said(), await reader.said(), await reader.said()].map(({ id }) => id);
    expect(asked).toEqual([0, 1, 2]);
    await server.send(call('after'));
    expect(await reader.said()).toMatchObject({ id: 'after' });
  });

  test('drops answers to what was not asked', async () => {
    const clock = new ManualClock();
    const { server, reader } = start('wrong-id', { parts: { clock }, limits: { silenceMs: 100, startMs: 1_000 } });
    await server.send(call(1));
    const told = reader.next();
    await clock.pass(100);
    expect(await told).toEqual({ kind: 'lost', id: 1, reason: 'silent' });
  });

  test('loses a request to silence, counted from its last progress', async () => {
    const clock = new ManualClock();
    const { server, reader } = start('plain', { parts: { clock }, limits: { silenceMs: 1_000 } });
    await clock.pass(500);
    await server.send(call(1, 'progress', { _meta: { progressToken: 'p' } }));
    await clock.pass(600);
    expect(await reader.said()).toMatchObject({ method: 'notifications/progress' });
    const told = reader.next();
    await clock.pass(399);
    await server.send(call(2));
    expect(await told).toMatchObject({ kind: 'message', message: { id: 2 } });
    await clock.pass(1_000);
    expect(await reader.next()).toEqual({ kind: 'lost', id: 1, reason: 'silent' });
  });

  test('ends a process that says nothing when it is first asked', async () => {
    const clock = new ManualClock();
    const { server, reader } = start('mute', { parts: { clock }, limits: { startMs: 500 }, restart: { tries: 0 } });
    await server.send(initialize());
    await clock.pass(499);
    expect(isAlive(server.pid)).toBe(true);
    await clock.pass(1);
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 'init', reason: 'silent' },
      { kind: 'ended', reason: 'silent' },
    ]);
  });

  test('close() ends the input of the process, and tells what was under way as lost', async () => {
    const { server, reader, pids } = start('plain');
    await server.send(initialize());
    await reader.said();
    await server.send(call(1, 'ask'));
    await reader.said();
    await server.close();
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 1, reason: 'gone' },
      { kind: 'ended', reason: 'closed' },
    ]);
    expect(pids().some(isAlive)).toBe(false);
  });

  test('close() ends a process that does not want to end, with all that it started', async () => {
    const clock = new ManualClock();
    const { server, reader, pids } = start('stubborn', { parts: { clock } });
    await server.send(call(1));
    await reader.said();
    const closed = server.close();
    await clock.pass(ASK_TO_END_MS + KILL_MS - 1);
    expect([pids().length, isAlive(pids()[0])]).toEqual([2, true]);
    await clock.pass(1);
    await closed;
    await vi.waitFor(() => expect(pids().some(isAlive)).toBe(false));
  });

  test.runIf(process.platform === 'linux')('ends a process that takes more memory than it may', async () => {
    const clock = new ManualClock();
    const limits = { maxMemoryBytes: 90 * 1_048_576 };
    const { server, reader } = start('hungry', { limits, restart: { tries: 0 }, parts: { clock } });
    await server.send(call(1));
    await reader.said();
    await clock.pass(USAGE_EVERY_MS);
    expect(await reader.rest()).toEqual([{ kind: 'ended', reason: 'gone' }]);
  });

  test('forgets a process that was killed from outside, and starts another', async () => {
    const { server, reader, pids } = start('plain');
    await server.send(call(1));
    await reader.said();
    process.kill(server.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(pids()).toHaveLength(2));
    await server.send(call(2));
    expect(saidBy(await reader.next())).toMatchObject({ id: 2, result: { pid: pids()[1] } });
  });
});
