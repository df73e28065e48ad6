import { readUrl } from '@sallyport/core';
import type { AuthorizationServer } from 'oauth4webapi';
import type { McpUpstreamConfig } from '../../config/index.ts';
import { type Outbound, OutboundFailure } from './outbound.ts';
import { type Challenge, readChallenge, SCOPES_MAX, scopesIn } from './read-challenge.ts';

/** Authorization servers of one resource that are read. */
const SERVERS_MAX = 20;

/** Why an authorization server is not used: one of our own sentences, and no word of theirs. */
export class DiscoveryFailure extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'DiscoveryFailure';
  }
}

/** Where an MCP server wants its clients to be authorized. */
export interface Discovered {
  readonly authorization: AuthorizationServer;
  /** What tokens are asked for: as configuration says, or as the server calls itself. */
  readonly resource: string;
  /** Scopes that the server asks for, else all that it names; absent where it says nothing of them. */
  readonly scopes?: readonly string[];
}

/** A request that any MCP server refuses to whoever is not let in. */
const PROBE = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
};

/**
 * Finds the authorization server of an MCP server: what the server wants of who shows nothing, its protected resource metadata (RFC 9728), then
 * the metadata of the authorization server (RFC 8414, OpenID Connect Discovery 1.0), in the order that MCP 2026-07-28 says.
 * @throws {DiscoveryFailure} @throws {OutboundFailure}
 */
export async function discover(
  upstream: Pick<McpUpstreamConfig, 'server' | 'resource' | 'issuer' | 'grant'>,
  outbound: Outbound,
): Promise<Discovered> {
  const challenge = await challengeOf(upstream.server, outbound);
  const resource = await findResource(upstream, outbound, challenge?.resourceMetadata);
  const issuer = chooseIssuer(upstream.issuer, resource);
  const authorization = await findAuthorizationServer(issuer, outbound);
  checkAuthorizationServer(authorization, upstream.grant, outbound);
  const scopes = challenge?.scopes ?? resource?.scopes;
  return {
    authorization,
    resource: upstream.resource ?? resource?.resource ?? canonical(upstream.server),
    ...(scopes !== undefined && { scopes }),
  };
}

/** A server that answers otherwise, or not at all, says nothing of what it wants. */
async function challengeOf(server: string, outbound: Outbound): Promise<Challenge | undefined> {
  try {
    const answer = await outbound.fetch(server, PROBE);
    return answer.status === 401 ? readChallenge(answer.headers.get('www-authenticate') ?? undefined) : undefined;
  } catch (error) {
    if (error instanceof OutboundFailure) return undefined;
    throw error;
  }
}

interface ResourceMetadata {
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scopes?: readonly string[];
}

async function findResource(
  { server, resource }: Pick<McpUpstreamConfig, 'server' | 'resource'>,
  outbound: Outbound,
  named: string | undefined,
): Promise<ResourceMetadata | undefined> {
  const { origin, pathname } = new URL(server);
  // A server speaks for itself: what it says of itself stands at its own host.
  if (named !== undefined && readUrl(named)?.origin !== origin) {
    throw new DiscoveryFailure('challenge leads to another host for the metadata of the server');
  }
  const base = `${origin}/.well-known/oauth-protected-resource`;
  const places = named === undefined ? [...new Set([`${base}${pathname.replace(/\/$/, '')}`, base])] : [named];
  const value = await firstOf(places, outbound);
  if (value === undefined) return undefined;
  const { resource: said, authorization_servers: issuers, scopes_supported: scopes } = value;
  // RFC 9728, section 3.3. At the root of the host a server may speak for all that is there.
  if (typeof said !== 'string' || !isOurs(said, [resource ?? server, server, origin])) {
    throw new DiscoveryFailure('metadata of the server is about another resource');
  }
  const read = textsOf(scopes, SCOPES_MAX);
  const asked = read === undefined ? undefined : scopesIn(read.join(' '));
  return {
    resource: said,
    issuers: textsOf(issuers, SERVERS_MAX) ?? [],
    ...(asked !== undefined && { scopes: asked }),
  };
}

