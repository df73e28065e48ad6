import type { Config, ProviderConfig } from './config.ts';
import type { Environment } from './overrides.ts';
import { type ConfigFile, openaiProviderSchema, type ProviderOptions, providerSchema } from './schema.ts';
import { readSecret } from './secret-source.ts';

/** Where in the configuration something is wrong; `path` leads into the file, `variable` names an environment variable. */
export type Report = (at: { path: readonly PropertyKey[] } | { variable: string }, message: string) => void;

export interface ProvidersContext {
  readonly env: Environment;
  readonly folder: string;
  readonly listen: Config['listen'];
  readonly report: Report;
}

/** Every provider with its key read. Without any in the file: OpenAI when its key is in the environment, else the demo. */
export function resolveProviders(file: ConfigFile, context: ProvidersContext): Record<string, ProviderConfig> {
  const fromFile = file.providers !== undefined;
  const providers = file.providers ?? standIn(context.env);
  const resolved: Record<string, ProviderConfig> = {};
  for (const [name, options] of Object.entries(providers)) {
    const provider = resolveProvider(options, {
      ...context,
      name,
      report: (at, message) => {
        if (fromFile || 'variable' in at) context.report(at, message);
        else context.report({ variable: at.path.includes('key') ? 'OPENAI_API_KEY' : 'OPENAI_BASE_URL' }, message);
      },
    });
    if (provider !== undefined) resolved[name] = provider;
  }
  return resolved;
}

function standIn(env: Environment): Record<string, ProviderOptions> {
  if (!isSet(env.OPENAI_API_KEY)) return { demo: providerSchema.parse({ kind: 'demo' }) };
  const openai = openaiProviderSchema.parse({ kind: 'openai', key: { env: 'OPENAI_API_KEY' } });
  return { openai: isSet(env.OPENAI_BASE_URL) ? { ...openai, baseUrl: env.OPENAI_BASE_URL } : openai };
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function resolveProvider(
  options: ProviderOptions,
  context: ProvidersContext & { readonly name: string },
): ProviderConfig | undefined {
  const { name, report } = context;
  if (options.kind === 'demo') return { name, ...options };
  const baseUrl = checkedBaseUrl(options.baseUrl, context.listen);
  if ('message' in baseUrl) report({ path: ['providers', name, 'baseUrl'] }, baseUrl.message);
  const { key: source, ...rest } = options;
  const key = source === undefined ? undefined : readSecret(source, context);
  if (key !== undefined && 'message' in key) report({ path: ['providers', name, 'key'] }, key.message);
  if ('message' in baseUrl || (key !== undefined && 'message' in key)) return undefined;
  return { name, ...rest, baseUrl: baseUrl.url, key };
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::]']);

function checkedBaseUrl(text: string, listen: Config['listen']): { url: string } | { message: string } {
  if (!URL.canParse(text)) return { message: 'must be an http or https address' };
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { message: 'must be an http or https address' };
  if (url.username !== '' || url.password !== '') return { message: 'must not hold credentials: use `key`' };
  if (url.search !== '' || url.hash !== '') return { message: 'must not have a query or a fragment' };
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (port === listen.port && (LOOPBACK.has(url.hostname) || url.hostname === listen.host)) {
    return { message: 'leads back to this gateway' };
  }
  return { url: url.href.replace(/\/+$/, '') };
}
