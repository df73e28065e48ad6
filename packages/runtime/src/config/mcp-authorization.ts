import { readUrl } from '@sallyport/core';
import type { McpAuthorizationConfig, McpResourceConfig, McpServerConfig, McpUpstreamConfig } from './config.ts';
import { isLoopback } from './loopback.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { readSecret, type SecretContext } from './secret-source.ts';

type Options = ConfigFile['mcp']['authorization'];
type Path = readonly (string | number)[];

interface McpAuthorizationContext extends SecretContext {
  readonly report: Report;
  readonly servers: Readonly<Record<string, McpServerConfig>>;
}

/** One of the servers, and where it stands. */
interface Place extends McpAuthorizationContext {
  readonly name: string;
  readonly path: Path;
}

const PATH = ['mcp', 'authorization'] as const;
/** Hosts that mean every address of the machine, and so none that could be called. */
const EVERY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);

export function resolveMcpAuthorization(file: ConfigFile, context: McpAuthorizationContext): McpAuthorizationConfig {
  const { consentMs, ...options } = file.mcp.authorization;
  const publicUrl = resolvePublicUrl(file, context);
  const resources = Object.entries(options.resources).map(([name, resource]): [string, McpResourceConfig] => {
    checkIssuers(resource, { ...context, name, path: [...PATH, 'resources', name] }, file);
    return [name, { ...resource, audience: resource.audience ?? `${publicUrl}/mcp/${name}` }];
  });
  const seen = new Set<string>();
  for (const [name, { audience }] of resources) {
    const at = { path: [...PATH, 'resources', name, 'audience'] };
    if (seen.has(audience)) context.report(at, 'is the audience of another server too');
    seen.add(audience);
  }
  const upstreams = Object.entries(options.upstreams).flatMap(([name, upstream]) => {
    const resolved = resolveUpstream(upstream, { ...context, name, path: [...PATH, 'upstreams', name] });
    return resolved === undefined ? [] : [[name, resolved] as const];
  });
  return {
    publicUrl,
    consentMs,
    resources: Object.fromEntries(resources),
    upstreams: Object.fromEntries(upstreams),
  };
}

function resolvePublicUrl({ mcp, listen }: ConfigFile, { report }: McpAuthorizationContext): string {
  const { publicUrl, resources, upstreams } = mcp.authorization;
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

function checkIssuers(
  { issuers }: Options['resources'][string],
  { servers, name, path, report }: Place,
  { identity }: ConfigFile,
): void {
  if (!Object.hasOwn(servers, name)) report({ path }, 'no server of `mcp.servers` has this name');
  for (const [index, issuer] of issuers.entries()) {
    const at = { path: [...path, 'issuers', index] };
    if (!identity.issuers.some((known) => known.name === issuer))
      report(at, 'no issuer of `identity.issuers` has this name');
    else if (issuers.indexOf(issuer) < index) report(at, 'repeats a name');
  }
}

function resolveUpstream(upstream: Options['upstreams'][string], place: Place): McpUpstreamConfig | undefined {
  const { servers, name, path, report } = place;
  const server = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (server?.transport !== 'http') {
    report({ path }, 'no server of `mcp.servers` with a `url` has this name');
    return undefined;
  }
  if ('authorization' in server.headers) report({ path }, 'has `authorization` among its `secretHeaders` already');
  checkAddresses(upstream, server.url, place);
  const { clientId, clientSecret, issuer, grant } = upstream;
  const required = (key: string, why: string) => report({ path: [...path, key] }, `is required ${why}`);
  if (clientId !== undefined && issuer === undefined)
    required('issuer', 'beside `clientId`: one authorization server knows it');
  if (clientSecret !== undefined && clientId === undefined) required('clientId', 'beside `clientSecret`');
  if (grant === 'client-credentials' && clientSecret === undefined)
    required('clientSecret', 'for `client-credentials`');
  const secret = clientSecret === undefined ? undefined : readSecret(clientSecret, place);
  if (secret !== undefined && !(secret instanceof Secret)) report({ path: [...path, 'clientSecret'] }, secret.message);
  return { ...upstream, server: server.url, clientSecret: secret instanceof Secret ? secret : undefined };
}

function checkAddresses(
  { resource, issuer, reach }: Options['upstreams'][string],
  url: string,
  { name, path, report }: Place,
): void {
  const loopback = reach === 'loopback';
  const problem = addressProblem(url, loopback);
  if (problem !== undefined) report({ path: ['mcp', 'servers', name, 'url'] }, `${problem}, since tokens go there`);
  for (const [key, address] of Object.entries({ resource, issuer })) {
    const wrong = address === undefined ? undefined : addressProblem(address, loopback);
    if (wrong !== undefined) report({ path: [...path, key] }, wrong);
  }
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
