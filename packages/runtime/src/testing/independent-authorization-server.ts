import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

/** An authorization server that others wrote, and an MCP server that names it. */
export interface IndependentAuthorizationServer {
  readonly url: string;
  /** Address of the MCP server. */
  readonly mcp: string;
  /** A browser goes there, signs in as `ann` and says yes. @returns the address that it is sent back to */
  visit(address: string): Promise<string>;
  close(): Promise<void>;
}

const STEPS_MAX = 20;

/** @param redirectUri of the client `static`, whose secret is `static-secret` */
export async function independentAuthorizationServer(redirectUri: string): Promise<IndependentAuthorizationServer> {
  const authorization = createServer();
  const resource = createServer();
  for (const server of [authorization, resource]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const [url, origin] = [authorization, resource].map(
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
  if (url === undefined || origin === undefined) throw new Error('no address');
  const mcp = `${origin}/mcp`;
  const provider = new Provider(url, await configurationOf(mcp, redirectUri));
  const serve = provider.callback();
  authorization.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/interact/') === true) void interact(provider, request, response);
    else serve(request, response);
  });
  resource.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const metadata = '/.well-known/oauth-protected-resource/mcp';
    if (request.url !== metadata) {
      return response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${origin}${metadata}"` }).end();
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ resource: mcp, authorization_servers: [url], scopes_supported: ['read'] }));
  });
  return {
    url,
    mcp,
    visit: (address) => walk(address, url),
    close: async () => {
      for (const server of [authorization, resource]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function configurationOf(mcp: string, redirectUri: string): Promise<object> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    clients: [
      {
        client_id: 'static',
        client_secret: 'static-secret',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', alg: 'ES256', use: 'sig' }] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: ['a-key-of-the-tests'] },
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interact/${uid}` },
    scopes: ['offline_access', 'read'],
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, resource: string) => {
          if (resource !== mcp) throw new Error('unknown resource');
          return { scope: 'read', audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
        },
      },
    },
  };
}

/** Whoever comes signs in as `ann`, and says yes to everything. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: 'ann' } });
    return;
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: params.client_id ?? '' });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

/** A browser with cookies, until it is sent to another host. */
async function walk(address: string, origin: string): Promise<string> {
  const cookies = new Map<string, string>();
  let at = address;
  for (let steps = 0; steps < STEPS_MAX && at.startsWith(origin); steps += 1) {
    const cookie = Array.from(cookies, (pair) => pair.join('=')).join('; ');
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie } });
    const text = await answer.text();
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) return `status ${answer.status}: ${text.slice(0, 200)}`;
    at = new URL(location, at).href;
  }
  return at;
}
