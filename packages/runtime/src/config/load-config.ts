import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { resolveAgents } from './a2a.ts';
import { resolveAccess } from './access.ts';
import { resolveAdmin } from './admin.ts';
import { resolveAlerts } from './alerts.ts';
import { resolveAudit } from './audit.ts';
import { spelledOut } from './audit-schema.ts';
import { resolveBudgets } from './budgets.ts';
import { resolveBundle } from './bundle-keys.ts';
import { resolveCalibration } from './calibration.ts';
import type { Config } from './config.ts';
import { resolveContent } from './content.ts';
import { resolveFlowTools } from './flow-tools.ts';
import { resolveIdentity } from './identity.ts';
import { problemsOf } from './issues.ts';
import { resolveJudge } from './judge.ts';
import { resolveKeys } from './keys.ts';
import { resolveMcp } from './mcp.ts';
import { applyOverrides, type ConfigOptions, type Environment, mistypedVariables, overridden } from './overrides.ts';
import { byPlace, type ConfigProblem, formatPath, type Report } from './problem.ts';
import { resolveProviders } from './providers.ts';
import { checkCustomDetectors, resolveRoutes } from './routes.ts';
import { type ConfigFile, configFileSchema } from './schema.ts';
import { Secret } from './secret.ts';
import { type ConfigSource, EMPTY_SOURCE, MAX_CONFIG_BYTES, parseSource } from './source.ts';
import { resolveTelemetry } from './telemetry.ts';
import { resolveTls } from './tls.ts';
import { resolveToolSchemas } from './tool-schemas.ts';
import { resolveWebhook } from './webhook.ts';

export interface LoadConfigInput {
  /** The configuration file; else `SALLYPORT_CONFIG`, else `sallyport.yaml` in `cwd` if there is one. */
  readonly path?: string | undefined;
  readonly env: Environment;
  readonly options?: ConfigOptions;
  /** Folder to which paths of options and environment are relative; default the working folder. */
  readonly cwd?: string;
  /** Servers of tools beside those of the file, by name, as the section `mcp.servers` has them. */
  readonly servers?: Readonly<Record<string, object>>;
  /** Leaves `calibration.file` unread: what makes that file anew must not need it. */
  readonly withoutCalibration?: boolean;
}

export type LoadedConfig =
  | { readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly problems: readonly ConfigProblem[] };

const DEFAULT_FILE = 'sallyport.yaml';

/** Tokens and keys shorter than this can be guessed: a warning, since tests and demonstrations use them. */
const MIN_SECRET_CHARS = 16;

/**
 * Reads the configuration: command line over environment over file over defaults. Everything wrong with it is a value,
 * all of it at once; what is only unwise is a warning.
 * Reads the file and the secrets that it names; nothing else.
 */
export function loadConfig(input: LoadConfigInput): LoadedConfig {
  const { path, env, options = {}, cwd = process.cwd(), withoutCalibration = false, servers } = input;
  const read = readConfigFile({ path, env, cwd });
  if ('problems' in read) return read;
  const { shown, file, source } = read;
  const parsed = configFileSchema.safeParse(spelledOut(withServers(source.value, servers)));
  if (!parsed.success) return { problems: problemsOf(parsed.error, source, shown) };

  const overrides = applyOverrides(parsed.data, options, env);
  const problems: ConfigProblem[] = [...overrides.problems];
  const report: Report = (at, message) => {
    problems.push(
      'variable' in at
        ? { path: at.variable, message }
        : { file: shown, ...source.locate(at.path), path: formatPath(at.path), message },
    );
  };
  const folder = file === undefined ? cwd : dirname(file);
  const dataFolder = overridden('data', options, env) || !hasData(source) ? cwd : folder;
  const config = resolveConfig(withoutCalibration ? uncalibrated(overrides.file) : overrides.file, {
    env,
    folder,
    report,
    file,
    dataFolder,
  });
  if (problems.length > 0) return { problems: problems.sort(byPlace) };
  const warnings = [...mistypedVariables(env, usedVariables(parsed.data)), ...weakSecrets(config)];
  return { config: deepFreeze(config), warnings };
}

/** What is no object is left as it is, and refused for what it is. */
function withServers(file: unknown, servers: LoadConfigInput['servers']): unknown {
  if (servers === undefined) return file;
  const whole = (file ?? {}) as Readonly<Record<string, unknown>>;
  const mcp = (whole.mcp ?? {}) as Readonly<Record<string, unknown>>;
  return { ...whole, mcp: { ...mcp, servers: { ...(mcp.servers as object | undefined), ...servers } } };
}

function uncalibrated(file: ConfigFile): ConfigFile {
  return { ...file, calibration: { fprBudget: file.calibration.fprBudget } };
}

interface ReadFile {
  readonly shown: string;
  readonly file: string | undefined;
  readonly source: ConfigSource;
}

function readConfigFile({
  path,
  env,
  cwd,
}: Required<Pick<LoadConfigInput, 'env' | 'cwd'>> & Pick<LoadConfigInput, 'path'>):
  | ReadFile
  | { problems: readonly ConfigProblem[] } {
  const variable = env.SALLYPORT_CONFIG;
  const named = path ?? (variable === '' ? undefined : variable);
  const shown = named ?? DEFAULT_FILE;
  const file = resolve(cwd, shown);
  if (named === undefined && !existsSync(file)) {
    return { shown, file: undefined, source: EMPTY_SOURCE };
  }
  const unreadable = (message: string) => ({ problems: [{ file: shown, path: '', message }] });
  let bytes: Buffer;
  try {
    if (statSync(file).size > MAX_CONFIG_BYTES) return unreadable(`is larger than ${MAX_CONFIG_BYTES} bytes`);
    bytes = readFileSync(file);
  } catch {
    return unreadable('cannot be read');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return unreadable('is not valid UTF-8');
  }
  const source = parseSource(text, shown);
  return 'problems' in source ? source : { shown, file, source };
}

