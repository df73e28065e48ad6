import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from './load-config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-mcp-authorization-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(authorization: object, more: object = {}) {
  const path = join(folder, 'sallyport.yaml');
  const servers = {
    tickets: { url: 'https://mcp.example.com/mcp' },
    insecure: { url: 'http://mcp.example.com/mcp' },
    here: { command: 'server' },
    keyed: { url: 'https://keyed.example.com', secretHeaders: { authorization: { env: 'SECRET' } } },
  };
  const corp = { name: 'corp', issuer: 'https://login.example.com', audiences: ['sallyport'], discovery: true };
  writeFileSync(path, stringify({ identity: { issuers: [corp] }, mcp: { servers, authorization }, ...more }));
  return loadConfig({ path, env: { SECRET: 'a-secret-of-some-length' } });
}

function resolved(authorization: object, more: object = {}) {
  const loaded = load(authorization, more);
  return 'config' in loaded ? loaded.config.mcp.authorization : expect.fail(JSON.stringify(loaded.problems));
}

function problems(authorization: object, more: object = {}): readonly string[] {
  const loaded = load(authorization, more);
  return 'problems' in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

const upstream = (over: object, name = 'tickets') => ({ upstreams: { [name]: over } });

describe('mcp.authorization', () => {
  test('binds tokens for a server to its address at the gateway', () => {
    expect(resolved({ resources: { tickets: { issuers: ['corp'] } } })).toMatchObject({
      publicUrl: 'http://127.0.0.1:8787',
      resources: { tickets: { issuers: ['corp'], scopes: [], audience: 'http://127.0.0.1:8787/mcp/tickets' } },
    });
    const publicUrl = 'https://Gateway.example.com:443/';
    expect(resolved({ publicUrl, resources: { here: { issuers: ['corp'] } } })).toMatchObject({
      publicUrl: 'https://gateway.example.com',
      resources: { here: { audience: 'https://gateway.example.com/mcp/here' } },
    });
    expect(resolved({}, { listen: { host: '::1', port: 9 } }).publicUrl).toBe('http://[::1]:9');
  });

  test('lets the gateway in as a principal or as itself', () => {
    const { upstreams } = resolved(
      upstream({
        grant: 'client-credentials',
        issuer: 'https://login.example.com',
        clientId: 'gateway',
        clientSecret: { env: 'SECRET' },
      }),
    );
    expect(upstreams.tickets).toMatchObject({
      server: 'https://mcp.example.com/mcp',
      reach: 'public',
      clientId: 'gateway',
    });
    expect(upstreams.tickets?.clientSecret?.reveal()).toBe('a-secret-of-some-length');
    expect(resolved(upstream({})).upstreams.tickets).toMatchObject({ grant: 'authorization-code' });
  });

  test.each<[object, string]>([
    [{ publicUrl: 'http://gateway.example.com' }, 'publicUrl: must be an https address, but for this machine itself'],
    [{ publicUrl: 'https://gateway.example.com/base' }, 'publicUrl: must not have a path'],
    [{ resources: { other: { issuers: ['corp'] } } }, 'resources.other: no server of `mcp.servers` has this name'],
    [
      { resources: { tickets: { issuers: ['nobody'] } } },
      'resources.tickets.issuers[0]: no issuer of `identity.issuers` has this name',
    ],
    [{ resources: { tickets: { issuers: ['corp', 'corp'] } } }, 'resources.tickets.issuers[1]: repeats a name'],
    [
      { resources: { tickets: { issuers: ['corp'], audience: 'a' }, here: { issuers: ['corp'], audience: 'a' } } },
      'resources.here.audience: is the audience of another server too',
    ],
    [upstream({}, 'other'), 'upstreams.other: no server of `mcp.servers` with a `url` has this name'],
    [upstream({}, 'here'), 'upstreams.here: no server of `mcp.servers` with a `url` has this name'],
    [upstream({}, 'keyed'), 'upstreams.keyed: has `authorization` among its `secretHeaders` already'],
    [
      upstream({ clientId: 'x' }),
      'upstreams.tickets.issuer: is required beside `clientId`: one authorization server knows it',
    ],
    [upstream({ clientSecret: { env: 'SECRET' } }), 'upstreams.tickets.clientId: is required beside `clientSecret`'],
    [upstream({ grant: 'client-credentials' }), 'upstreams.tickets.clientSecret: is required for `client-credentials`'],
    [upstream({ issuer: 'http://login.example.com' }), 'upstreams.tickets.issuer: must be an https address'],
    [upstream({ issuer: 'https://a@login.example.com' }), 'upstreams.tickets.issuer: must not hold credentials'],
    [upstream({ resource: 'https://mcp.example.com/#x' }), 'upstreams.tickets.resource: must not have a fragment'],
    [
      upstream({ reach: 'loopback', issuer: 'http://10.0.0.1' }),
      'upstreams.tickets.issuer: must be an https address, but for this machine itself',
    ],
    [
      upstream({ issuer: 'https://i.example.com', clientId: 'x', clientSecret: { env: 'MISSING' } }),
      'upstreams.tickets.clientSecret: environment variable `MISSING` is not set',
    ],
  ])('refuses %j', (authorization, problem) => {
    expect(problems(authorization)).toContain(`mcp.authorization.${problem}`);
  });

  test('sends no token to a server without TLS', () => {
    expect(problems(upstream({}, 'insecure'))).toContain(
      'mcp.servers.insecure.url: must be an https address, since tokens go there',
    );
  });

  test('needs to be told its address where it listens on every one', () => {
    const told = 'mcp.authorization.publicUrl: is required where `listen.host` is every address';
    const listen = { host: '0.0.0.0' };
    expect(problems(upstream({}), { listen })).toContain(told);
    expect(problems({}, { listen })).toEqual([]);
    expect(problems({ publicUrl: 'https://g.example.com', ...upstream({}) }, { listen })).toEqual([]);
  });
});
