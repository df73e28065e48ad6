import { resolve } from 'node:path';
import type { DetectorSetting, McpConfig, McpServerConfig } from './config.ts';
import { LEADS_BACK, leadsBack } from './leads-back.ts';
import { resolveMcpAuthorization } from './mcp-authorization.ts';
import type { Environment } from './overrides.ts';
import type { Report } from './problem.ts';
import { authorityOf, checkedAddress, headersOf } from './remote-address.ts';
import { detectorSettings, withOverrides } from './routes.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { readSecret, type SecretContext } from './secret-source.ts';

/** Variables that programs need to find their way; none of them is a secret. */
const PASSED_VARIABLES = ['HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'PATH', 'TMPDIR', 'TZ', 'USER'] as const;

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '::1'];

interface McpContext extends SecretContext {
  readonly report: Report;
}

/** One server with whoever must be told what is wrong with it. */
interface ServerContext extends McpContext {
  readonly name: string;
  readonly base: Readonly<Record<string, DetectorSetting>>;
  /** What `approvals` says for all. */
  readonly holdMs: number;
  readonly isOwn: (url: string) => boolean;
  /** Reports at a member of the server. */
  readonly complain: (member: readonly PropertyKey[], message: string) => void;
}

type ServerOptions = ConfigFile['mcp']['servers'][string];

/** The servers with their secrets read, and who may address the gateway for them. */
export function resolveMcp(file: ConfigFile, context: McpContext): McpConfig {
  const { servers, sessions, allowedOrigins, allowedHosts } = file.mcp;
  const base = detectorSettings(file);
  const resolved: Record<string, McpServerConfig> = {};
  const isOwn = (url: string) => leadsBack(url, file);
  for (const [name, options] of Object.entries(servers)) {
    const complain = (member: readonly PropertyKey[], message: string) =>
      context.report({ path: ['mcp', 'servers', name, ...member] }, message);
    const { holdMs } = file.approvals;
    const server = resolveServer(options, { ...context, name, base, holdMs, isOwn, complain });
    if (server !== undefined) resolved[name] = server;
  }
  const isLoopback = LOOPBACK_HOSTS.includes(file.listen.host);
  return {
    servers: resolved,
    sessions,
    allowedOrigins: allowedOrigins.map((origin) => origin.toLowerCase()),
    allowedHosts: allowedHosts?.map((host) => host.toLowerCase()) ?? (isLoopback ? LOOPBACK_HOSTS : undefined),
    authorization: resolveMcpAuthorization(file, { ...context, servers: resolved }),
  };
}

function resolveServer(options: ServerOptions, context: ServerContext): McpServerConfig | undefined {
  const { name, base, complain } = context;
  const { command, url, limits, revisions, restart } = options;
  if ((command === undefined) === (url === undefined)) {
    complain([], 'needs either `command` or `url`');
    return undefined;
  }
  const detectors = withOverrides(base, options.detectors, (id, message) => complain(['detectors', id], message));
  if (restart.firstMs > restart.maxMs) complain(['restart', 'firstMs'], 'is above `maxMs`');
  const approvalHoldMs = options.approvals.holdMs ?? context.holdMs;
  const common = { name, limits, revisions, approvalHoldMs, detectors };
  if (command !== undefined) {
    refuseMembers(options, ['headers', 'secretHeaders', 'ca'], { complain, other: 'url' });
    const { args, uid, gid } = options;
    const cwd = resolve(context.folder, options.cwd ?? '.');
    return {
      ...common,
      transport: 'stdio',
      command,
      args,
      uid,
      gid,
      cwd,
      env: environmentOf(options, context),
      restart,
    };
  }
  refuseMembers(options, ['args', 'cwd', 'uid', 'gid', 'pass', 'env', 'secretEnv'], { complain, other: 'command' });
  const address = checkedAddress(url ?? '');
  if ('message' in address) complain(['url'], address.message);
  else if (context.isOwn(address.url)) complain(['url'], LEADS_BACK);
  const ca = authorityOf(options, { ...context, path: ['mcp', 'servers', context.name] });
  const headers = headersOf(options, context);
  return 'message' in address ? undefined : { ...common, transport: 'http', url: address.url, headers, ca };
}

/** What belongs to the other transport, and would be left unread. */
function refuseMembers(
  options: ServerOptions,
  members: readonly (keyof ServerOptions)[],
  { complain, other }: Pick<ServerContext, 'complain'> & { readonly other: string },
): void {
  for (const member of members) {
    const value = options[member];
    const given = typeof value === 'object' ? Object.keys(value).length > 0 : value !== undefined;
    if (given) complain([member], `has no meaning without \`${other}\``);
  }
}

function environmentOf(options: ServerOptions, context: ServerContext): Readonly<Record<string, Secret>> {
  const { pass, env, secretEnv } = options;
  const all: Record<string, Secret> = {};
  for (const variable of [...PASSED_VARIABLES, ...pass]) {
    const value = valueIn(context.env, variable);
    if (value !== undefined) all[variable] = new Secret(value);
  }
  for (const [variable, value] of Object.entries(env)) all[variable] = new Secret(value);
  for (const [variable, source] of Object.entries(secretEnv)) {
    if (Object.hasOwn(env, variable)) context.complain(['secretEnv', variable], 'stands in `env` too');
    const secret = readSecret(source, context);
    if (secret instanceof Secret) all[variable] = secret;
    else context.complain(['secretEnv', variable], secret.message);
  }
  return all;
}

function valueIn(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  // A function that a shell exported: a program that starts a shell would run it.
  return value?.startsWith('() {') === true ? undefined : value;
}
