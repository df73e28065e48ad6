import { createHash } from 'node:crypto';
import type { Message, MessageRef } from '@sallyport/core';
import { canonicalJson } from '@sallyport/wire';

/** A message that is at hand, under a key that is a digest of all of it. Cost: SHA-256 of the message, when the key is asked for. */
export function messageRef(message: Message): MessageRef {
  let key: string | undefined;
  return {
    get key() {
      key ??= createHash('sha256').update(canonicalJson(message)).digest('base64url');
      return key;
    },
    read: () => message,
  };
}
