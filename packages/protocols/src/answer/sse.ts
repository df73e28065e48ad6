import { Buffer } from 'node:buffer';

/** Of a stream that the gateway makes itself. */
export const SSE_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' } as const;

/** A comment: every client of server-sent events reads over it. */
export const HEARTBEAT: Uint8Array = Buffer.from(': \n\n');

/** One event with a JSON value as its data, and its name where its protocol gives events names. */
export function sseData(value: object, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`;
}
