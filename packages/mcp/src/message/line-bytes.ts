import type { McpMessage } from './message.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/**
 * A message as one line, without the line's end. Raw line breaks stand between the tokens of JSON and never in them, so that
 * spaces in their place change nothing. Without any, the same array.
 */
export function lineBytes({ bytes }: Pick<McpMessage, 'bytes'>): Uint8Array {
  if (!bytes.includes(LINE_FEED) && !bytes.includes(CARRIAGE_RETURN)) return bytes;
  return bytes.map((byte) => (byte === LINE_FEED || byte === CARRIAGE_RETURN ? SPACE : byte));
}
