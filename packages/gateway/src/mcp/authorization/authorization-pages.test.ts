import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Asker } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DescribedApi } from '../../testing/described-api.ts';
import { TEST_KEY, type TestGateway, testGateway } from '../../testing/test-gateway.ts';
import { type TestIssuer, testIssuer } from '../../testing/test-issuer.ts';
import { enterServer } from './enter-server.ts';
import { FORM_MAX_BYTES } from './read-form.ts';

const FORM = 'application/x-www-form-urlencoded';
const PUBLIC_URL = 'https://gateway.example.com';
const SECRET = 'a-client-secret-of-the-gateway';
const ASKER = { owner: { kind: 'service', id: 'test', tenant: 'default' }, client: 'credential' } as const;
let applications = 0;

let issuer: TestIssuer;
let gateway: TestGateway;
let upstream: Awaited<ReturnType<typeof authorizationServer>>;

/** An authorization server and MCP server in one, as small as can be. */
async function authorizationServer() {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const json = (value: object) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      switch (request.url) {
        case '/.well-known/oauth-protected-resource/mcp':
          return json({ resource: `${url}/mcp`, authorization_servers: [url], scopes_supported: ['read'] });
        case '/.well-known/oauth-authorization-server':
          return json({
            issuer: url,
            authorization_endpoint: `${url}/authorize?prompt=login`,
            token_endpoint: `${url}/token`,
            code_challenge_methods_supported: ['S256'],
          });
        case '/token':
          asked.push(new URLSearchParams(text));
          return json({ access_token: 'an-upstream-token', token_type: 'bearer' });
        default:
          return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, close: () => new Promise((resolve) => server.close(resolve)) };
}

beforeAll(async () => {
  issuer = await testIssuer();
  upstream = await authorizationServer();
  gateway = await testGateway(
    `
identity:
  issuers: [{ name: corp, issuer: '${issuer.url}', audiences: [sallyport], jwks: '${issuer.url}/jwks' }]
mcp:
  servers:
    tickets: { url: '${upstream.url}/mcp' }
    notes: { command: notes-server }
  authorization:
    publicUrl: ${PUBLIC_URL}
    resources: { tickets: { issuers: [corp], scopes: [tickets] } }
    upstreams:
      tickets: { issuer: '${upstream.url}', clientId: gateway, clientSecret: { env: CLIENT_SECRET }, reach: loopback }
`,
    { CLIENT_SECRET: SECRET },
  );
});

afterAll(async () => {
  await gateway.end();
  await upstream.close();
  await issuer.close();
});

