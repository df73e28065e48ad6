import { readScript } from '../providers/demo-script.ts';
import { VENDOR_KINDS, VENDORS } from '../providers/vendors.ts';
import { resolveBaseUrl } from './base-url.ts';
import { resolveBedrock } from './bedrock.ts';
import type { ProviderConfig } from './config.ts';
import type { Environment } from './overrides.ts';
import type { Report } from './problem.ts';
import type { ProviderContext, ProvidersContext } from './provider-context.ts';
import { type DemoOptions, type KeyedOptions, type ProviderOptions, providerSchema } from './providers-schema.ts';
import type { ConfigFile } from './schema.ts';
import type { Secret } from './secret.ts';
import { readSecret } from './secret-source.ts';

/** Every provider with its key read. Without any in the file: those whose key is in the environment, else the demo. */
export function resolveProviders(file: ConfigFile, context: ProvidersContext): Record<string, ProviderConfig> {
  const fromFile = file.providers !== undefined;
  const resolved: Record<string, ProviderConfig> = {};
  for (const [name, { registry: _told, ...options }] of Object.entries(file.providers ?? standIns(context.env))) {
    const report: Report = fromFile ? context.report : (at, message) => context.report(inEnvironment(at), message);
    const provider = resolveProvider(options, { ...context, name, report });
    if (provider !== undefined) resolved[name] = provider;
  }
  return resolved;
}

function standIns(env: Environment): Record<string, ProviderOptions> {
  const found = VENDOR_KINDS.flatMap((kind) => {
    const { standIn, env: variable } = VENDORS[kind];
    if (standIn === undefined || variable === undefined || !isSet(env[variable])) return [];
    const address = standIn.baseUrlEnv === undefined ? undefined : env[standIn.baseUrlEnv];
    const options = { kind, key: { env: variable }, ...(isSet(address) && { baseUrl: address }) };
    return [[kind, providerSchema.parse(options)] as const];
  });
  return found.length === 0 ? { demo: providerSchema.parse({ kind: 'demo' }) } : Object.fromEntries(found);
}

/** A stand-in stands in no file: what is wrong with it is wrong with the variable that it came from. */
function inEnvironment(at: Parameters<Report>[0]): Parameters<Report>[0] {
  if ('variable' in at) return at;
  const [, kind, option] = at.path;
  const vendor = VENDOR_KINDS.find((known) => known === kind);
  const { env, standIn } = vendor === undefined ? {} : VENDORS[vendor];
  const variable = option === 'key' ? env : standIn?.baseUrlEnv;
  return variable === undefined ? at : { variable };
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function resolveProvider(options: ProviderOptions, context: ProviderContext): ProviderConfig | undefined {
  switch (options.kind) {
    case 'demo':
      checkScript(options, context);
      return { name: context.name, ...options };
    case 'bedrock':
      return resolveBedrock(options, context);
    default:
      return resolveKeyed(options, context);
  }
}

function checkScript({ script }: DemoOptions, { name, report }: ProviderContext): void {
  const read = script === undefined ? undefined : readScript(script);
  if (read !== undefined && 'problem' in read && typeof read.problem === 'string')
    report({ path: ['providers', name, 'script'] }, read.problem);
}

function resolveKeyed(options: KeyedOptions, context: ProviderContext): ProviderConfig | undefined {
  const { name } = context;
  const { baseUrl: address, key: _source, ...rest } = options;
  const baseUrl = resolveBaseUrl(address ?? VENDORS[options.kind].baseUrl, context);
  const key = resolveKey(options, context);
  if (baseUrl === undefined || key === undefined) return undefined;
  return { name, ...rest, baseUrl, ...key, signing: undefined };
}

const NO_KEY = { key: undefined };

/** A key out of the environment goes to its vendor's own address only: anywhere else it would be given away. */
function resolveKey(options: KeyedOptions, context: ProviderContext): { key: Secret | undefined } | undefined {
  const { kind, key: source, baseUrl } = options;
  const { baseUrl: usual, env: variable } = VENDORS[kind];
  const report = (message: string) => {
    context.report({ path: ['providers', context.name, 'key'] }, message);
    return undefined;
  };
  if (source === undefined) {
    if (variable === undefined || (baseUrl !== undefined && usual !== undefined)) return NO_KEY;
    if (!isSet(context.env[variable])) return report(`is required, here or as \`${variable}\` in the environment`);
  }
  const key = readSecret(source ?? { env: variable, file: undefined }, context);
  return 'message' in key ? report(key.message) : { key };
}
