import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig, type McpConfig, type McpStdioConfig } from './index.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function load(file: object, env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'sallyport-mcp-'));
  folders.push(cwd);
  const path = join(cwd, 'sallyport.yaml');
  writeFileSync(path, JSON.stringify(file));
  return { cwd, loaded: loadConfig({ path, env, cwd }) };
}

function loadMcp(
  mcp: object,
  { env = {}, ...rest }: { env?: Record<string, string>; listen?: object } = {},
): McpConfig {
  const { loaded } = load({ mcp, ...rest }, env);
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config.mcp;
}

function problems(mcp: object, env: Record<string, string> = {}): readonly string[] {
  const { loaded } = load({ mcp }, env);
  return 'problems' in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

const stdio = (more: object = {}) => ({ servers: { files: { command: 'mcp-files', ...more } } });
const http = (more: object = {}) => ({ servers: { notes: { url: 'https://notes.example/mcp', ...more } } });

const revealed = (secrets: McpStdioConfig['env']) =>
  Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));

describe('mcp', () => {
  test('has no server, and bounds for those to come, where nothing is said', () => {
    expect(loadMcp({})).toEqual({
      authorization: { publicUrl: 'http://127.0.0.1:8787', consentMs: 600_000, resources: {}, upstreams: {} },
      servers: {},
      sessions: { maxSessions: 1_000, maxPerPrincipal: 100, idleMs: 1_800_000, resumeBytes: 1_048_576 },
      allowedOrigins: [],
      allowedHosts: ['127.0.0.1', 'localhost', '::1'],
    });
  });

  test('has defaults for everything but the command', () => {
    const { cwd, loaded } = load({ mcp: stdio() });
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.config.mcp.servers.files).toMatchObject({
      name: 'files',
      transport: 'stdio',
      command: 'mcp-files',
      args: [],
      cwd,
      env: {},
      revisions: ['2025-06-18', '2025-11-25', '2026-07-28'],
      limits: {
        maxMessageBytes: 8_388_608,
        maxPending: 64,
        silenceMs: 300_000,
        startMs: 30_000,
        maxUnreadable: 16,
        maxMemoryBytes: 1_073_741_824,
      },
      restart: { firstMs: 500, maxMs: 30_000, tries: 5 },
    });
    expect(loaded.config.mcp.servers.files?.limits.maxCpuSeconds).toBeUndefined();
  });

  test('gives a process what is named and what programs need, and nothing else of the environment', () => {
    const env = {
      PATH: '/bin',
      HOME: '/srv/a',
      OPENAI_API_KEY: 'x',
      REGION: 'eu',
      TOKEN: 'secret-of-it',
      TZ: '() { x; }',
    };
    const file = stdio({
      pass: ['REGION', 'ABSENT'],
      env: { MODE: 'read only' },
      secretEnv: { API_TOKEN: { env: 'TOKEN' } },
    });
    const server = loadMcp(file, { env }).servers.files as McpStdioConfig;
    expect(revealed(server.env)).toEqual({
      PATH: '/bin',
      HOME: '/srv/a',
      REGION: 'eu',
      MODE: 'read only',
      API_TOKEN: 'secret-of-it',
    });
    expect(JSON.stringify(server)).not.toContain('secret-of-it');
  });

  test('gives a request its headers, secrets with what stands before them', () => {
    const file = http({
      headers: { 'x-team': 'a b' },
      secretHeaders: { authorization: { env: 'T', prefix: 'Bearer ' } },
    });
    const server = loadMcp(file, { env: { T: 'secret-of-it' } }).servers.notes;
    if (server?.transport !== 'http') throw new Error('no server at an address');
    expect(revealed(server.headers)).toEqual({ 'x-team': 'a b', authorization: 'Bearer secret-of-it' });
    expect(JSON.stringify(server)).not.toContain('secret-of-it');
    expect(server.url).toBe('https://notes.example/mcp');
  });

  test('lets a server say something else of a detector, and reports one that nobody knows', () => {
    const server = loadMcp(stdio({ detectors: { secrets: { posture: 'open' }, content: { enabled: false } } })).servers
      .files;
    expect(server?.detectors).toMatchObject({
      secrets: { enabled: true, posture: 'open' },
      content: { enabled: false, posture: 'closed' },
      exfiltration: { enabled: true, posture: 'closed' },
    });
    expect(problems(stdio({ detectors: { secret: { enabled: false } } }))).toEqual([
      'mcp.servers.files.detectors.secret: no such detector; did you mean `secrets`?',
    ]);
  });

  test('lets everybody address the gateway who may reach it, unless it is told by which names', () => {
    expect(loadMcp({}, { listen: { host: '0.0.0.0' } }).allowedHosts).toBeUndefined();
    expect(loadMcp({ allowedHosts: ['Gate.Example'] }, { listen: { host: '0.0.0.0' } }).allowedHosts).toEqual([
      'gate.example',
    ]);
    expect(loadMcp({ allowedOrigins: ['https://App.Example:8443'] }).allowedOrigins).toEqual([
      'https://app.example:8443',
    ]);
  });

  test.each<[string, { listen?: object; authorization?: object }]>([
    ['http://127.0.0.1:8787/mcp/files', {}],
    ['http://LOCALHOST:8787/mcp/files', {}],
    ['https://[::1]:8787/mcp/files', {}],
    ['http://127.0.0.9:8788/api', {}],
    ['http://127.0.0.1:9/mcp', { listen: { host: '0.0.0.0', port: 9 } }],
    ['http://10.0.0.5/mcp', { listen: { host: '10.0.0.5', port: 80 } }],
    ['https://gate.example:443/mcp/a', { authorization: { publicUrl: 'https://gate.example' } }],
  ])('refuses an address that leads back to the gateway: %s', (url, { listen, ...mcp }) => {
    const { loaded } = load({ mcp: { ...mcp, ...http({ url }) }, ...(listen && { listen }) });
    expect('problems' in loaded && loaded.problems).toMatchObject([
      { path: 'mcp.servers.notes.url', message: expect.stringMatching(/^leads back to this gateway/) },
    ]);
  });

  test.each([
    ['http://127.0.0.1:8786/mcp', {}],
    ['http://10.0.0.5:8787/mcp', {}],
    ['http://127.0.0.1:9/mcp', { host: '10.0.0.5', port: 9 }],
    ['http://127.0.0.1:8787/mcp', { port: 0 }],
  ])('takes an address beside its own: %s', (url, listen) => {
    expect(loadMcp(http({ url }), { listen }).servers.notes).toMatchObject({ url });
  });

  test.each([
    [{ servers: { x: {} } }, ['mcp.servers.x: needs either `command` or `url`']],
    [stdio({ url: 'https://a.example' }), ['mcp.servers.files: needs either `command` or `url`']],
    [
      stdio({ headers: { a: 'b' }, ca: 'x.pem' }),
      ['mcp.servers.files.headers: has no meaning without `url`', 'mcp.servers.files.ca: has no meaning without `url`'],
    ],
    [http({ args: ['x'] }), ['mcp.servers.notes.args: has no meaning without `command`']],
    [http({ url: 'file:///etc/passwd' }), ['mcp.servers.notes.url: must be an http or https address']],
    [http({ url: 'https://u:p@a.example' }), ['mcp.servers.notes.url: must not hold credentials: use `secretHeaders`']],
    [http({ url: 'https://a.example/#x' }), ['mcp.servers.notes.url: must not have a fragment']],
    [
      http({ headers: { 'mcp-session-id': 'x' } }),
      ['mcp.servers.notes.headers.mcp-session-id: is a header that the gateway makes itself'],
    ],
    [
      http({ headers: { authorization: 'Bearer x' } }),
      ['mcp.servers.notes.headers.authorization: is a secret: use `secretHeaders`'],
    ],
    [
      http({ headers: { a: 'b' }, secretHeaders: { a: { env: 'T' } } }),
      ['mcp.servers.notes.secretHeaders.a: stands in `headers` too'],
    ],
    [
      http({ headers: { a: 'b\r\nc: d' } }),
      ['mcp.servers.notes.headers.a: must be 1 to 1024 visible ASCII characters'],
    ],
    [http({ headers: { 'A b': 'c' } }), ['mcp.servers.notes.headers.A b: must be the name of a header in lower case']],
    [http({ ca: 'none.pem' }), [expect.stringMatching(/^mcp\.servers\.notes\.ca: file `.*none\.pem` cannot be read/)]],
    [
      stdio({ secretEnv: { A: { env: 'NOT_SET' } } }),
      ['mcp.servers.files.secretEnv.A: environment variable `NOT_SET` is not set'],
    ],
    [
      stdio({ env: { A: 'x' }, secretEnv: { A: { env: 'T' } } }),
      ['mcp.servers.files.secretEnv.A: stands in `env` too'],
    ],
    [stdio({ env: { 'A=B': 'x' } }), ['mcp.servers.files.env.A=B: must be the name of an environment variable']],
    [stdio({ args: ['a\0b'] }), ['mcp.servers.files.args[0]: must not hold a zero character']],
    [stdio({ restart: { firstMs: 10, maxMs: 9 } }), ['mcp.servers.files.restart.firstMs: is above `maxMs`']],
    [
      stdio({ revisions: ['2024-11-05'] }),
      ['mcp.servers.files.revisions[0]: must be one of `2025-06-18`, `2025-11-25`, `2026-07-28`'],
    ],
    [
      { allowedOrigins: ['https://a.example/'] },
      ['mcp.allowedOrigins[0]: must be an origin such as `https://app.example`'],
    ],
  ])('reports what cannot be: %j', (mcp, expected) => {
    expect(problems(mcp, { T: 'secret-of-it' })).toEqual(expected);
  });

  test.each([
    [stdio({ limits: { maxMessageBytes: 1_023 } }), stdio({ limits: { maxMessageBytes: 1_024 } })],
    [stdio({ limits: { maxMessageBytes: 268_435_457 } }), stdio({ limits: { maxMessageBytes: 268_435_456 } })],
    [stdio({ limits: { maxPending: 0 } }), stdio({ limits: { maxPending: 1 } })],
    [stdio({ limits: { silenceMs: 99 } }), stdio({ limits: { silenceMs: 100 } })],
    [stdio({ limits: { startMs: 600_001 } }), stdio({ limits: { startMs: 600_000 } })],
    [stdio({ limits: { maxUnreadable: 1_001 } }), stdio({ limits: { maxUnreadable: 1_000 } })],
    [stdio({ limits: { maxMemoryBytes: 1_048_575 } }), stdio({ limits: { maxMemoryBytes: 1_048_576 } })],
    [stdio({ limits: { maxCpuSeconds: 0 } }), stdio({ limits: { maxCpuSeconds: 1 } })],
    [stdio({ restart: { tries: 101 } }), stdio({ restart: { tries: 100 } })],
    [stdio({ args: Array(257).fill('x') }), stdio({ args: Array(256).fill('x') })],
    [stdio({ uid: -1 }), stdio({ uid: 0 })],
    [stdio({ revisions: [] }), stdio({ revisions: ['2026-07-28'] })],
    [{ sessions: { maxSessions: 0 } }, { sessions: { maxSessions: 1 } }],
    [{ sessions: { maxPerPrincipal: 100_001 } }, { sessions: { maxPerPrincipal: 100_000 } }],
    [{ sessions: { idleMs: 999 } }, { sessions: { idleMs: 1_000 } }],
    [{ sessions: { resumeBytes: 67_108_865 } }, { sessions: { resumeBytes: 67_108_864 } }],
    [{ allowedHosts: [] }, { allowedHosts: ['a'] }],
  ])('has bounds: not %j, but %j', (beyond, at) => {
    expect(problems(beyond)).toHaveLength(1);
    expect(problems(at)).toEqual([]);
  });
});