const at = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.dataUrl}${path}`, { redirect: 'manual', ...init });

/** A page that nobody opened yet. */
async function consentPath(over: Partial<Asker> = {}): Promise<string> {
  applications += 1;
  const asker = { ...ASKER, client: `app-${applications}`, ...over };
  const asked = await gateway.house.authorizations.credentialFor('tickets', asker);
  return 'consent' in asked ? new URL(asked.consent).pathname : expect.fail('no consent is asked for');
}

/** A browser that opened the page. */
async function opened(path: string) {
  const answer = await at(path);
  const page = await answer.text();
  const cookie = answer.headers.get('set-cookie') ?? '';
  return {
    answer,
    page,
    cookie: cookie.split(';')[0] ?? '',
    form: /name="form" value="([^"]+)"/.exec(page)?.[1] ?? '',
  };
}

interface Said {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

function say({ path, fields, headers = {} }: Said): Promise<Response> {
  return at(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: PUBLIC_URL, ...headers } });
}

const onwardOf = (page: string) => new URL((/href="([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&'));

describe('metadata of an MCP server', () => {
  it('is where RFC 9728 has it, for whoever asks, from any origin', async () => {
    const answer = await at('/.well-known/oauth-protected-resource/mcp/tickets');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(await answer.json()).toEqual({
      resource: `${PUBLIC_URL}/mcp/tickets`,
      resource_name: 'tickets',
      authorization_servers: [issuer.url],
      scopes_supported: ['tickets'],
      bearer_methods_supported: ['header'],
    });
  });

  it.each(['notes', 'elsewhere', '__proto__', '..'])('is not there for %s', async (server) => {
    expect((await at(`/.well-known/oauth-protected-resource/mcp/${server}`)).status).toBe(404);
  });

  it('is read and nothing else', async () => {
    expect((await at('/.well-known/oauth-protected-resource/mcp/tickets', { method: 'POST' })).status).toBe(405);
  });
});

describe('enterServer()', () => {
  async function entered(headers: Record<string, string>, server = 'tickets') {
    const made = createServer((request, response) => {
      void enterServer(gateway.house, server, request).then((found) => response.end(JSON.stringify(found)));
    });
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    const answer = await fetch(
      `http://127.0.0.1:${(made.address() as AddressInfo).port}/mcp/${server}?access_token=x`,
      { headers },
    );
    const found: unknown = await answer.json();
    await new Promise((resolve) => made.close(resolve));
    return found;
  }

  it('lets in with a key or a token in `authorization`, and says what is missing', async () => {
    const token = (claims: object) =>
      `Bearer ${issuer.token({ sub: 'ann', aud: `${PUBLIC_URL}/mcp/tickets`, ...claims })}`;
    expect(await entered({ authorization: `bearer ${TEST_KEY}` })).toMatchObject({ principal: { id: 'test' } });
    expect(await entered({ authorization: token({ scope: 'tickets', azp: 'app' }) })).toMatchObject({
      principal: { id: 'corp:ann' },
      client: 'app',
    });
    const challenge = `resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp/tickets", scope="tickets"`;
    expect(await entered({})).toEqual({
      fault: 'KEY_MISSING',
      status: 401,
      headers: { 'www-authenticate': `Bearer ${challenge}` },
    });
    expect(await entered({ authorization: token({ scope: 'other' }) })).toEqual({
      fault: 'SCOPE_MISSING',
      status: 403,
      headers: { 'www-authenticate': `Bearer error="insufficient_scope", ${challenge}` },
    });
    expect(await entered({ authorization: token({ aud: 'sallyport', scope: 'tickets' }) })).toMatchObject({
      status: 401,
    });
  });

  it.each(['Basic dGVzdA==', `Bearer ${TEST_KEY} more`, 'Bearer', `Token ${TEST_KEY}`])(
    'takes `%s` for a credential that is wrong',
    async (authorization) => {
      expect(await entered({ authorization })).toMatchObject({ fault: 'KEY_INVALID', status: 401 });
    },
  );

  it('looks nowhere else for a credential', async () => {
    expect(await entered({ 'x-api-key': TEST_KEY }, 'notes')).toMatchObject({ fault: 'KEY_MISSING' });
  });
});

