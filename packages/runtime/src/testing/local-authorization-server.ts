import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LocalIssuer, localIssuer } from './local-issuer.ts';

/** How the authorization server misbehaves. */
export type AuthorizationMood =
  | 'well'
  | 'no-pkce'
  | 'plain-pkce'
  | 'another-issuer'
  | 'redirecting'
  | 'huge'
  | 'hanging'
  | 'duplicated'
  | 'endpoint-elsewhere'
  | 'script-endpoint'
  | 'no-metadata'
  | 'another-audience'
  | 'wrong-iss'
  | 'no-iss'
  | 'dpop'
  | 'split-token'
  | 'huge-token'
  | 'token-redirect'
  | 'token-failing'
  | 'declining'
  | 'unregistering'
  | 'forgetful';

/** How the MCP server misbehaves. */
export type ResourceMood =
  | 'well'
  | 'another-resource'
  | 'metadata-elsewhere'
  | 'issuer-elsewhere'
  | 'insatiable'
  | 'no-metadata'
  | 'refusing';

interface Grant {
  readonly clientId: string;
  readonly resource: string;
  readonly scopes: readonly string[];
}

interface Code extends Grant {
  readonly redirectUri: string;
  readonly challenge: string;
}

/** A real authorization server and an MCP server that trusts it, on this machine, with ways to misbehave. */
export interface LocalAuthorizationServer {
  readonly url: string;
  /** Address of the MCP server. */
  readonly mcp: string;
  mood: AuthorizationMood;
  resourceMood: ResourceMood;
  /** Scopes that the MCP server wants. */
  wanted: readonly string[];
  /** What the token endpoint says of the life of tokens, seconds. */
  expiresIn: number | undefined;
  /** Whether it takes clients by their metadata documents. */
  takesDocuments: boolean;
  /** Clients that it knows, with their secrets. */
  readonly clients: Map<string, { readonly secret?: string; readonly redirectUris: readonly string[] }>;
  /** Requests by path, with the fields of their forms. */
  readonly asked: { readonly path: string; readonly form: URLSearchParams }[];
  /** What lets in at the MCP server. */
  readonly tokens: Map<string, Grant>;
  /** What a browser does there: follows the address, and says where it is sent. */
  visit(address: string): Promise<string>;
  close(): Promise<void>;
}

const HUGE_BYTES = 400_000;

export async function localAuthorizationServer(): Promise<LocalAuthorizationServer> {
  const issuer = await localIssuer();
  const local = new Local(issuer);
  await local.listen();
  return local;
}

class Local implements LocalAuthorizationServer {
  mood: AuthorizationMood = 'well';
  resourceMood: ResourceMood = 'well';
  wanted: readonly string[] = ['read'];
  expiresIn: number | undefined = 3_600;
  takesDocuments = false;
  readonly clients: LocalAuthorizationServer['clients'] = new Map();
  readonly asked: LocalAuthorizationServer['asked'] = [];
  readonly tokens = new Map<string, Grant>();
  readonly #codes = new Map<string, Code>();
  readonly #refreshes = new Map<string, Grant>();
  readonly #issuer: LocalIssuer;
  readonly #authorization: Server;
  readonly #resource: Server;

  constructor(issuer: LocalIssuer) {
    this.#issuer = issuer;
    const served = (serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>) =>
      createServer((request, response) => void serve(request, response));
    this.#authorization = served((request, response) => this.#authorize(request, response));
    this.#resource = served((request, response) => this.#serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#authorization.address() as AddressInfo).port}`;
  }

  get mcp(): string {
    return `http://127.0.0.1:${(this.#resource.address() as AddressInfo).port}/mcp`;
  }

