import { createHmac } from 'node:crypto';
import { type KeyEncryption, SallyportError } from '@sallyport/core';
import { createSealedBox, type SealedBox } from './sealed-box.ts';

/** Key-encryption keys that may be given at a time: one that wraps, and those that still unwrap. */
export const KEY_ENCRYPTION_KEYS_MAX = 16;
const KEY_BYTES = 32;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;

interface LocalKey {
  readonly id: string;
  readonly box: SealedBox;
}

/**
 * Key-encryption keys as text: each 32 bytes in base64, on a line of its own or behind a comma. The first wraps, all of them
 * unwrap. A key's id is made from the key, so that no two can be mistaken for each other.
 * @param read where they are kept, at every call: what was changed there holds from then on; undefined where there are none
 * Cost: 30 us a call, beside what reading takes.
 */
export function createKeyEncryption(read: () => string | undefined): KeyEncryption {
  let known: { readonly text: string; readonly keys: readonly LocalKey[] } | undefined;
  const keys = (): readonly LocalKey[] => {
    const text = read();
    if (text === undefined) throw missing('none is given');
    if (known?.text !== text) known = { text, keys: readKeys(text) };
    return known.keys;
  };
  const first = (): LocalKey => {
    const [key] = keys();
    if (key === undefined) throw missing('none is given');
    return key;
  };
  return {
    current: async () => first().id,
    known: async () => keys().map(({ id }) => id),
    wrap: async (key, label) => {
      const { id, box } = first();
      return { keyId: id, wrapped: box.seal(Buffer.from(key).toString('base64'), label) };
    },
    unwrap: async ({ keyId, wrapped }, label) => {
      const key = keys().find(({ id }) => id === keyId);
      if (key === undefined) throw missing(`\`${keyId}\` is not among those that are given`);
      return Buffer.from(key.box.open(wrapped, label), 'base64');
    },
  };
}

function readKeys(text: string): readonly LocalKey[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0 || words.length > KEY_ENCRYPTION_KEYS_MAX) {
    throw missing(`there must be 1 to ${KEY_ENCRYPTION_KEYS_MAX} of them`);
  }
  return words.map((word) => {
    const key = BASE64.test(word) ? Buffer.from(word, 'base64') : Buffer.alloc(0);
    if (key.length !== KEY_BYTES) throw missing('each is 32 bytes in base64');
    const id = createHmac('sha256', key).update('sallyport/key-id/v1').digest('hex').slice(0, 16);
    return { id, box: createSealedBox(key) };
  });
}

/** Says what is wrong and never what stands there. */
function missing(what: string): SallyportError {
  return new SallyportError('CONTENT_KEY_MISSING', { detail: `key-encryption keys: ${what}` });
}