describe('the consent page', () => {
  it('lets a browser go on after the owner has shown who they are, and lets the gateway in when it comes back', async () => {
    const path = await consentPath(ASKER);
    const { answer, page, cookie, form } = await opened(path);
    expect(answer.status).toBe(200);
    expect(page).toContain('service/test');
    expect(page).toContain(new URL(upstream.url).host);
    const onward = await say({ path, fields: { form, answer: 'yes', credential: TEST_KEY }, headers: { cookie } });
    expect(onward.status).toBe(200);
    const to = onwardOf(await onward.text());
    expect(to.origin).toBe(upstream.url);
    expect(Object.fromEntries(to.searchParams)).toMatchObject({
      prompt: 'login',
      client_id: 'gateway',
      redirect_uri: `${PUBLIC_URL}/mcp-authorization/callback/tickets`,
      resource: `${upstream.url}/mcp`,
      scope: 'read',
    });
    const query = new URLSearchParams({ code: 'a-code', state: to.searchParams.get('state') ?? '' });
    const back = await at(`/mcp-authorization/callback/tickets?${query}`, { headers: { cookie } });
    expect(back.status).toBe(200);
    expect(await back.text()).not.toContain('an-upstream-token');
    expect(upstream.asked[0]?.get('resource')).toBe(`${upstream.url}/mcp`);
    expect(await gateway.house.authorizations.credentialFor('tickets', ASKER)).toEqual({
      headers: { authorization: 'Bearer an-upstream-token' },
    });
    const kinds = gateway.house.exchanges({}).exchanges.flatMap(({ records }) => records.map(({ kind }) => kind));
    expect(kinds).not.toContain('authorization');
    expect((await at(`/mcp-authorization/callback/tickets?${query}`, { headers: { cookie } })).status).toBe(404);
  });

  it('is framed by nobody, runs nothing, and binds the browser', async () => {
    const { answer } = await opened(await consentPath());
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"]) {
      expect(policy).toContain(part);
    }
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-sallyport-consent=[\w-]{43}; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/,
    );
  });

  it.each<[string, (said: Said) => Said]>([
    ['of another origin', (said) => ({ ...said, headers: { ...said.headers, origin: 'https://evil.example.com' } })],
    ['of no origin', (said) => ({ ...said, headers: { ...said.headers, origin: 'null' } })],
    ['of another browser', (said) => ({ ...said, headers: { cookie: `__Host-sallyport-consent=${'x'.repeat(43)}` } })],
    ['without the cookie', (said) => ({ ...said, headers: {} })],
    [
      'with the cookie twice',
      (said) => ({ ...said, headers: { cookie: `${said.headers?.cookie}; ${said.headers?.cookie}` } }),
    ],
    ['with the form of another page', (said) => ({ ...said, fields: { ...said.fields, form: 'A'.repeat(43) } })],
  ])('takes no form %s', async (_what, change) => {
    const path = await consentPath();
    const { cookie, form } = await opened(path);
    const answer = await say(
      change({ path, fields: { form, answer: 'yes', credential: TEST_KEY }, headers: { cookie } }),
    );
    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toContain(upstream.url);
  });

  it("takes no form for one page that was another's", async () => {
    const first = await opened(await consentPath());
    const path = await consentPath();
    const fields = { form: first.form, answer: 'yes', credential: TEST_KEY };
    expect((await say({ path, fields, headers: { cookie: first.cookie } })).status).toBe(403);
  });

  it.each(['', 'not-a-secret', 'x'.repeat(9_000)])(
    'asks again where what is shown is not the owner: %#',
    async (credential) => {
      const path = await consentPath();
      const { cookie, form } = await opened(path);
      const answer = await say({ path, fields: { form, answer: 'yes', credential }, headers: { cookie } });
      expect(answer.status).toBe(403);
      const page = await answer.text();
      expect(page).toContain('not a credential of this owner');
      if (credential !== '') expect(page).not.toContain(credential);
    },
  );

  it('takes a no', async () => {
    const path = await consentPath();
    const { cookie, form } = await opened(path);
    expect((await say({ path, fields: { form, answer: 'no' }, headers: { cookie } })).status).toBe(200);
    expect((await at(path)).status).toBe(404);
  });

  it.each([
    ['{}', 'application/json', 415],
    ['answer=no&answer=yes', FORM, 400],
    [`answer=${'x'.repeat(FORM_MAX_BYTES - 7)}`, FORM, 403],
    [`answer=${'x'.repeat(FORM_MAX_BYTES - 6)}`, FORM, 413],
  ])('takes no form of another type, with a field twice, or beyond its size: %#', async (body, type, status) => {
    const init = { method: 'POST', body, headers: { 'content-type': type } };
    expect((await at(await consentPath(), init)).status).toBe(status);
  });

  it('shows text as text, whatever a name holds', async () => {
    const owner = { ...ASKER.owner, id: '<img src=x>"\u202e' };
    const { page } = await opened(await consentPath({ owner }));
    expect(page).toContain('&lt;img src=x&gt;&quot;');
    expect(page).not.toContain('<img');
    expect(page).not.toContain('\u202e');
  });

  it.each([
    '/mcp-authorization/consent/unknown',
    '/mcp-authorization/callback/tickets',
    '/mcp-authorization/callback/tickets?state=x&code=y',
    '/mcp-authorization/callback/elsewhere?state=x&code=y',
    '/mcp-authorization/client/notes',
  ])('is not at %s', async (path) => expect((await at(path)).status).toBe(404));
});

describe('the admin API', () => {
  it('lists what lets the gateway in, without tokens, and takes it back', async () => {
    const own = { authorization: `Bearer ${gateway.house.firstAdminToken}` };
    const list = async () => {
      const answer = await fetch(`${gateway.adminUrl}/api/v1/authorizations`, { headers: own });
      return (await answer.json()) as { authorizations: { id: string }[] };
    };
    const { authorizations } = await list();
    expect(authorizations).toMatchObject([{ server: 'tickets', owner: ASKER.owner, scopes: ['read'] }]);
    expect(JSON.stringify(authorizations)).not.toContain('an-upstream-token');
    const described = await DescribedApi.of(gateway, gateway.house.firstAdminToken ?? '');
    await described.call('listAuthorizations', {});
    const params = { id: authorizations[0]?.id ?? '' };
    expect((await described.call('revokeAuthorization', { params })).status).toBe(200);
    expect((await described.call('revokeAuthorization', { params })).status).toBe(404);
    expect((await list()).authorizations).toEqual([]);
    expect(await gateway.house.authorizations.credentialFor('tickets', ASKER)).toHaveProperty('consent');
  });
});

describe('the client metadata document', () => {
  it('says who the gateway is, at the address that it names', async () => {
    expect(await (await at('/mcp-authorization/client/tickets')).json()).toMatchObject({
      client_id: `${PUBLIC_URL}/mcp-authorization/client/tickets`,
      client_name: 'Sallyport',
      redirect_uris: [`${PUBLIC_URL}/mcp-authorization/callback/tickets`],
      token_endpoint_auth_method: 'none',
    });
  });
});