/** Without the slash that a host alone gets (MCP 2026-07-28, canonical server URI). */
function canonical(address: string): string {
  const url = new URL(address);
  return url.pathname === '/' && url.search === '' ? url.origin : url.href;
}

/** The same to the letter, but for the slash that a host alone gets. */
function isOurs(said: string, ours: readonly string[]): boolean {
  return ours.some((one) => said.replace(/\/$/, '') === one.replace(/\/$/, ''));
}

function chooseIssuer(configured: string | undefined, resource: ResourceMetadata | undefined): string {
  if (configured !== undefined) {
    if (resource !== undefined && resource.issuers.length > 0 && !resource.issuers.includes(configured)) {
      throw new DiscoveryFailure('server names other authorization servers than the one of the configuration');
    }
    return configured;
  }
  const [first] = resource?.issuers ?? [];
  if (first === undefined) throw new DiscoveryFailure('server names no authorization server');
  return first;
}

async function findAuthorizationServer(issuer: string, outbound: Outbound): Promise<AuthorizationServer> {
  const url = readUrl(issuer);
  if (url === undefined || url.search !== '' || url.hash !== '' || !outbound.allows(issuer)) {
    throw new DiscoveryFailure('address of the authorization server is not one that may be called');
  }
  const path = url.pathname.replace(/\/$/, '');
  const wellKnown = `${url.origin}/.well-known`;
  const places = [`${wellKnown}/oauth-authorization-server${path}`, `${wellKnown}/openid-configuration${path}`];
  if (path !== '') places.push(`${url.origin}${path}/.well-known/openid-configuration`);
  const value = await firstOf(places, outbound);
  if (value === undefined) throw new DiscoveryFailure('authorization server publishes no metadata');
  // RFC 8414, section 3.3: to the letter, or somebody speaks for somebody else.
  if (value.issuer !== issuer) throw new DiscoveryFailure('metadata speaks for another authorization server');
  return value as unknown as AuthorizationServer;
}

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'registration_endpoint', 'revocation_endpoint'] as const;
const LISTS = [
  'code_challenge_methods_supported',
  'scopes_supported',
  'token_endpoint_auth_methods_supported',
  'grant_types_supported',
] as const;

function checkAuthorizationServer(server: AuthorizationServer, grant: McpUpstreamConfig['grant'], outbound: Outbound) {
  for (const name of ENDPOINTS) {
    const endpoint: unknown = server[name];
    if (endpoint !== undefined && (typeof endpoint !== 'string' || !outbound.allows(endpoint))) {
      throw new DiscoveryFailure(`\`${name}\` is not an address that may be called`);
    }
  }
  for (const name of LISTS) {
    if (server[name] !== undefined && textsOf(server[name], Number.POSITIVE_INFINITY) === undefined) {
      throw new DiscoveryFailure(`\`${name}\` is not a list of texts`);
    }
  }
  if (server.token_endpoint === undefined) throw new DiscoveryFailure('authorization server has no token endpoint');
  if (grant === 'client-credentials') return;
  if (server.authorization_endpoint === undefined) {
    throw new DiscoveryFailure('authorization server has no authorization endpoint');
  }
  // MCP 2026-07-28, authorization code protection: what does not say that it does PKCE is not used.
  if (server.code_challenge_methods_supported?.includes('S256') !== true) {
    throw new DiscoveryFailure('authorization server does not offer PKCE with S256');
  }
}

/** What the first place says that says anything; one that isn't there is passed over, and one that says nonsense is not. */
async function firstOf(
  places: readonly string[],
  outbound: Outbound,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for (const place of places) {
    try {
      return await outbound.object(place);
    } catch (error) {
      if (!(error instanceof OutboundFailure) || !/^status 4\d\d$/.test(error.message)) throw error;
    }
  }
  return undefined;
}

function textsOf(value: unknown, max: number): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > max) return undefined;
  return value.every((each): each is string => typeof each === 'string') ? value : undefined;
}
