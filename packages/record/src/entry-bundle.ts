import { TILE_WIDTH } from './tile-path.ts';

const LENGTH_BYTES = 2;

/** Leaves as a bundle of entries: each after its length, two bytes, big-endian. Source: C2SP tlog-tiles, "Log entries". */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const leaf of leaves) {
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt16BE(leaf.byteLength);
    parts.push(length, leaf);
  }
  return Buffer.concat(parts);
}

/** The leaves of a bundle; undefined where it is cut off, or holds more than 256. */
export function decodeBundle(bundle: Uint8Array): Uint8Array[] | undefined {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    if (at + LENGTH_BYTES > bytes.byteLength || leaves.length === TILE_WIDTH) return undefined;
    const end = at + LENGTH_BYTES + bytes.readUInt16BE(at);
    if (end > bytes.byteLength) return undefined;
    leaves.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return leaves;
}
