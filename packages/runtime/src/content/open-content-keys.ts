import { readFileSync, statSync } from 'node:fs';
import { type KeyEncryption, type PayloadStore, SallyportError } from '@sallyport/core';
import { createKeyEncryption } from '@sallyport/stores';
import type { ContentConfig } from '../config/index.ts';

/** A file with more cannot be one of keys. */
const MAX_FILE_BYTES = 65_536;

/** The key-encryption keys that the configuration names; those of a file as they stand there at each use. */
export function openContentKeys({ keys }: Pick<ContentConfig, 'keys'>): KeyEncryption {
  if (keys === undefined) return createKeyEncryption(() => undefined);
  if ('secret' in keys) return createKeyEncryption(() => keys.secret.reveal());
  return createKeyEncryption(() => readKeys(keys.file));
}

function readKeys(file: string): string {
  try {
    if (statSync(file).size <= MAX_FILE_BYTES) return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SallyportError('CONTENT_KEY_MISSING', { detail: `${file} cannot be read`, cause });
  }
  throw new SallyportError('CONTENT_KEY_MISSING', { detail: `${file} is larger than keys can be` });
}

/**
 * Makes sure, before the doors open, that there are keys where configuration says so, and that none is missing which data keys are wrapped under.
 * @throws {SallyportError} `CONTENT_KEY_MISSING`
 */
export async function requireContentKeys(
  { keys }: Pick<ContentConfig, 'keys'>,
  encryption: KeyEncryption,
  store: Pick<PayloadStore, 'keyIds'>,
): Promise<void> {
  if (keys === undefined) return;
  const known = await encryption.known();
  const lost = store.keyIds().find((id) => !known.includes(id));
  if (lost === undefined) return;
  const detail = `data keys are wrapped under \`${lost}\`, which is not among the \`content.keys\`: give it behind the first, and run \`privacy rotate\``;
  throw new SallyportError('CONTENT_KEY_MISSING', { detail });
}
