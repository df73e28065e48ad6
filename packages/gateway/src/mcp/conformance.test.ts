import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request as ask, createServer, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReferenceServer, startReferenceServer } from '../testing/conformance/reference-server.ts';
import { TEST_KEY, type TestGateway, testGateway } from '../testing/test-gateway.ts';
import expected from './conformance.json' with { type: 'json' };

const require = createRequire(import.meta.url);
const SUITE = join(require.resolve('@modelcontextprotocol/conformance/package.json'), '..', 'dist', 'index.js');
/** What the suite calls the folder of a scenario: its name and when it ran. */
const FOLDER = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

interface Check {
  readonly id: string;
  readonly status: string;
}
/** Of each scenario, its checks that failed. */
type Failures = ReadonlyMap<string, readonly string[]>;

const REVISION = 'mcp-protocol-version';
/** The suite says this in sessions that have agreed on another revision; the gateway speaks it in none. */
const STALE = '2025-03-26';
const AGREED = '2025-11-25';
const STREAMS = 'server-sse-multiple-streams';

interface Relay {
  readonly url: string;
  /** From now on clients say the revision that they agreed on. */
  readonly correct: () => void;
  readonly close: () => void;
}

/** The suite's clients know no gateway key: what they say goes on with one, all else as it is. */
async function withKey(target: () => string): Promise<Relay> {
  let corrects = false;
  const relay = createServer((incoming, outgoing) => {
    const headers: IncomingHttpHeaders = { ...incoming.headers, authorization: `Bearer ${TEST_KEY}` };
    if (corrects && headers[REVISION] === STALE) headers[REVISION] = AGREED;
    const onward = ask(target(), { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done));
  const { port } = relay.address() as AddressInfo;
  const close = () => {
    relay.closeAllConnections();
    relay.close();
  };
  const correct = () => {
    corrects = true;
  };
  return { url: `http://127.0.0.1:${port}/mcp`, correct, close };
}

/** Runs server scenarios against an address: all, or the one that is named. */
async function failuresAt(url: string, folder: string, only?: string): Promise<Failures> {
  const which = only === undefined ? ['--suite', 'all'] : ['--scenario', only];
  const args = [SUITE, 'server', '--url', url, ...which, '--output-dir', folder];
  await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit');
  return new Map(
    readdirSync(folder).flatMap((name) => {
      const scenario = FOLDER.exec(name)?.[1];
      if (scenario === undefined) return [];
      const checks = JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')) as readonly Check[];
      const failed = checks.filter(({ status }) => status === 'FAILURE').map(({ id }) => id);
      return [[scenario, failed] as const];
    }),
  );
}

let root: string;
let server: ReferenceServer;
let gateway: TestGateway;
let relay: Relay;
let direct: Failures;
let guarded: Failures;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
  server = await startReferenceServer();
  relay = await withKey(() => `${gateway.dataUrl}/mcp/reference`);
  gateway = await testGateway(`
mcp:
  allowedOrigins: ['${new URL(relay.url).origin}']
  servers:
    reference: { url: '${server.url}' }
`);
  direct = await failuresAt(server.url, join(root, 'direct'));
  guarded = await failuresAt(relay.url, join(root, 'guarded'));
}, 120_000);

afterAll(async () => {
  relay.close();
  await gateway.end();
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

describe('a server of the official SDK, as the conformance suite of the protocol meets it', () => {
  it('is asked by every scenario there is, directly and behind the gateway', () => {
    expect([...direct.keys()].sort()).toEqual([...expected.scenarios].sort());
    expect([...guarded.keys()].sort()).toEqual([...expected.scenarios].sort());
  });

  it.each(expected.scenarios)('passes behind the gateway what it passes without: %s', (scenario) => {
    const { [scenario]: own = [] } = expected.failsDirectly as Readonly<Record<string, readonly string[]>>;
    const { [scenario]: ours = [] } = expected.refusedByGateway as Readonly<Record<string, readonly string[]>>;
    expect(direct.get(scenario)).toEqual(own);
    expect(guarded.get(scenario)).toEqual(ours);
  });

  it('has several streams at once in the revision that was agreed on, which is all that it is refused for', async () => {
    expect(expected.refusedByGateway).toEqual({ [STREAMS]: ['server-accepts-multiple-post-streams'] });
    relay.correct();
    expect(await failuresAt(relay.url, join(root, 'corrected'), STREAMS)).toEqual(new Map([[STREAMS, []]]));
  }, 30_000);
});
