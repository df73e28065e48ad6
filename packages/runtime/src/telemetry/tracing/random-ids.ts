import { randomFillSync } from 'node:crypto';

/** Bytes that are drawn at once: one by one each id would cost what hundreds do together. */
const POOL_BYTES = 4_096;

/** Draws ids of random bytes. @returns gives the next one of so many bytes, 1..16, in hexadecimal digits */
export function randomIds(): (bytes: number) => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let digits = '';
  let at = 0;
  return (bytes) => {
    if (at + 2 * bytes > digits.length) {
      digits = randomFillSync(pool).toString('hex');
      at = 0;
    }
    at += 2 * bytes;
    return digits.slice(at - 2 * bytes, at);
  };
}
