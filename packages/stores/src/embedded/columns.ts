import { SallyportError } from '@sallyport/core';

/*
 * How rows are read. The driver aborts the whole process where a text is not UTF-8, and in a file that was damaged or edited any column may
 * say that it is text: so every column is asked for as bytes or as a whole number, and what doesn't fit is a broken store.
 */

/** Columns of text and of bytes, as they are asked for: read them with `textOf()`, `optionalTextOf()`, `jsonOf()` or `bytesOf()`. */
export function asBytes(...columns: readonly string[]): string {
  return columns.map((column) => `CAST(${column} AS BLOB)`).join(', ');
}

/** Columns of whole numbers, as they are asked for. */
export function asNumber(...columns: readonly string[]): string {
  return columns.map((column) => `CAST(${column} AS INTEGER)`).join(', ');
}

/** @throws {SallyportError} `STORE_BROKEN` where the column holds nothing */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new SallyportError('STORE_BROKEN', { detail: 'a column holds something else than it should' });
}

/** What is no UTF-8 in it is replaced: whoever compares finds another text. @throws {SallyportError} as `bytesOf()` */
export function textOf(value: unknown): string {
  const bytes = bytesOf(value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

export function optionalTextOf(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : textOf(value);
}

/** @throws {SallyportError} `STORE_BROKEN`, without the parser's words, which quote what it read */
export function jsonOf(value: unknown): unknown {
  const text = textOf(value);
  try {
    return JSON.parse(text);
  } catch {
    throw new SallyportError('STORE_BROKEN', { detail: 'a column does not hold the JSON that it should' });
  }
}
