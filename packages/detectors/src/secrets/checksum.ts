import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE62_CHARS = 6;
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BASE58_CHECKSUM_BYTES = 4;
const BASE36_LENGTH_CHARS = 2;
const BASE36_CHARS = 7;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const BECH32_GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/**
 * Tells whether a token of the form that GitHub introduced, and npm shares, carries its own checksum: the last six
 * characters are the CRC-32 of the random part, base-62, padded with `0`.
 * Source: GitHub, "Behind GitHub's new authentication token formats", 2021; checked against a published revoked token.
 */
export function carriesChecksum(token: string): boolean {
  const random = token.slice(token.lastIndexOf('_') + 1, -BASE62_CHARS);
  let digits = '';
  for (let rest = crc32(random); rest > 0; rest = Math.floor(rest / 62)) digits = BASE62.charAt(rest % 62) + digits;
  return digits.padStart(BASE62_CHARS, '0') === token.slice(-BASE62_CHARS);
}

/**
 * The same for GitLab's routable tokens: behind the full stop, the length of the payload and the CRC-32 of all before
 * it, both base-36. Source: GitLab's design document "Routable tokens".
 */
export function carriesRoutableChecksum(token: string): boolean {
  const body = token.slice(0, -BASE36_CHARS);
  const stop = body.lastIndexOf('.');
  const length = Number.parseInt(body.slice(stop + 1), 36);
  const checksum = crc32(body).toString(36).padStart(BASE36_CHARS, '0');
  // The payload begins behind the prefix, which may hold `-` and `_` as the payload may: it is taken from its end.
  return body.length - stop - 1 === BASE36_LENGTH_CHARS && length < stop && checksum === token.slice(-BASE36_CHARS);
}

/**
 * The same for Grafana's service accounts: eight hex digits, the bytes of the CRC-32 of all before the last `_`, lowest first.
 * Source: grafana/grafana, pkg/components/satokengen/tokengen.go.
 */
export function carriesGrafanaChecksum(token: string): boolean {
  const last = token.lastIndexOf('_');
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(token.slice(0, last)));
  return bytes.toString('hex') === token.slice(last + 1).toLowerCase();
}

/**
 * Base58Check, of Bitcoin's keys: the last four bytes begin the double SHA-256 of those before.
 * Source: Bitcoin wiki, "Base58Check encoding"; BIP 32.
 */
export function carriesBase58Checksum(key: string): boolean {
  let number = 0n;
  for (const char of key) {
    const digit = BASE58.indexOf(char);
    if (digit < 0) return false;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const body = bytes.subarray(0, -BASE58_CHECKSUM_BYTES);
  return sha256(sha256(body)).subarray(0, BASE58_CHECKSUM_BYTES).equals(bytes.subarray(-BASE58_CHECKSUM_BYTES));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Bech32, of age identities and Nostr keys. Source: BIP 173, "Bech32"; NIP-19; the age specification. */
export function carriesBech32Checksum(key: string): boolean {
  const lower = key.toLowerCase();
  const stop = lower.lastIndexOf('1');
  const prefix = [...lower.slice(0, stop)].map((char) => char.charCodeAt(0));
  const data = [...lower.slice(stop + 1)].map((char) => BECH32.indexOf(char));
  if (data.includes(-1)) return false;
  let state = 1;
  for (const value of [...prefix.map((unit) => unit >> 5), 0, ...prefix.map((unit) => unit & 31), ...data]) {
    const top = state >>> 25;
    state = ((state & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of BECH32_GENERATORS.entries()) if ((top >> bit) & 1) state ^= generator;
  }
  return state === 1;
}

/** Stellar's seeds: base-32, the last two bytes are the CRC-16 (XModem) of those before, lowest first. Source: SEP-23. */
export function carriesStellarChecksum(seed: string): boolean {
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const char of seed) {
    held = ((held << 5) | BASE32.indexOf(char)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  const [low, high] = bytes.slice(-2);
  return crc16(bytes.slice(0, -2)) === (high ?? 0) * 256 + (low ?? 0);
}

function crc16(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}
