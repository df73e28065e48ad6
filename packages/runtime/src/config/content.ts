import { resolve } from 'node:path';
import type { ContentConfig, ContentKeysConfig, DeepReadonly } from './config.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { readSecret, type SecretContext } from './secret-source.ts';

interface Context extends SecretContext {
  readonly report: Report;
}

/** How content is put under lock. Keys in a file are read when they are needed: whether they can be is found at the start. */
export function resolveContent(
  { keys, subject, posture, maxTextBytes, maxExchangeBytes }: DeepReadonly<ConfigFile['content']>,
  context: Context,
): ContentConfig {
  const limits = { maxTextBytes, maxExchangeBytes };
  return { keys: keys === undefined ? undefined : keysOf(keys, context), subject, posture, limits };
}

function keysOf(
  source: NonNullable<DeepReadonly<ConfigFile['content']>['keys']>,
  { report, ...context }: Context,
): ContentKeysConfig | undefined {
  if (source.env === undefined && source.file !== undefined) return { file: resolve(context.folder, source.file) };
  const secret = readSecret(source, context);
  if (secret instanceof Secret) return { secret };
  report({ path: ['content', 'keys'] }, secret.message);
  return undefined;
}
