import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PROTOCOL_IDS } from '../providers/vendors.ts';
import type { Config } from './config.ts';
import { type LoadConfigInput, type LoadedConfig, loadConfig } from './load-config.ts';
import { formatProblem } from './problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

function load(yaml: string | undefined, input: Partial<LoadConfigInput> = {}): LoadedConfig {
  if (yaml === undefined) return loadConfig({ env: {}, cwd: folder, ...input });
  const path = `c${files++}.yaml`;
  writeFileSync(join(folder, path), yaml);
  return loadConfig({ env: {}, cwd: folder, path, ...input });
}

function configOf(loaded: LoadedConfig): Config {
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

/** Problems without the file's name: `line:column path: message`. */
function problemsOf(loaded: LoadedConfig): readonly string[] {
  return 'problems' in loaded
    ? loaded.problems.map((problem) => formatProblem(problem).replace(/^c\d+\.yaml:?/, ''))
    : [];
}

describe('loadConfig() of content', () => {
  test('has bounds and a posture without anything set, and nowhere to keep it', () => {
    const loaded = load('');
    expect('config' in loaded && loaded.config.content).toEqual({
      keys: undefined,
      subject: 'user',
      posture: 'closed',
      limits: { maxTextBytes: 65_536, maxExchangeBytes: 1_048_576 },
    });
    expect('config' in loaded && loaded.config.redaction).toEqual({ pseudonyms: 'exchange' });
  });

  test('takes keys from a file, relative to its own place, or from the environment, and shows neither', () => {
    const file = load('content: { keys: { file: k } }\n');
    expect('config' in file && file.config.content.keys).toEqual({ file: join(folder, 'k') });
    const loaded = load('content: { keys: { env: KEK } }\n', { env: { KEK: 'one,two' } });
    expect(JSON.stringify(loaded)).not.toContain('one,two');
    expect('config' in loaded && loaded.config.policies.hasContentKeys).toBe(true);
  });

  test.each([
    ['content: { keys: { env: KEK } }', 'environment variable `KEK` is not set'],
    ['content: { keys: { env: KEK, file: k } }', 'needs either `env` or `file`'],
    ['content: { keys: c2VjcmV0 }', 'a secret must not stand in this file'],
    ['content: { subject: group }', ''],
    ['content: { maxTextBytes: 255 }', ''],
    ['content: { maxExchangeBytes: 67108865 }', ''],
    ['redaction: { pseudonyms: always }', ''],
  ])('says what is wrong: %s', (yaml, message) => {
    const loaded = load(`${yaml}\n`);
    expect('problems' in loaded && loaded.problems[0]?.message).toContain(message);
  });
});

describe('loadConfig() defaults', () => {
  test('with nothing set: the demo provider answers for every model, on loopback', () => {
    const config = configOf(load(undefined));
    expect(config.file).toBeUndefined();
    expect(config.data).toBe(join(folder, 'data'));
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 8787 });
    expect(config.admin).toMatchObject({ host: '127.0.0.1', port: 8788, names: [], token: undefined, tls: undefined });
    expect(config.admin).toMatchObject({ roles: {}, identity: { issuers: [], certificates: [] } });
    expect(config.providers).toEqual({ demo: { name: 'demo', kind: 'demo', models: ['*'] } });
    expect(config.routes).toMatchObject([{ name: 'demo', providers: ['demo'], models: ['*'], blockForm: 'refusal' }]);
    expect(config.audit).toEqual({
      mode: 'strict',
      seal: { records: 256, ms: 250 },
      retention: undefined,
      witnesses: [],
      witnessEveryMs: 10_000,
    });
    expect(config.policies).toEqual({
      starter: true,
      pack: 'baseline',
      folder: undefined,
      bundle: undefined,
      hasContentKeys: false,
      toolSchemas: {},
    });
  });

  test('the limits that are promised in public', () => {
    expect(configOf(load('')).limits).toEqual({
      maxBodyBytes: 10_485_760,
      maxAnswerBytes: 67_108_864,
      maxDepth: 64,
      maxNodes: 200_000,
      maxAnswerNodes: 1_000_000,
      maxHeaderBytes: 16_384,
      maxConnections: 10_000,
      headersTimeoutMs: 10_000,
      bodyTimeoutMs: 30_000,
      clientStallMs: 60_000,
      inspectMs: 2_000,
      hold: {
        release: 'hold',
        heartbeatMs: 10_000,
        textChars: 4_096,
        textMs: 2_000,
        toolCallBytes: 262_144,
        posture: 'closed',
      },
    });
  });

  test('with `OPENAI_API_KEY`: every model goes to OpenAI', () => {
    const { providers } = configOf(load(undefined, { env: { OPENAI_API_KEY: 'sk-test-key' } }));
    const openai = providers.openai;
    expect(openai).toMatchObject({ kind: 'openai', baseUrl: 'https://api.openai.com/v1', models: ['*'] });
    expect(openai?.kind === 'openai' ? openai.key?.reveal() : undefined).toBe('sk-test-key');
  });

  test('`OPENAI_BASE_URL` is respected beside a key, and checked', () => {
    const env = { OPENAI_API_KEY: 'sk-test-key', OPENAI_BASE_URL: 'http://127.0.0.1:9000/v1/' };
    expect(configOf(load(undefined, { env })).providers.openai).toMatchObject({ baseUrl: 'http://127.0.0.1:9000/v1' });
    expect(problemsOf(load(undefined, { env: { ...env, OPENAI_BASE_URL: 'ftp://x' } }))).toEqual([
      'OPENAI_BASE_URL: must be an http or https address',
    ]);
    expect(problemsOf(load(undefined, { env: { ...env, OPENAI_BASE_URL: 'http://localhost:8787/v1' } }))).toEqual([
      'OPENAI_BASE_URL: leads back to this gateway',
    ]);
  });

  test('each stand-in whose key is set answers for the protocols that it speaks, and for no other', () => {
    const env = { GEMINI_API_KEY: 'g-key', ANTHROPIC_API_KEY: 'a-key', MISTRAL_API_KEY: 'm-key', OPENAI_API_KEY: '' };
    const { providers, routes } = configOf(load(undefined, { env }));
    expect(Object.keys(providers)).toEqual(['anthropic', 'gemini']);
    expect(routes.map(({ name, protocols }) => [name, protocols])).toEqual([
      ['anthropic', ['anthropic-messages']],
      ['gemini', ['gemini']],
    ]);
    expect(problemsOf(load(undefined, { env: { ANTHROPIC_API_KEY: 'a key' } }))).toEqual([
      'ANTHROPIC_API_KEY: environment variable `ANTHROPIC_API_KEY` holds characters other than visible ASCII',
    ]);
  });

  test('is frozen all the way down', () => {
    const config = configOf(load('routes: [{ name: a, provider: demo }]'));
    expect(() => Object.assign(config.routes[0]?.hold ?? {}, { textMs: 1 })).toThrow(TypeError);
  });

  test('`sallyport.yaml` in the folder is found; a folder without one is fine', () => {
    const home = mkdtempSync(join(folder, 'home-'));
    expect(configOf(loadConfig({ env: {}, cwd: home })).file).toBeUndefined();
    writeFileSync(join(home, 'sallyport.yaml'), 'listen: { port: 9001 }');
    const found = configOf(loadConfig({ env: {}, cwd: home }));
    expect([found.file, found.listen.port]).toEqual([join(home, 'sallyport.yaml'), 9001]);
  });
});

