import { createHmac } from 'node:crypto';
import type { NumberOf } from '@sallyport/core';

/** Bytes of the code that become a number: 2^48 is within the 15 digits of a placeholder, and no number is likelier than another. */
const NUMBER_BYTES = 6;

/**
 * Numbers that are made from values: the same value has the same number in every exchange of a tenant, and nobody without the key can
 * tell which value has which, nor that two tenants know the same. Of a million values of one type two share a number with a
 * probability of 1 in 560; in one exchange they never do.
 * @param key 32 bytes
 */
export function createPseudonyms(key: Uint8Array): (tenant: string) => NumberOf {
  return (tenant) => (type, fingerprint) => {
    const code = createHmac('sha256', key)
      .update(JSON.stringify([tenant, type, fingerprint]))
      .digest();
    return code.readUIntBE(0, NUMBER_BYTES) + 1;
  };
}
