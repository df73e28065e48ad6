import { crc32 } from 'node:zlib';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_CHARS = 6;

/**
 * Tells whether a token of the form that GitHub introduced, and npm shares, carries its own checksum: the last six
 * characters are the CRC-32 of the random part, base-62, padded with `0`.
 * Source: GitHub, "Behind GitHub's new authentication token formats", 2021; checked against a published revoked token.
 */
export function carriesChecksum(token: string): boolean {
  const random = token.slice(token.lastIndexOf('_') + 1, -CHECKSUM_CHARS);
  return base62(crc32(random)) === token.slice(-CHECKSUM_CHARS);
}

function base62(value: number): string {
  let digits = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62.charAt(rest % 62) + digits;
  return digits.padStart(CHECKSUM_CHARS, '0');
}