function hasData(source: ConfigSource): boolean {
  return typeof source.value === 'object' && source.value !== null && 'data' in source.value;
}

interface ResolveContext {
  readonly env: Environment;
  readonly folder: string;
  readonly dataFolder: string;
  readonly file: string | undefined;
  readonly report: Report;
}

function resolveConfig(options: ConfigFile, context: ResolveContext): Config {
  const { folder, report } = context;
  const { listen, admin, limits, detectors, policies, ledger, approvals, log, content, redaction } = options;
  if (admin.port === listen.port && admin.port !== 0 && admin.host === listen.host) {
    report({ path: ['admin', 'port'] }, 'is also the port of the data plane');
  }
  if (!policies.starter && policies.folder === undefined) {
    report({ path: ['policies', 'starter'] }, 'without the starter policies there must be a `folder`');
  }
  checkCustomDetectors(detectors, report);
  const tls = { listen: resolveTls(listen.tls, 'listen', context), admin: resolveTls(admin.tls, 'admin', context) };
  if (options.identity.certificates.length > 0 && (tls.listen?.clientCertificates ?? 'none') === 'none') {
    report({ path: ['identity', 'certificates'] }, 'nobody shows one: `listen.tls.clientCertificates` asks for none');
  }
  const keys = resolveKeys(options.keys, context);
  if (admin.certificates.length > 0 && (tls.admin?.clientCertificates ?? 'none') === 'none') {
    report({ path: ['admin', 'certificates'] }, 'nobody shows one: `admin.tls.clientCertificates` asks for none');
  }
  const providers = resolveProviders(options, { ...context, listen });
  return {
    file: context.file,
    data: resolve(context.dataFolder, options.data),
    listen: { host: listen.host, port: listen.port, tls: tls.listen },
    admin: { ...resolveAdmin(options, keys, context), tls: tls.admin },
    providers,
    routes: resolveRoutes(options, providers, report),
    agents: resolveAgents(options, context),
    mcp: resolveMcp(options, context),
    limits,
    detectors,
    judge: resolveJudge(options, { providers, report }),
    calibration: resolveCalibration(options.calibration, context),
    policies: {
      starter: policies.starter,
      pack: policies.pack,
      folder: policies.folder === undefined ? undefined : resolve(folder, policies.folder),
      bundle: resolveBundle(policies, context),
      hasContentKeys: content.keys !== undefined,
      toolSchemas: resolveToolSchemas(options.mcp.servers, context),
    },
    budgets: resolveBudgets(options.budgets, { providers, report }),
    access: resolveAccess(options, context),
    ledger,
    flow: { tools: resolveFlowTools(options.flow.tools, context), memory: options.flow.memory },
    approvals: { expiresMs: approvals.expiresMs, webhook: resolveWebhook(approvals.webhook, context) },
    audit: resolveAudit(options.audit, context),
    content: resolveContent(content, context),
    redaction,
    monitor: options.monitor,
    alerts: resolveAlerts(options.alerts, context),
    telemetry: resolveTelemetry(options.telemetry, context),
    log,
    keys,
    identity: resolveIdentity(options.identity, context),
  };
}

function usedVariables(file: ConfigFile): ReadonlySet<string> {
  const sources = [
    file.admin.token,
    file.approvals.webhook?.secret,
    ...Object.values(file.alerts.sinks).map((sink) => (sink.kind === 'slack' ? sink.url : sink.secret)),
    ...Object.values(file.keys).map(({ secret }) => secret),
    file.content.keys,
    ...Object.values(file.mcp.authorization.upstreams).map(({ clientSecret }) => clientSecret),
    ...Object.values(file.a2a.agents).flatMap(({ secretHeaders }) => Object.values(secretHeaders)),
    ...Object.values(file.mcp.servers).flatMap(({ secretEnv, secretHeaders }) => [
      ...Object.values(secretEnv),
      ...Object.values(secretHeaders),
    ]),
    ...Object.values(file.providers ?? {}).flatMap((one) => {
      if (one.kind === 'demo') return [];
      return one.kind === 'bedrock' ? [one.key, one.accessKeyId, one.secretAccessKey, one.sessionToken] : [one.key];
    }),
  ];
  return new Set(sources.flatMap((source) => (source?.env === undefined ? [] : [source.env])));
}

function weakSecrets(config: Config): readonly ConfigProblem[] {
  const short = (secret: Secret) => secret.reveal().length < MIN_SECRET_CHARS;
  const message = `is shorter than ${MIN_SECRET_CHARS} characters and can be guessed`;
  const keys = config.keys.filter((key) => short(key.secret));
  return [
    ...keys.map((key) => ({ path: 'SALLYPORT_KEYS', message: `the secret of \`${key.name}\` ${message}` })),
    ...(config.admin.token !== undefined && short(config.admin.token) ? [{ path: 'admin.token', message }] : []),
  ];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Secret)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
