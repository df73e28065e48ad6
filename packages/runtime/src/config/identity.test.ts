import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadedConfig, loadConfig } from './load-config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string, env: Readonly<Record<string, string>> = {}): LoadedConfig {
  const path = join(folder, 'sallyport.yaml');
  writeFileSync(path, yaml);
  return loadConfig({ path, env, cwd: folder });
}

function configOf(yaml: string, env?: Readonly<Record<string, string>>) {
  const loaded = load(yaml, env);
  if ('problems' in loaded)
    throw new RangeError(loaded.problems.map(({ path, message }) => `${path} ${message}`).join('; '));
  return loaded.config;
}

function problemsOf(yaml: string, env?: Readonly<Record<string, string>>): readonly string[] {
  const loaded = load(yaml, env);
  return 'problems' in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

const issuer = (more: string) => `
identity:
  issuers:
    - { name: corp, issuer: 'https://login.example.com/', audiences: [a], ${more} }
`;

describe('identity.issuers', () => {
  it('have an address of their keys, or look it up below their own', () => {
    const [named] = configOf(issuer("jwks: 'https://keys.example.com/set'")).identity.issuers;
    expect(named).toMatchObject({ keysAt: { jwks: 'https://keys.example.com/set' }, prefix: 'corp:', kind: 'user' });
    const [found] = configOf(issuer('discovery: true')).identity.issuers;
    expect(found?.keysAt).toEqual({ discovery: 'https://login.example.com/.well-known/openid-configuration' });
  });

  it.each([
    ['audience: x', 'unknown option'],
    ["jwks: 'https://x.example', discovery: true", 'needs either'],
    ['kind: user', 'needs either'],
    ["jwks: 'http://x.example/set'", 'must be an https address'],
    ["jwks: 'ftp://x.example/set'", 'must be an https address'],
    ["jwks: 'https://me:secret@x.example/set'", 'must not hold credentials'],
    ["jwks: 'https://x.example/set#a'", 'must not have a fragment'],
    ['discovery: true, algorithms: [HS256]', 'must be one of'],
    ['discovery: true, algorithms: [none]', 'must be one of'],
    ['discovery: true, algorithms: []', 'must be at least 1 entry'],
    ['discovery: true, keysMaxAgeMs: 5000, keysStaleMs: 4999', 'is less than'],
    ['discovery: true, clockToleranceMs: 300001', 'must be at most'],
  ])('with `%s` are refused', (more, message) => {
    expect(problemsOf(issuer(more)).join()).toContain(message);
  });

  it('are asked in plain HTTP on this machine alone', () => {
    expect(problemsOf(issuer("jwks: 'http://127.0.0.1:9/set'"))).toEqual([]);
  });

  it('are told apart by name and by what their tokens say', () => {
    const one = "{ name: a, issuer: 'https://x.example', audiences: [a], discovery: true }";
    expect([...problemsOf(`identity: { issuers: [${one}, ${one}] }`)].sort()).toEqual([
      'identity.issuers[1].issuer: repeats an issuer',
      'identity.issuers[1].name: repeats a name',
    ]);
  });
});

describe('identity.certificates', () => {
  it('need a listener that asks for them, and one name each', () => {
    const lines = problemsOf('identity: { certificates: [{ uri: a, dns: b }, {}, { dns: c }] }');
    expect(lines).toHaveLength(3);
    expect(lines.join()).toContain('nobody shows one');
    expect(lines.join()).toContain('needs exactly one of');
  });
});

describe('identity.onBehalfOf', () => {
  it('takes public keys from files, and no others', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(join(folder, 'private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, 'none.pem'), 'no key');
    const yaml = (file: string) =>
      `identity: { onBehalfOf: { agents: [{ agent: a, users: ['*'], publicKey: ${file} }] } }`;
    expect(configOf(yaml('public.pem')).identity.onBehalfOf.agents[0]?.publicKey).toContain('PUBLIC KEY');
    expect(problemsOf(yaml('private.pem')).join()).toContain('holds a private key');
    for (const file of ['none.pem', 'missing.pem'])
      expect(problemsOf(yaml(file)).join()).toContain('holds no public key');
  });
});

describe('keys', () => {
  const SECRET = 'a-secret-that-is-long-enough';

  it('get their secrets from `SALLYPORT_KEYS`, or from where the file says, and their terms from the file', () => {
    writeFileSync(join(folder, 'secret'), `${SECRET}-too\n`);
    const { keys } = configOf(
      "keys: { app: { kind: agent, groups: [a], scope: { tools: [] }, expiresAt: '2027-01-31T00:00:00Z' }, other: { secret: { file: secret } } }",
      { SALLYPORT_KEYS: `app:${SECRET},plain:${SECRET}-three` },
    );
    expect(keys.map(({ secret: _secret, ...key }) => key)).toEqual([
      {
        name: 'app',
        principal: { kind: 'agent', id: 'app', tenant: 'default', groups: ['a'] },
        scope: { tools: [] },
        expiresAt: '2027-01-31T00:00:00Z',
      },
      { name: 'plain', principal: { kind: 'service', id: 'plain', tenant: 'default', groups: [] } },
      { name: 'other', principal: { kind: 'service', id: 'other', tenant: 'default', groups: [] } },
    ]);
    expect(keys[2]?.secret.reveal()).toBe(`${SECRET}-too`);
  });

  it.each([
    ['keys: { app: {} }', {}, 'has no `secret`'],
    [
      'keys: { app: { secret: { env: K } } }',
      { SALLYPORT_KEYS: `app:${SECRET}`, K: SECRET },
      'holds a key of this name already',
    ],
    ['keys: { app: { secret: { env: K } } }', {}, '`K` is not set'],
    ['keys: { app: { secret: { env: K }, expiresAt: tomorrow } }', { K: SECRET }, 'must be a time'],
    ['keys: { app: { secret: { env: K }, certificate: none.pem } }', { K: SECRET }, 'holds no certificate'],
    ['keys: { App: { secret: { env: K } } }', { K: SECRET }, 'must be 1 to 63'],
    [
      'keys: { app: { secret: { env: K } } }',
      { SALLYPORT_KEYS: `other:${SECRET}`, K: SECRET },
      'has the secret of the key `other`',
    ],
  ])('%s is refused', (yaml, env, message) => {
    expect(problemsOf(yaml, env as Readonly<Record<string, string>>).join()).toContain(message);
  });
});

describe('admin', () => {
  const told = "jwks: 'https://keys.example.com/set'";
  const both = (audiences: string) => `
admin:
  issuers:
    - { name: ops, issuer: 'https://login.example.com/', audiences: [${audiences}], ${told} }
  roles: { approver: [finance-leads], admin: [platform] }
${issuer(told)}`;

  it('knows operators by an issuer that the data plane takes too, for tokens of another audience', () => {
    expect(configOf(both('admin-api')).admin).toMatchObject({
      identity: { issuers: [{ name: 'ops', prefix: 'ops:' }], certificates: [] },
      roles: { approver: ['finance-leads'], admin: ['platform'] },
    });
    expect(problemsOf(both('b, a'))).toEqual([
      'admin.issuers[0].audiences: shares an audience with `corp` of `identity.issuers`: tokens for the data plane would open the admin API',
    ]);
  });

  it.each([
    ['issuers: [{ name: ops, issuer: x, audiences: [a] }]', 'admin.issuers[0]: needs either'],
    ["issuers: [{ name: ops, issuer: x, audiences: [a], jwks: 'https://x.example', scope: {} }]", 'unknown option'],
    ['certificates: [{ id: ann }]', 'admin.certificates[0]: needs exactly one'],
    ["certificates: [{ commonName: 'ann' }]", 'admin.certificates: nobody shows one'],
    ['roles: { emperor: [platform] }', 'admin.roles'],
    ['roles: { admin: platform }', 'admin.roles.admin'],
  ])('with `%s` is refused', (yaml, message) => {
    expect(problemsOf(`admin: { ${yaml} }`).join()).toContain(message);
  });

  it('takes no secret of a gateway key for its token', () => {
    const env = { SALLYPORT_KEYS: 'app:the-same-secret-twice', SALLYPORT_ADMIN_TOKEN: 'the-same-secret-twice' };
    expect(problemsOf('', env)).toEqual(['admin.token: is also the secret of a gateway key']);
  });
});