describe('loadConfig() precedence', () => {
  test('option over environment over file', () => {
    const yaml = 'listen: { port: 1001 }\nadmin: { port: 1002 }\naudit: relaxed';
    const env = { SALLYPORT_PORT: '2001', SALLYPORT_ADMIN_PORT: '2002' };
    const config = configOf(load(yaml, { env, options: { port: '3001' } }));
    expect([config.listen.port, config.admin.port, config.audit.mode]).toEqual([3001, 2002, 'relaxed']);
  });

  test('a data folder of the file is relative to it, of an option to the working folder', () => {
    const home = mkdtempSync(join(folder, 'home-'));
    writeFileSync(join(home, 'c.yaml'), 'data: store');
    const path = join(home, 'c.yaml');
    expect(configOf(loadConfig({ env: {}, cwd: folder, path })).data).toBe(join(home, 'store'));
    expect(configOf(loadConfig({ env: {}, cwd: folder, path, options: { data: 'mine' } })).data).toBe(
      join(folder, 'mine'),
    );
  });

  test('a bad value names its option or variable', () => {
    const input = { env: { SALLYPORT_PORT: '70000', SALLYPORT_AUDIT: 'fast' }, options: { adminPort: 'x' } };
    expect(problemsOf(load(undefined, input))).toEqual([
      'SALLYPORT_PORT: must be a port, 0 to 65535',
      '--admin-port: must be a port, 0 to 65535',
      'SALLYPORT_AUDIT: must be `strict` or `relaxed`',
    ]);
  });

  test('the port variable that Kubernetes sets for a service of our name is not taken for ours', () => {
    expect(configOf(load(undefined, { env: { SALLYPORT_PORT: 'tcp://10.0.0.1:8787' } })).listen.port).toBe(8787);
  });
});

