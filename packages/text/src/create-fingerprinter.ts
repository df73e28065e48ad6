import { createHmac, createSecretKey } from 'node:crypto';
import type { Fingerprint } from '@sallyport/core';

/** Sixteen bytes. */
const FINGERPRINT_CHARS = 32;

/**
 * Keyed fingerprints: HMAC-SHA-256, its first 16 bytes in hexadecimal. Equal values have equal fingerprints under one
 * key, and without the key a value cannot be guessed from its fingerprint by trying all card numbers.
 * @param key the install's key, at least 16 bytes
 * Cost: about 1.5 us a value.
 */
export function createFingerprinter(key: Uint8Array): (value: string) => Fingerprint {
  const secret = createSecretKey(key);
  return (value) => createHmac('sha256', secret).update(value, 'utf8').digest('hex').slice(0, FINGERPRINT_CHARS);
}
