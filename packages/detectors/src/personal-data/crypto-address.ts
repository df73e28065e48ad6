import { createHash } from 'node:crypto';

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const BECH32_TURNS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** What is left of a sound address: BIP-173, and BIP-350 for later witness versions. */
const BECH32_RESTS: readonly number[] = [1, 0x2bc830a3];
/** Version, hash and four bytes of checksum. */
const PAYLOAD_BYTES = 25;

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/**
 * Whether an address of Bitcoin holds by its checksum. An address of Ethereum holds by its form alone: its checksum is a
 * hash that the runtime does not have.
 */
export function isCryptoAddress(written: string): boolean {
  if (/^0x[0-9A-Fa-f]{40}$/.test(written)) return true;
  return written.toLowerCase().startsWith('bc1') ? passesBech32(written) : passesBase58Check(written);
}

/** Source: Bitcoin developer reference, Base58Check encoding. */
function passesBase58Check(written: string): boolean {
  let number = 0n;
  for (const char of written) {
    const value = BASE58.indexOf(char);
    if (value < 0) return false;
    number = number * 58n + BigInt(value);
  }
  const hex = number.toString(16).padStart(2 * PAYLOAD_BYTES, '0');
  if (hex.length !== 2 * PAYLOAD_BYTES) return false;
  const bytes = Buffer.from(hex, 'hex');
  return sha256(sha256(bytes.subarray(0, -4)))
    .subarray(0, 4)
    .equals(bytes.subarray(-4));
}

/** Source: BIP-173. */
function passesBech32(written: string): boolean {
  if (written !== written.toLowerCase() && written !== written.toUpperCase()) return false;
  const values = [...written.toLowerCase().slice(3)].map((char) => BECH32.indexOf(char));
  if (values.includes(-1)) return false;
  // The prefix `bc`, spread as the standard says.
  const rest = [3, 3, 0, 2, 3, ...values].reduce((sum, value) => {
    const top = sum >>> 25;
    const next = ((sum & 0x1ffffff) << 5) ^ value;
    return BECH32_TURNS.reduce((turned, turn, i) => ((top >>> i) & 1 ? turned ^ turn : turned), next);
  }, 1);
  return BECH32_RESTS.includes(rest);
}
