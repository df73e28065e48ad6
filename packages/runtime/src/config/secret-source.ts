import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DeepReadonly } from './config.ts';
import type { Environment } from './overrides.ts';
import { Secret } from './secret.ts';
import type { SecretSource } from './secret-source-schema.ts';

const MAX_SECRET_FILE_BYTES = 65_536;
/** What may stand in an HTTP header: anything else would fail at the first request, or worse, split it. */
const HEADER_SAFE = /^[\x21-\x7e]+$/;

export interface SecretContext {
  readonly env: Environment;
  /** Folder to which file names are relative. */
  readonly folder: string;
}

/** Reads a secret from where the configuration says it is, or says what is wrong with that place. */
export function readSecret(
  source: DeepReadonly<SecretSource>,
  { env, folder }: SecretContext,
): Secret | { message: string } {
  if ((source.env === undefined) === (source.file === undefined)) return { message: 'needs either `env` or `file`' };
  if (source.env !== undefined) {
    const value = env[source.env];
    if (value === undefined || value === '') return { message: `environment variable \`${source.env}\` is not set` };
    return checked(value, `environment variable \`${source.env}\``);
  }
  const file = resolve(folder, source.file ?? '');
  const text = readSmallFile(file);
  return typeof text === 'string' ? checked(text.replace(/\r?\n$/, ''), `file \`${file}\``) : text;
}

export function checked(value: string, place: string): Secret | { message: string } {
  if (value === '') return { message: `${place} is empty` };
  if (!HEADER_SAFE.test(value)) return { message: `${place} holds characters other than visible ASCII` };
  return new Secret(value);
}

function readSmallFile(file: string): string | { message: string } {
  try {
    if (statSync(file).size > MAX_SECRET_FILE_BYTES)
      return { message: `file \`${file}\` is larger than a secret can be` };
    return readFileSync(file, 'utf8');
  } catch {
    return { message: `file \`${file}\` cannot be read` };
  }
}