  async listen(): Promise<void> {
    for (const server of [this.#authorization, this.#resource]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
  }

  async visit(address: string): Promise<string> {
    const answer = await fetch(address, { redirect: 'manual' });
    await answer.body?.cancel();
    return answer.headers.get('location') ?? `status ${answer.status}`;
  }

  async close(): Promise<void> {
    for (const server of [this.#authorization, this.#resource]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await this.#issuer.close();
  }

  async #authorize(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    const text = await textOf(request);
    const form = new URLSearchParams(text);
    this.asked.push({ path: url.pathname, form: request.method === 'POST' ? form : url.searchParams });
    switch (url.pathname) {
      case '/.well-known/oauth-authorization-server':
        return this.#metadata(response);
      case '/authorize':
        return this.#redirect(url.searchParams, response);
      case '/token':
        return this.#token(form, request, response);
      case '/register':
        return this.#register(JSON.parse(text) as { redirect_uris: string[] }, response);
      case '/revoke':
        this.tokens.delete(form.get('token') ?? '');
        this.#refreshes.delete(form.get('token') ?? '');
        response.writeHead(200).end();
        return;
      default:
        response.writeHead(404).end();
    }
  }

  #metadata(response: ServerResponse): void {
    const { url, mood } = this;
    const metadata = {
      issuer: mood === 'another-issuer' ? 'https://login.example.com' : url,
      authorization_endpoint: mood === 'script-endpoint' ? 'javascript:alert(1)' : `${url}/authorize`,
      token_endpoint: mood === 'endpoint-elsewhere' ? 'http://internal.example.com/token' : `${url}/token`,
      registration_endpoint: `${url}/register`,
      revocation_endpoint: `${url}/revoke`,
      response_types_supported: ['code'],
      scopes_supported: ['read', 'write', 'offline_access'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: this.takesDocuments,
      ...(mood !== 'no-pkce' && { code_challenge_methods_supported: [mood === 'plain-pkce' ? 'plain' : 'S256'] }),
      ...(mood === 'huge' && { padding: 'x'.repeat(HUGE_BYTES) }),
    };
    const text = JSON.stringify(metadata);
    if (mood === 'no-metadata') response.writeHead(404).end();
    else if (mood === 'redirecting') response.writeHead(302, { location: `${url}/elsewhere` }).end();
    else if (mood === 'duplicated') json(response, 200, `{"issuer":"https://login.example.com",${text.slice(1)}`);
    else if (mood !== 'hanging') json(response, 200, text);
  }

  #redirect(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? '';
    const clientId = query.get('client_id') ?? '';
    const isKnown = this.takesDocuments || this.clients.get(clientId)?.redirectUris.includes(redirectUri) === true;
    const isPkce = query.get('code_challenge_method') === 'S256' && query.has('code_challenge');
    if (!isKnown || !isPkce || query.get('resource') === null) {
      response.writeHead(400).end();
      return;
    }
    const back = new URL(redirectUri);
    back.searchParams.set('state', query.get('state') ?? '');
    if (this.mood !== 'no-iss') {
      back.searchParams.set('iss', this.mood === 'wrong-iss' ? 'https://login.example.com' : this.url);
    }
    if (this.mood === 'declining') back.searchParams.set('error', 'access_denied');
    else {
      const code = randomBytes(16).toString('hex');
      this.#codes.set(code, {
        clientId,
        redirectUri,
        challenge: query.get('code_challenge') ?? '',
        resource: query.get('resource') ?? '',
        scopes: (query.get('scope') ?? '').split(' ').filter((scope) => scope !== ''),
      });
      back.searchParams.set('code', code);
    }
    response.writeHead(302, { location: back.href }).end();
  }

