import { readUrl } from '@sallyport/core';
import type { Config, McpAuthorizationConfig, McpResourceConfig, McpUpstreamConfig } from './config.ts';
import { isLoopback } from './loopback.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { readSecret, type SecretContext } from './secret-source.ts';

type Options = ConfigFile['mcp']['authorization'];
type Path = readonly string[];

export interface McpAuthorizationContext extends SecretContext {
  readonly report: Report;
  readonly listen: Pick<Config['listen'], 'host' | 'port'> & { readonly tls?: unknown };
  /** Of `identity`. */
  readonly issuers: readonly { readonly name: string }[];
  /** Addresses of the MCP servers, by name; absent for one that runs here. */
  readonly servers: ReadonlyMap<string, string | undefined>;
}

const PATH = ['mcp', 'authorization'] as const;
/** Hosts that mean every address of the machine, and so none that could be called. */
const EVERY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);

export function resolveMcpAuthorization(options: Options, context: McpAuthorizationContext): McpAuthorizationConfig {
  const publicUrl = resolvePublicUrl(options, context);
  const resources = Object.entries(options.resources).map(([name, resource]): [string, McpResourceConfig] => {
    const audience = resource.audience ?? `${publicUrl}/mcp/${name}`;
    return [name, resolveResource({ ...resource, audience }, [...PATH, 'resources', name], context)];
  });
  const seen = new Set<string>();
  for (const [name, { audience }] of resources) {
    if (seen.has(audience)) {
      context.report({ path: [...PATH, 'resources', name, 'audience'] }, 'is the audience of another server too');
    }
    seen.add(audience);
  }
  const upstreams = Object.entries(options.upstreams).flatMap(([name, upstream]) => {
    const resolved = resolveUpstream(upstream, name, context);
    return resolved === undefined ? [] : [[name, resolved] as const];
  });
  return {
    publicUrl,
    consentMs: options.consentMs,
    resources: Object.fromEntries(resources),
    upstreams: Object.fromEntries(upstreams),
  };
}

function resolvePublicUrl({ publicUrl, resources, upstreams }: Options, { listen, report }: McpAuthorizationContext) {
  const path = [...PATH, 'publicUrl'];
  if (publicUrl === undefined) {
    const needed = Object.keys(resources).length + Object.keys(upstreams).length > 0;
    if (needed && EVERY_ADDRESS.has(listen.host)) report({ path }, 'is required where `listen.host` is every address');
    const host = listen.host.includes(':') ? `[${listen.host.replace(/^\[|\]$/g, '')}]` : listen.host;
    const url = readUrl(`${listen.tls === undefined ? 'http' : 'https'}://${host}:${listen.port}`);
    return url?.origin ?? 'http://127.0.0.1';
  }
  const problem = addressProblem(publicUrl, true);
  if (problem !== undefined) report({ path }, problem);
  const url = readUrl(publicUrl);
  if (url !== undefined && (url.pathname !== '/' || url.search !== '')) report({ path }, 'must not have a path');
  return url?.origin ?? publicUrl;
}

function resolveResource(
  resource: Options['resources'][string] & { readonly audience: string },
  path: Path,
  { issuers, report }: McpAuthorizationContext,
): McpResourceConfig {
  for (const [index, name] of resource.issuers.entries()) {
    const at = { path: [...path, 'issuers', index] };
    if (!issuers.some((issuer) => issuer.name === name)) report(at, 'no issuer of `identity.issuers` has this name');
    else if (resource.issuers.indexOf(name) < index) report(at, 'repeats a name');
  }
  return resource;
}

function resolveUpstream(
  upstream: Options['upstreams'][string],
  name: string,
  context: McpAuthorizationContext,
): McpUpstreamConfig | undefined {
  const { report, servers } = context;
  const path = [...PATH, 'upstreams', name];
  const loopback = upstream.reach === 'loopback';
  const server = servers.get(name) ?? upstream.resource;
  if (server === undefined) {
    report({ path }, 'has no address: name it with `resource`');
    return undefined;
  }
  for (const [key, address] of Object.entries({ resource: upstream.resource ?? server, issuer: upstream.issuer })) {
    const problem = address === undefined ? undefined : addressProblem(address, loopback);
    if (problem !== undefined) report({ path: [...path, key] }, problem);
  }
  const { clientId, clientSecret, issuer, grant } = upstream;
  if (clientId !== undefined && issuer === undefined) {
    report(
      { path: [...path, 'issuer'] },
      'is required beside `clientId`: a client id is known to one authorization server',
    );
  }
  if (clientSecret !== undefined && clientId === undefined)
    report({ path: [...path, 'clientId'] }, 'is required beside `clientSecret`');
  if (grant === 'client-credentials' && clientSecret === undefined) {
    report({ path: [...path, 'clientSecret'] }, 'is required for `client-credentials`');
  }
  const secret = clientSecret === undefined ? undefined : readSecret(clientSecret, context);
  if (secret !== undefined && !(secret instanceof Secret)) report({ path: [...path, 'clientSecret'] }, secret.message);
  return {
    ...upstream,
    server,
    clientSecret: secret instanceof Secret ? secret : undefined,
  };
}

function addressProblem(text: string, loopback: boolean): string | undefined {
  const url = readUrl(text);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be an https address';
  if (url.protocol === 'http:' && !(loopback && isLoopback(url.hostname))) {
    return loopback ? 'must be an https address, but for this machine itself' : 'must be an https address';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold credentials';
  return url.hash === '' ? undefined : 'must not have a fragment';
}
