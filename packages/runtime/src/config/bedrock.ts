import { VENDORS } from '../providers/vendors.ts';
import { resolveBaseUrl } from './base-url.ts';
import type { ProviderConfig, SigningConfig } from './config.ts';
import type { ProviderContext } from './provider-context.ts';
import { type BedrockOptions, regionSchema } from './providers-schema.ts';
import type { Secret } from './secret.ts';
import { readSecret } from './secret-source.ts';
import type { SecretSource } from './secret-source-schema.ts';

/** Amazon Bedrock with its region and its credentials, either an API key of its own or those of AWS. */
export function resolveBedrock(options: BedrockOptions, context: ProviderContext): ProviderConfig | undefined {
  const { name } = context;
  const { kind, models, connectMs, headersMs, idleMs } = options;
  const region = resolveRegion(options, context);
  if (region === undefined) return undefined;
  const usual = VENDORS.bedrock.baseUrl?.replace('{region}', region);
  const baseUrl = resolveBaseUrl(options.baseUrl ?? usual, context);
  const credentials = resolveCredentials(options, region, context);
  if (baseUrl === undefined || credentials === undefined) return undefined;
  return { name, kind, models, connectMs, headersMs, idleMs, baseUrl, ...credentials };
}

function resolveRegion(options: BedrockOptions, context: ProviderContext): string | undefined {
  const region = options.region ?? context.env.AWS_REGION;
  const path = ['providers', context.name, 'region'];
  if (region === undefined || region === '') {
    context.report({ path }, 'is required, here or as `AWS_REGION` in the environment');
    return undefined;
  }
  const parsed = regionSchema.safeParse(region);
  if (!parsed.success) context.report({ variable: 'AWS_REGION' }, 'must be an AWS region');
  return parsed.data;
}

type Credentials = { key: Secret; signing: undefined } | { key: undefined; signing: SigningConfig };

function resolveCredentials(
  options: BedrockOptions,
  region: string,
  context: ProviderContext,
): Credentials | undefined {
  const { accessKeyId, secretAccessKey, sessionToken } = options;
  const named = [accessKeyId, secretAccessKey, sessionToken].some((source) => source !== undefined);
  if (options.key !== undefined && named) {
    context.report({ path: ['providers', context.name, 'key'] }, 'stands beside AWS credentials: name one of the two');
    return undefined;
  }
  const variable = VENDORS.bedrock.env ?? '';
  // Amazon's own tools take the API key first too.
  const source = options.key ?? (!named && isSet(context.env[variable]) ? fromVariable(variable) : undefined);
  if (source !== undefined) {
    const key = read('key', source, context);
    return key === undefined ? undefined : { key, signing: undefined };
  }
  const id = read('accessKeyId', accessKeyId ?? fromVariable('AWS_ACCESS_KEY_ID'), context);
  const secret = read('secretAccessKey', secretAccessKey ?? fromVariable('AWS_SECRET_ACCESS_KEY'), context);
  // The environment's token belongs to the environment's credentials.
  const usual = !named && isSet(context.env.AWS_SESSION_TOKEN) ? fromVariable('AWS_SESSION_TOKEN') : undefined;
  const tokenSource = sessionToken ?? usual;
  const token = tokenSource === undefined ? undefined : read('sessionToken', tokenSource, context);
  if (id === undefined || secret === undefined || (tokenSource !== undefined && token === undefined)) return undefined;
  return { key: undefined, signing: { region, accessKeyId: id, secretAccessKey: secret, sessionToken: token } };
}

function read(option: keyof BedrockOptions, source: SecretSource, context: ProviderContext): Secret | undefined {
  const secret = readSecret(source, context);
  if (!('message' in secret)) return secret;
  context.report({ path: ['providers', context.name, option] }, secret.message);
  return undefined;
}

function fromVariable(env: string): SecretSource {
  return { env, file: undefined };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