  async #token(form: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.mood === 'token-redirect')
      return void response.writeHead(307, { location: `${this.url}/elsewhere` }).end();
    if (this.mood === 'token-failing') return void response.writeHead(503).end();
    if (this.mood === 'forgetful') {
      response.setHeader('www-authenticate', 'Basic realm="clients"');
      return json(response, 401, '{"error":"invalid_client"}');
    }
    const grant = this.#grantOf(form, request);
    if (grant === undefined) return json(response, 400, '{"error":"invalid_grant"}');
    const access = await this.#accessToken(grant);
    this.tokens.set(access, grant);
    const refresh = randomBytes(16).toString('hex');
    const refreshes = grant.scopes.includes('offline_access');
    if (refreshes) this.#refreshes.set(refresh, grant);
    json(
      response,
      200,
      JSON.stringify({
        access_token: access,
        token_type: this.mood === 'dpop' ? 'DPoP' : 'Bearer',
        scope: grant.scopes.join(' '),
        ...(this.expiresIn !== undefined && { expires_in: this.expiresIn }),
        ...(refreshes && { refresh_token: refresh }),
      }),
    );
  }

  async #accessToken({ resource }: Grant): Promise<string> {
    switch (this.mood) {
      case 'another-audience':
        return this.#issuer.sign({ iss: this.url, aud: 'https://another.example.com/mcp' });
      case 'split-token':
        return 'a b\r\nx-evil: 1';
      case 'huge-token':
        return 'x'.repeat(20_000);
      default:
        return this.#issuer.sign({ iss: this.url, aud: resource, jti: randomBytes(8).toString('hex') });
    }
  }

  /** A code and a refresh token are good once (OAuth 2.1, sections 4.1.3 and 4.3.1). */
  #grantOf(form: URLSearchParams, request: IncomingMessage): Grant | undefined {
    const resource = form.get('resource') ?? '';
    if (form.get('grant_type') === 'client_credentials') {
      const [id = '', secret = ''] = basicOf(request);
      if (this.clients.get(id)?.secret !== secret) return undefined;
      return { clientId: id, resource, scopes: (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '') };
    }
    if (form.get('grant_type') === 'refresh_token') {
      const refresh = form.get('refresh_token') ?? '';
      const grant = this.#refreshes.get(refresh);
      this.#refreshes.delete(refresh);
      return grant?.resource === resource ? grant : undefined;
    }
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight = code?.challenge === challenge && code.redirectUri === form.get('redirect_uri');
    return isRight && code.resource === resource ? code : undefined;
  }

  #register({ redirect_uris: redirectUris }: { readonly redirect_uris: string[] }, response: ServerResponse): void {
    if (this.mood === 'unregistering') {
      json(response, 400, '{"error":"invalid_redirect_uri"}');
      return;
    }
    const clientId = `registered-${this.clients.size}`;
    this.clients.set(clientId, { redirectUris });
    json(response, 201, JSON.stringify({ client_id: clientId, redirect_uris: redirectUris }));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await textOf(request);
    const { origin } = new URL(this.mcp);
    const { resourceMood } = this;
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
    if (request.url === new URL(metadata).pathname) {
      if (resourceMood === 'no-metadata') return void response.writeHead(404).end();
      const resource = resourceMood === 'another-resource' ? 'https://another.example.com/mcp' : this.mcp;
      const issuer = resourceMood === 'issuer-elsewhere' ? 'http://169.254.169.254' : this.url;
      return json(
        response,
        200,
        JSON.stringify({ resource, authorization_servers: [issuer], scopes_supported: ['read', 'write'] }),
      );
    }
    const place = resourceMood === 'metadata-elsewhere' ? 'http://127.0.0.1:1/metadata' : metadata;
    const grant = this.tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''));
    if (grant === undefined || grant.resource !== this.mcp || resourceMood === 'refusing') {
      const challenge = `Bearer resource_metadata="${place}", scope="${this.wanted.join(' ')}"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    const missing = resourceMood === 'insatiable' ? [...grant.scopes, 'more'] : this.wanted;
    if (!missing.every((scope) => grant.scopes.includes(scope))) {
      const challenge = `Bearer error="insufficient_scope", scope="${missing.join(' ')}"`;
      return void response.writeHead(403, { 'www-authenticate': challenge }).end();
    }
    json(response, 200, '{"jsonrpc":"2.0","id":1,"result":{}}');
  }
}

function basicOf(request: IncomingMessage): readonly string[] {
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  return Buffer.from(encoded, 'base64')
    .toString()
    .split(':')
    .map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function json(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(text);
}
