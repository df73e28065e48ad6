import { type Buffer, isUtf8 } from 'node:buffer';
import { MAX_VALUE_BYTES, PRELUDE_BYTES, STRING_HEADER } from './encode-event-frame.ts';
import type { FrameField } from './framing.ts';

interface FixedValue {
  readonly bytes: number;
  readonly text: (value: Buffer) => string;
}

const BYTES_HEADER = 6;
/** Types whose values have one size, by number; a timestamp is in milliseconds since 1970. */
const FIXED_VALUES: ReadonlyMap<number, FixedValue> = new Map<number, FixedValue>([
  [0, { bytes: 0, text: () => 'true' }],
  [1, { bytes: 0, text: () => 'false' }],
  [2, { bytes: 1, text: (value) => String(value.readInt8()) }],
  [3, { bytes: 2, text: (value) => String(value.readInt16BE()) }],
  [4, { bytes: 4, text: (value) => String(value.readInt32BE()) }],
  [5, { bytes: 8, text: (value) => String(value.readBigInt64BE()) }],
  [8, { bytes: 8, text: (value) => String(value.readBigInt64BE()) }],
  [9, { bytes: 16, text: (value) => value.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }],
]);

/**
 * The headers of a message, as fields: numbers and timestamps in decimal, byte arrays in base64, UUIDs in their usual form.
 * Only a string's value has a range in the message; the range of every other is empty.
 * @param end offset behind the headers, within the message
 * @returns `undefined` when they do not end there, repeat a name, or hold a type that does not exist or a text that is not UTF-8
 */
export function readEventHeaders(message: Buffer, end: number): readonly FrameField[] | undefined {
  const fields: FrameField[] = [];
  const names = new Set<string>();
  for (let at = PRELUDE_BYTES; at < end; ) {
    const nameStart = at + 1;
    const nameEnd = nameStart + (message[at] ?? 0);
    if (nameEnd === nameStart || nameEnd >= end) return undefined;
    const name = textOf(message.subarray(nameStart, nameEnd));
    if (name === undefined || names.has(name)) return undefined;
    names.add(name);
    const type = message[nameEnd] ?? -1;
    const range = valueRange(message, type, nameEnd + 1);
    if (range === undefined || range.end > end) return undefined;
    const value = valueText(message.subarray(range.start, range.end), type);
    if (value === undefined) return undefined;
    fields.push({ name, value, start: range.start, end: type === STRING_HEADER ? range.end : range.start });
    at = range.end;
  }
  return fields;
}

function valueRange(
  message: Buffer,
  type: number,
  at: number,
): { readonly start: number; readonly end: number } | undefined {
  const fixed = FIXED_VALUES.get(type);
  if (fixed !== undefined) return { start: at, end: at + fixed.bytes };
  if (type !== STRING_HEADER && type !== BYTES_HEADER) return undefined;
  // Behind the headers stand four bytes of checksum at least: there is something to read.
  const bytes = message.readUInt16BE(at);
  return bytes > MAX_VALUE_BYTES ? undefined : { start: at + 2, end: at + 2 + bytes };
}

function valueText(value: Buffer, type: number): string | undefined {
  if (type === STRING_HEADER) return textOf(value);
  return type === BYTES_HEADER ? value.toString('base64') : FIXED_VALUES.get(type)?.text(value);
}

function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}
