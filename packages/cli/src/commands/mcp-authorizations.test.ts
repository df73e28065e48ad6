import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const TOKEN = 'admin-token-of-the-test';
const KEY = 'secret-of-the-mailer';
const UPSTREAM = 'an-upstream-token';
const cwd = mkdtempSync(join(tmpdir(), 'sallyport-authorized-'));

let gateway: RunningGateway;
let server: Server;

/** Its own authorization server: whoever has its token is told one tool. */
async function ticketServer(): Promise<Server> {
  const http = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const json = (value: object) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      const answer = (value: object) => json({ jsonrpc: '2.0', id: JSON.parse(text).id, result: value });
      if (request.url === '/.well-known/oauth-protected-resource/mcp') {
        return json({ resource: `${url}/mcp`, authorization_servers: [url] });
      }
      if (request.url === '/.well-known/oauth-authorization-server') {
        const endpoints = { authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` };
        return json({ issuer: url, ...endpoints, code_challenge_methods_supported: ['S256'] });
      }
      if (request.url === '/token') return json({ access_token: UPSTREAM, token_type: 'bearer' });
      if (request.headers.authorization !== `Bearer ${UPSTREAM}`) {
        return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      }
      if (request.method !== 'POST') return response.writeHead(405).end();
      if (text.includes('"initialize"')) {
        const serverInfo = { name: 'tickets', version: '1' };
        return answer({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo });
      }
      if (text.includes('"tools/list"')) {
        return answer({ tools: [{ name: 'close_ticket', inputSchema: { type: 'object', properties: {} } }] });
      }
      return text.includes('"id"') ? response.writeHead(400).end() : response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return http;
}

beforeAll(async () => {
  server = await ticketServer();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = { clientId: 'sallyport', clientSecret: { env: 'TICKETS_SECRET' }, issuer: url, reach: 'loopback' };
  const authorization = {
    publicUrl: 'https://gateway.example.com',
    upstreams: {
      tickets: { grant: 'client-credentials', ...own },
      people: { grant: 'authorization-code', ...own },
    },
  };
  const servers = { tickets: { url: `${url}/mcp` }, people: { url: `${url}/mcp` } };
  writeFileSync(
    join(cwd, 'sallyport.yaml'),
    JSON.stringify({ audit: { mode: 'relaxed' }, mcp: { servers, authorization } }),
  );
  const env = { SALLYPORT_ADMIN_TOKEN: TOKEN, SALLYPORT_KEYS: `mailer:${KEY}`, TICKETS_SECRET: 'a-client-secret' };
  const loaded = loadConfig({ env, cwd, options: { port: 0, adminPort: 0, logLevel: 'silent' } });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  gateway = await startGateway(loaded.config);
});
afterAll(async () => {
  await gateway.stop(0);
  await new Promise((resolve) => server.close(resolve));
  rmSync(cwd, { recursive: true, force: true });
});

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const known = { SALLYPORT_ADMIN_TOKEN: TOKEN, TICKETS_SECRET: 'a-client-secret', ...env };
  const terminal = capturedTerminal({ cwd, env: known });
  const code = await main(['mcp', ...args, '--admin-port', new URL(gateway.adminUrl).port], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

const inspect = (name: string, env: Record<string, string>) => run(['inspect', name, '--url', gateway.dataUrl], env);

describe('sallyport mcp inspect, for a server behind authorization', () => {
  it('asks the gateway that runs, which is let in', async () => {
    const { code, printed, told } = await inspect('tickets', { SALLYPORT_KEY: KEY });
    expect([code, told]).toEqual([0, expect.stringContaining('1 tools')]);
    expect(printed).toMatch(/^close_ticket\n/);
    expect(printed).toMatch(/pin {9}pinned/);
    expect(`${printed}${told}`).not.toContain(UPSTREAM);
  });

  it('says where somebody has to let the gateway in first', async () => {
    const { code, told } = await inspect('people', { SALLYPORT_KEY: KEY });
    expect([code, told]).toEqual([1, expect.stringContaining('at https://gateway.example.com/mcp-authorization/')]);
  });

  test.each([
    ['no key', {}, 2],
    ['a key that nobody gave', { SALLYPORT_KEY: 'another-key-altogether' }, 1],
  ])('says what is missing with %s', async (_what, env, expected) => {
    const { code, printed } = await inspect('tickets', env as Record<string, string>);
    expect([code, printed]).toEqual([expected, '']);
  });
});

describe('sallyport mcp authorizations', () => {
  it('lists what lets the gateway in, without a token of it, and ends it', async () => {
    await inspect('tickets', { SALLYPORT_KEY: KEY });
    const { printed } = await run(['authorizations']);
    const [, id = ''] = /^([0-9a-f]{24}) +tickets +the gateway /m.exec(printed) ?? [];
    expect(printed).not.toContain(UPSTREAM);
    expect(await run(['revoke', id, '--reason', 'not used any more'])).toMatchObject({
      code: 0,
      told: expect.stringContaining('revoked: the gateway is not let in at `tickets`'),
    });
    expect((await run(['authorizations', '--json'])).printed).toBe('{"authorizations":[]}\n');
    expect((await run(['revoke', id])).code).toBe(1);
  });

  test.each([
    ['what is no id', ['revoke', '../keys']],
    ['a reason that is too long', ['revoke', 'a'.repeat(24), '--reason', 'x'.repeat(501)]],
  ])('is wrong usage with %s', async (_what, args) => {
    expect((await run(args)).code).toBe(2);
  });
});