describe('loadConfig() problems', () => {
  test('all of them at once, each with its place, in the order of the file', () => {
    const yaml = [
      'listen:',
      '  port: 99999',
      '  hots: x',
      'provders: {}',
      'providers:',
      '  a: { kind: opena }',
      '  B!: { kind: demo }',
      'routes:',
      '  - provider: a',
      '    name: 5',
      'detectors:',
      '  custom: [{ id: x }]',
      'audit: fast',
    ].join('\n');
    expect(problemsOf(load(yaml))).toEqual([
      '2:9 listen.port: must be at most 65535',
      '3:3 listen.hots: unknown option; did you mean `host`?',
      '4:1 provders: unknown option; did you mean `providers`?',
      '6:14 providers.a.kind: unknown kind; did you mean `openai`?',
      '7:3 providers.B!: must be 1 to 63 of `a-z 0-9 . _ -`, beginning with a letter or digit',
      '10:11 routes[0].name: must be a text (quote it if it looks like a number)',
      '12:12 detectors.custom[0]: needs `keywords`, a `pattern` or both',
      '13:8 audit.mode: must be one of `strict`, `relaxed`',
    ]);
  });

  test.each([
    ["pattern: '(a'", /^1:23 detectors\.custom\[0\]: /],
    ["pattern: 'a(?=b)'", /^1:23 detectors\.custom\[0\]: /],
    ["pattern: '(a{1000}){1000}'", /^1:23 detectors\.custom\[0\]: /],
    ["keywords: ['  ']", /a keyword is blank/],
  ])('a custom detector with %s is refused at its place', (option, expected) => {
    expect(problemsOf(load(`detectors: { custom: [{ id: mine, ${option} }] }`))).toEqual([
      expect.stringMatching(expected),
    ]);
  });

  test('references that lead nowhere and things that collide', () => {
    const yaml = [
      'admin: { port: 8787 }',
      'routes:',
      '  - { name: a, provider: dmo, detectors: { secrts: { enabled: false }, constructor: {} } }',
      '  - { name: a, provider: demo }',
      'detectors: { custom: [{ id: secrets, keywords: [x] }] }',
      'policies: { starter: false }',
    ].join('\n');
    expect(problemsOf(load(yaml))).toEqual([
      '1:16 admin.port: is also the port of the data plane',
      '3:26 routes[0].provider: no such provider; did you mean `demo`?',
      '3:52 routes[0].detectors.secrts: no such detector; did you mean `secrets`?',
      expect.stringMatching(/^3:85 routes\[0\]\.detectors\.constructor: no such detector; there are:/),
      '4:13 routes[1].name: another route has this name',
      '5:29 detectors.custom[0].id: another detector has this id',
      '6:22 policies.starter: without the starter policies there must be a `folder`',
    ]);
  });

  test.each([
    ['with a key twice', 'a: 1\na: 2', '2:1 this key stands twice in one mapping'],
    ['with tabs', 'a:\n\tb: 1', '2:1 tabs must not indent'],
    ['with a second document', 'a: 1\n---\nb: 2', '2:1 a second YAML document is not read'],
    ['that is a list', '- a', '1:1 must be a mapping'],
    ['that multiplies itself', `a: &a [x]\nb: [${'*a, '.repeat(200)}]`, '1:1 repeats its anchors too often'],
  ])('YAML %s is refused', (_, yaml, expected) => {
    expect(problemsOf(load(yaml))[0]).toBe(expected);
  });

  test('a file that is named and not there, too large, or not text', () => {
    expect(problemsOf(load(undefined, { path: 'none.yaml' }))).toEqual(['none.yaml cannot be read']);
    writeFileSync(join(folder, 'large.yaml'), '#'.repeat(1_048_577));
    expect(problemsOf(load(undefined, { path: 'large.yaml' }))).toEqual(['large.yaml is larger than 1048576 bytes']);
    writeFileSync(join(folder, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    expect(problemsOf(load(undefined, { path: 'latin.yaml' }))).toEqual(['latin.yaml is not valid UTF-8']);
  });

  test.each([
    ['ftp://example.com', 'must be an http or https address'],
    ['no address', 'must be an http or https address'],
    ['https://user:word@example.com', 'must not hold credentials: use `key`'],
    ['https://example.com/v1?key=x', 'must not have a query or a fragment'],
    ['http://127.0.0.1:8787/v1', 'leads back to this gateway'],
  ])('base URL `%s` is refused', (baseUrl, message) => {
    const yaml = `providers: { a: { kind: openai, baseUrl: '${baseUrl}' } }`;
    expect(problemsOf(load(yaml))).toEqual([`1:42 providers.a.baseUrl: ${message}`]);
  });
});

describe('loadConfig() secrets', () => {
  test('a key in the file is refused without repeating it', () => {
    const found = problemsOf(load('providers: { a: { kind: openai, key: sk-very-secret } }'));
    expect(found).toEqual([
      '1:38 providers.a.key: a secret must not stand in this file: name where it is with `env:` or `file:`',
    ]);
  });

  test('no problem repeats a value of the file', () => {
    const hostile = 'sk-very-secret';
    const yaml = [
      `listen: ${hostile}`,
      `audit: ${hostile}`,
      `providers: { a: { kind: ${hostile} } }`,
      `limits: { maxDepth: ${hostile} }`,
      `log: { level: "${hostile} }`,
    ];
    for (const text of yaml) expect(problemsOf(load(text)).join()).not.toContain(hostile);
  });

  test('come from a variable or from a file, without its last line break', () => {
    writeFileSync(join(folder, 'key.txt'), 'from-file\n');
    const yaml =
      'providers:\n  a: { kind: openai, key: { env: MY_KEY } }\n  b: { kind: openai, key: { file: key.txt } }';
    const { providers } = configOf(load(yaml, { env: { MY_KEY: 'from-env' } }));
    const keys = Object.values(providers).map((one) => (one.kind === 'openai' ? one.key?.reveal() : undefined));
    expect(keys).toEqual(['from-env', 'from-file']);
  });

  test("a key that is not named is the vendor's variable, and goes to the vendor's own address alone", () => {
    const yaml = [
      'providers:',
      '  own: { kind: openai, baseUrl: "http://127.0.0.1:9/v1" }',
      '  cloud: { kind: groq }',
      '  azure: { kind: azure-openai, baseUrl: "https://x.openai.azure.com/openai" }',
      '  local: { kind: ollama }',
    ].join('\n');
    const env = { OPENAI_API_KEY: 'o-key', GROQ_API_KEY: 'g-key', AZURE_OPENAI_API_KEY: 'z-key' };
    const { providers } = configOf(load(yaml, { env }));
    const seen = Object.values(providers).map((one) => (one.kind === 'demo' ? [] : [one.baseUrl, one.key?.reveal()]));
    expect(seen).toEqual([
      ['http://127.0.0.1:9/v1', undefined],
      ['https://api.groq.com/openai/v1', 'g-key'],
      ['https://x.openai.azure.com/openai', 'z-key'],
      ['http://127.0.0.1:11434', undefined],
    ]);
    expect(problemsOf(load('providers: { a: { kind: groq }, b: { kind: azure-openai } }'))).toEqual([
      '1:17 providers.a.key: is required, here or as `GROQ_API_KEY` in the environment',
      '1:36 providers.b.baseUrl: is required',
      '1:36 providers.b.key: is required, here or as `AZURE_OPENAI_API_KEY` in the environment',
    ]);
  });

  test.each([
    ['{ env: UNSET }', 'environment variable `UNSET` is not set'],
    ['{ env: BAD }', 'environment variable `BAD` holds characters other than visible ASCII'],
    ['{}', 'needs either `env` or `file`'],
    ['{ env: A, file: b }', 'needs either `env` or `file`'],
  ])('key %s is refused', (key, message) => {
    const loaded = load(`providers: { a: { kind: openai, key: ${key} } }`, { env: { BAD: 'a\r\nb: c' } });
    expect(problemsOf(loaded)).toEqual([`1:38 providers.a.key: ${message}`]);
  });

  test('gateway keys come from `SALLYPORT_KEYS`', () => {
    const env = { SALLYPORT_KEYS: 'app:0123456789abcdef:x, other:0123456789abcdefg' };
    const { keys } = configOf(load(undefined, { env }));
    expect(keys.map((key) => [key.name, key.secret.reveal()])).toEqual([
      ['app', '0123456789abcdef:x'],
      ['other', '0123456789abcdefg'],
    ]);
  });

  test('bad entries of `SALLYPORT_KEYS` are named by place, never by content', () => {
    const env = { SALLYPORT_KEYS: 'justasecret,App:x,a:,a:one two,b:x,b:y' };
    expect(problemsOf(load(undefined, { env }))).toEqual([
      'SALLYPORT_KEYS: entry 1 must have the form `name:secret`',
      'SALLYPORT_KEYS: entry 2 has a name other than 1 to 63 of `a-z 0-9 . _ -`',
      'SALLYPORT_KEYS: entry 3 is empty',
      'SALLYPORT_KEYS: entry 4 holds characters other than visible ASCII',
      'SALLYPORT_KEYS: entry 6 repeats a name',
    ]);
  });

  test('short ones are a warning, and so is a mistyped variable', () => {
    const env = {
      SALLYPORT_KEYS: 'a:short',
      SALLYPORT_ADMIN_TOKEN: 'brief',
      SALLYPORT_ADMINPORT: '1',
      SALLYPORT_SERVICE_HOST: 'x',
      SALLYPORT_KEY: 'of a client, as the guides have it',
    };
    const loaded = load(undefined, { env });
    expect('warnings' in loaded ? loaded.warnings.map(formatProblem) : []).toEqual([
      'SALLYPORT_ADMINPORT: unknown variable; did you mean `SALLYPORT_ADMIN_PORT`?',
      'SALLYPORT_KEYS: the secret of `a` is shorter than 16 characters and can be guessed',
      'admin.token: is shorter than 16 characters and can be guessed',
    ]);
  });

  test('do not show when the configuration is printed', () => {
    const env = {
      OPENAI_API_KEY: 'sk-very-secret',
      SALLYPORT_KEYS: 'a:sk-very-secret',
      SALLYPORT_ADMIN_TOKEN: 'sk-very-secret',
    };
    expect(JSON.stringify(load(undefined, { env }))).not.toContain('sk-very-secret');
  });
});

describe('loadConfig() and Amazon Bedrock', () => {
  const YAML = 'providers: { aws: { kind: bedrock } }';
  const AWS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' };
  const shown = (loaded: LoadedConfig) => {
    const aws = configOf(loaded).providers.aws;
    if (aws?.kind !== 'bedrock') throw new Error('no such provider');
    const { baseUrl, key, signing } = aws;
    const { region, accessKeyId, secretAccessKey, sessionToken } = signing ?? {};
    return [baseUrl, key, region, accessKeyId, secretAccessKey, sessionToken].map((value) =>
      typeof value === 'object' ? value.reveal() : value,
    );
  };
  const HOST = 'https://bedrock-runtime.eu-central-1.amazonaws.com';

  test.each([
    { from: 'the environment', env: AWS, expected: [HOST, undefined, 'eu-central-1', 'id', 'secret', undefined] },
    {
      from: 'the environment, for a while',
      env: { ...AWS, AWS_SESSION_TOKEN: 'token' },
      expected: [HOST, undefined, 'eu-central-1', 'id', 'secret', 'token'],
    },
    {
      from: "the environment, with Bedrock's own key",
      env: { ...AWS, AWS_BEARER_TOKEN_BEDROCK: 'bearer' },
      expected: [HOST, 'bearer', undefined, undefined, undefined, undefined],
    },
    {
      from: 'the file, which goes before all of these',
      options:
        ', region: us-gov-west-1, baseUrl: "http://127.0.0.1:9", accessKeyId: { env: MINE }, secretAccessKey: { env: MINE }',
      env: { ...AWS, AWS_SESSION_TOKEN: 'token', AWS_BEARER_TOKEN_BEDROCK: 'bearer', MINE: 'own' },
      expected: ['http://127.0.0.1:9', undefined, 'us-gov-west-1', 'own', 'own', undefined],
    },
  ])('takes region and credentials from $from', ({ options = '', env, expected }) => {
    expect(shown(load(`providers: { aws: { kind: bedrock${options} } }`, { env }))).toEqual(expected);
  });

  test('says what is missing, or too much', () => {
    expect(problemsOf(load(YAML))).toEqual([
      '1:19 providers.aws.region: is required, here or as `AWS_REGION` in the environment',
    ]);
    expect(problemsOf(load(YAML, { env: { AWS_REGION: 'eu.evil.example/' } }))).toEqual([
      'AWS_REGION: must be an AWS region',
    ]);
    expect(problemsOf(load(YAML, { env: { AWS_REGION: 'eu-central-1' } }))).toEqual([
      '1:19 providers.aws.accessKeyId: environment variable `AWS_ACCESS_KEY_ID` is not set',
      '1:19 providers.aws.secretAccessKey: environment variable `AWS_SECRET_ACCESS_KEY` is not set',
    ]);
    const both = 'providers: { aws: { kind: bedrock, key: { env: A }, accessKeyId: { env: A } } }';
    expect(problemsOf(load(both, { env: { ...AWS, A: 'a' } }))).toEqual([
      '1:41 providers.aws.key: stands beside AWS credentials: name one of the two',
    ]);
  });
});

describe('loadConfig() routes', () => {
  test('take every protocol unless they name some; one that its provider cannot speak at all is refused', () => {
    const yaml = 'providers: { a: { kind: ollama } }\nroutes: [{ name: a, provider: a }]';
    expect(configOf(load(yaml)).routes[0]?.protocols).toEqual(PROTOCOL_IDS);
    const only = yaml.replace('provider: a }', 'provider: a, protocols: [gemini, ollama] }');
    expect(configOf(load(only)).routes[0]?.protocols).toEqual(['gemini', 'ollama']);
    const none = yaml.replace('provider: a }', 'provider: a, protocols: [gemini] }');
    expect(problemsOf(load(none))).toEqual(['2:45 routes[0].protocols: provider `a` speaks none of them']);
    const unknown = yaml.replace('provider: a }', 'provider: a, protocols: [openai] }');
    expect(problemsOf(load(unknown))[0]).toMatch(/^2:46 routes\[0\]\.protocols\[0\]: must be one of `openai-chat`/);
  });

  test('ask several providers in order, and again as the defaults say', () => {
    const yaml = [
      'providers: { a: { kind: ollama }, b: { kind: ollama }, c: { kind: ollama } }',
      'routes:',
      '  - { name: one, provider: a }',
      '  - { name: three, providers: [a, b, c] }',
      '  - { name: own, providers: [c, a], retry: { tries: 1, perTryMs: 900, backoffMs: 5 }, breaker: { failures: 2 } }',
    ].join('\n');
    const [one, three, own] = configOf(load(yaml)).routes;
    const retry = { tries: 2, backoffMs: 500, maxBackoffMs: 8_000, budgetPercent: 20, totalMs: 600_000 };
    expect(one).toMatchObject({ providers: ['a'], retry, breaker: undefined });
    const breaker = { failures: 10, windowMs: 30_000, openMs: 10_000 };
    expect(three).toMatchObject({ providers: ['a', 'b', 'c'], retry: { ...retry, tries: 3 }, breaker });
    expect(own).toMatchObject({
      providers: ['c', 'a'],
      retry: { ...retry, tries: 1, perTryMs: 900, backoffMs: 5 },
      breaker: { ...breaker, failures: 2 },
    });
  });

  test('name their providers once, in one way', () => {
    const yaml = [
      'providers: { a: { kind: ollama } }',
      'routes:',
      '  - { name: none }',
      '  - { name: both, provider: a, providers: [a] }',
      '  - { name: twice, providers: [a, b, a] }',
    ].join('\n');
    expect(problemsOf(load(yaml))).toEqual([
      '3:5 routes[0].provider: is required',
      '4:43 routes[1].providers: stands beside `provider`: name one of the two',
      '5:35 routes[2].providers[1]: no such provider; did you mean `a`?',
      '5:38 routes[2].providers[2]: stands here twice',
    ]);
  });

  test("carry all that holds on them: limits and detectors with the route's own over them", () => {
    const yaml = [
      'limits: { hold: { textMs: 500 } }',
      'detectors:',
      '  secrets: { posture: open }',
      '  custom: [{ id: mine, keywords: [x] }]',
      'routes:',
      '  - name: a',
      '    provider: demo',
      '    hold: { textChars: 64 }',
      '    detectors: { personal-data: { enabled: false }, mine: { posture: open } }',
      '  - { name: b, provider: demo }',
    ].join('\n');
    const [a, b] = configOf(load(yaml)).routes;
    expect(a?.hold).toEqual({
      release: 'hold',
      heartbeatMs: 10_000,
      textChars: 64,
      textMs: 500,
      toolCallBytes: 262_144,
      posture: 'closed',
    });
    expect(a?.detectors.secrets).toEqual({ enabled: true, posture: 'open' });
    expect(a?.detectors['personal-data']).toEqual({ enabled: false, posture: 'closed' });
    expect(a?.detectors.mine).toEqual({ enabled: true, posture: 'open' });
    expect(b?.detectors.mine).toEqual({ enabled: true, posture: 'closed' });
  });
});

describe('sallyport.example.yaml', () => {
  test('is valid and without warnings', () => {
    const path = new URL('../../../../sallyport.example.yaml', import.meta.url).pathname;
    const loaded = loadConfig({ env: { OPENAI_API_KEY: 'sk-0123456789abcdef' }, path });
    expect(problemsOf(loaded)).toEqual([]);
    expect('warnings' in loaded && loaded.warnings).toEqual([]);
  });
});

describe('loadConfig() webhook of approvals', () => {
  const env = { HOOK: `whsec_${Buffer.alloc(32).toString('base64')}`, BAD: 'whsec_dG9vIHNob3J0' };
  const hook = (more: string) => `approvals: { webhook: { ${more} } }`;

  test('keeps its secret hidden, and no arguments go out unless asked', () => {
    const { approvals } = configOf(load(hook('url: "https://ops.example/hook?to=us", secret: { env: HOOK }'), { env }));
    expect(approvals.webhook).toMatchObject({ url: 'https://ops.example/hook?to=us', arguments: false });
    expect(JSON.stringify(approvals)).not.toContain('whsec');
    expect(configOf(load('')).approvals).toEqual({ expiresMs: 900_000, webhook: undefined });
  });

  test.each([
    ['url: "ftp://ops.example", secret: { env: HOOK }', 'approvals.webhook.url: must be an http or https address'],
    ['url: "https://a:b@ops.example", secret: { env: HOOK }', 'must not hold credentials: messages are signed'],
    ['url: "https://ops.example/#x", secret: { env: HOOK }', 'must not have a fragment'],
    ['url: "https://ops.example", secret: { env: BAD }', 'must be `whsec_` and 24 to 64 bytes in base64'],
    ['url: "https://ops.example", secret: { env: NONE }', 'environment variable `NONE` is not set'],
    ['url: "https://ops.example", secret: whsec_x', 'a secret must not stand in this file'],
    ['url: "https://ops.example"', 'approvals.webhook.secret: '],
  ])('says what is wrong with `%s`', (yaml, problem) => {
    const problems = problemsOf(load(hook(yaml), { env }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});
