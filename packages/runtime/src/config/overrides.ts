import type { z } from 'zod';
import { auditModeSchema } from './audit-schema.ts';
import { folderSchema, hostSchema, portSchema } from './option.ts';
import type { ConfigProblem } from './problem.ts';
import { type ConfigFile, logLevelSchema } from './schema.ts';
import { suggest } from './suggest.ts';

/** Options of the command line, as typed there. */
export interface ConfigOptions {
  readonly data?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | number | undefined;
  readonly adminHost?: string | undefined;
  readonly adminPort?: string | number | undefined;
  readonly audit?: string | undefined;
  readonly logLevel?: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

interface Override {
  readonly option: keyof ConfigOptions;
  readonly flag: string;
  readonly variable: string;
  /** The option of the file that it goes before. */
  readonly replaces: string;
  readonly schema: z.ZodType<string | number>;
  readonly message: string;
}

const PORT = 'must be a port, 0 to 65535';
const HOST = 'must be a host name or an IP address';

/** Settings that a start may want to differ from the file: the option goes before the variable, the variable before the file. */
export const OVERRIDES: readonly Override[] = [
  {
    option: 'data',
    flag: '--data',
    variable: 'SALLYPORT_DATA',
    replaces: 'data',
    schema: folderSchema,
    message: 'must be a folder',
  },
  {
    option: 'host',
    flag: '--host',
    variable: 'SALLYPORT_HOST',
    replaces: 'listen.host',
    schema: hostSchema,
    message: HOST,
  },
  {
    option: 'port',
    flag: '--port',
    variable: 'SALLYPORT_PORT',
    replaces: 'listen.port',
    schema: portSchema,
    message: PORT,
  },
  {
    option: 'adminHost',
    flag: '--admin-host',
    variable: 'SALLYPORT_ADMIN_HOST',
    replaces: 'admin.host',
    schema: hostSchema,
    message: HOST,
  },
  {
    option: 'adminPort',
    flag: '--admin-port',
    variable: 'SALLYPORT_ADMIN_PORT',
    replaces: 'admin.port',
    schema: portSchema,
    message: PORT,
  },
  {
    option: 'audit',
    flag: '--audit',
    variable: 'SALLYPORT_AUDIT',
    replaces: 'audit.mode',
    schema: auditModeSchema,
    message: 'must be `strict` or `relaxed`',
  },
  {
    option: 'logLevel',
    flag: '--log-level',
    variable: 'SALLYPORT_LOG_LEVEL',
    replaces: 'log.level',
    schema: logLevelSchema,
    message: 'must be one of `debug`, `info`, `warn`, `error`, `silent`',
  },
];

/** Variables with no option in the file. */
export const VARIABLES = {
  SALLYPORT_CONFIG: 'the configuration file, when `--config` is not given; else `./sallyport.yaml` if there is one',
  SALLYPORT_ADMIN_TOKEN: 'the admin token itself; goes before `admin.token`',
  SALLYPORT_OPERATOR_TOKEN:
    'token of the operator as whom commands speak to the admin API; goes before the admin token',
  SALLYPORT_KEYS: 'gateway keys for containers and tests: `name:secret,name:secret`; they are not stored',
  SALLYPORT_ADMIN_URL:
    'where commands reach the admin API, such as `https://gateway.example.org:8788`; by default at `admin.host` and `admin.port`',
  SALLYPORT_ADMIN_CA: 'file, PEM, of the authority that vouches for its certificate; by default those that node trusts',
  SALLYPORT_ADMIN_CERT: 'file, PEM, of the client certificate that commands show it',
  SALLYPORT_ADMIN_KEY: 'file, PEM, of its private key',
  OPENAI_API_KEY: 'key of the provider `openai` that stands in when the file names no provider',
  OPENAI_BASE_URL: 'base URL of that provider',
  ANTHROPIC_API_KEY: 'key of the provider `anthropic` that stands in likewise',
  GEMINI_API_KEY: 'key of the provider `gemini` that stands in likewise',
} as const;

const PREFIX = 'SALLYPORT_';

const KNOWN_VARIABLES = [...OVERRIDES.map((override) => override.variable), ...Object.keys(VARIABLES)];

/** The file's options with what the command line and the environment say put over them. */
export function applyOverrides(file: ConfigFile, options: ConfigOptions, env: Environment) {
  const problems: ConfigProblem[] = [];
  const merged = structuredClone(file);
  for (const override of OVERRIDES) {
    const given = givenFor(override, options, env);
    if (given === undefined) continue;
    const { value, path } = given;
    const parsed = override.schema.safeParse(isNumeric(override) ? toNumber(value) : value);
    if (parsed.success) setAt(merged, override.replaces, parsed.data);
    else problems.push({ path, message: override.message });
  }
  return { file: merged, problems };
}

/** Whether the data folder came from the file itself, to whose place it is then relative. */
export function overridden(option: keyof ConfigOptions, options: ConfigOptions, env: Environment): boolean {
  const override = OVERRIDES.find((candidate) => candidate.option === option);
  return override !== undefined && givenFor(override, options, env) !== undefined;
}

function givenFor(override: Override, options: ConfigOptions, env: Environment) {
  const option = options[override.option];
  if (option !== undefined) return { value: option, path: override.flag };
  const variable = env[override.variable];
  if (variable === undefined || variable === '' || isServiceLink(override, variable)) return undefined;
  return { value: variable, path: override.variable };
}

/** Kubernetes sets `SALLYPORT_PORT=tcp://…` in every pod beside a service of our name: not meant for us. */
function isServiceLink(override: Override, value: string): boolean {
  return isNumeric(override) && value.startsWith('tcp://');
}

function isNumeric(override: Override): boolean {
  return override.schema === portSchema;
}

function toNumber(value: string | number): number {
  return typeof value === 'number' ? value : /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
}

function setAt(target: object, path: string, value: string | number): void {
  const steps = path.split('.');
  const last = steps.pop();
  let current = target as Record<string, unknown>;
  for (const step of steps) current = current[step] as Record<string, unknown>;
  if (last !== undefined) current[last] = value;
}

/** Where our guides have a client keep its own key: no mistake, though it looks like `SALLYPORT_KEYS`. */
const CLIENT_VARIABLE = 'SALLYPORT_KEY';

/** Variables that look like a mistyped one of ours. Others of that prefix may be the operator's own. */
export function mistypedVariables(env: Environment, used: ReadonlySet<string>): readonly ConfigProblem[] {
  const ours = KNOWN_VARIABLES.filter((variable) => variable.startsWith(PREFIX));
  return Object.keys(env).flatMap((variable) => {
    if (!variable.startsWith(PREFIX) || ours.includes(variable) || used.has(variable) || variable === CLIENT_VARIABLE) {
      return [];
    }
    const near = suggest(
      variable.slice(PREFIX.length),
      ours.map((known) => known.slice(PREFIX.length)),
    );
    return near === undefined
      ? []
      : [{ path: variable, message: `unknown variable; did you mean \`${PREFIX}${near}\`?` }];
  });
}
