import { createHmac } from 'node:crypto';
import type { Fingerprint } from '@sallyport/core';

const FINGERPRINT_BYTES = 16;

/**
 * Keyed fingerprints: HMAC-SHA-256, its first 16 bytes in hexadecimal. Equal values have equal fingerprints under one
 * key, and without the key a value cannot be guessed from its fingerprint by trying all card numbers.
 * @param key the install's key, at least 16 bytes
 * Cost: about 3 us a value.
 */
export function createFingerprinter(key: Uint8Array): (value: string) => Fingerprint {
  const secret = Uint8Array.from(key);
  return (value) =>
    createHmac('sha256', secret).update(value, 'utf8').digest().subarray(0, FINGERPRINT_BYTES).toString('hex');
}
