import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';

/** Total length, headers length and the checksum of the two, 4 bytes each. */
export const PRELUDE_BYTES = 12;
/** A checksum, of everything before it: the prelude's last bytes, and the message's. */
export const CHECKSUM_BYTES = 4;
/** Offset of the prelude's checksum. */
export const PRELUDE_CHECKSUM_AT = PRELUDE_BYTES - CHECKSUM_BYTES;
/** The type of a header whose value is text. */
export const STRING_HEADER = 7;
/** Longest value of a header, in bytes. */
export const MAX_VALUE_BYTES = 0x7fff;

const MAX_NAME_BYTES = 0xff;

/**
 * One message of an `application/vnd.amazon.eventstream`.
 * @param headers string headers by name; names of 1..255 bytes, values of at most 32 767
 * @throws {RangeError} for a name or a value that is longer, or an empty name: a programmer's error
 */
export function encodeEventFrame(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, text] of Object.entries(headers)) {
    const key = Buffer.from(name);
    const value = Buffer.from(text);
    if (key.length === 0 || key.length > MAX_NAME_BYTES) throw new RangeError('header name is not of 1..255 bytes');
    if (value.length > MAX_VALUE_BYTES) throw new RangeError('header value is longer than 32767 bytes');
    parts.push(Buffer.of(key.length), key, Buffer.of(STRING_HEADER, value.length >> 8, value.length & 0xff), value);
  }
  const block = Buffer.concat(parts);
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  prelude.writeUInt32BE(block.length, 4);
  return sealEventFrame(Buffer.concat([prelude, block, Buffer.from(payload), Buffer.alloc(CHECKSUM_BYTES)]));
}

/** A copy of a message with the total length and the checksums that its bytes ask for; its headers length is left as it is. */
export function sealEventFrame(message: Uint8Array): Uint8Array {
  const sealed = Buffer.from(message);
  sealed.writeUInt32BE(sealed.length, 0);
  sealed.writeUInt32BE(crc32(sealed.subarray(0, PRELUDE_CHECKSUM_AT)), PRELUDE_CHECKSUM_AT);
  const end = sealed.length - CHECKSUM_BYTES;
  sealed.writeUInt32BE(crc32(sealed.subarray(0, end)), end);
  return sealed;
}
