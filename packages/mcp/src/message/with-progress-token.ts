import { Buffer } from 'node:buffer';
import { encodeLiteral, memberOf, splice } from '@sallyport/wire';
import type { McpMessage, McpNotification, McpRequest, RequestId } from './message.ts';
import { respelled } from './respelled.ts';

/** What a request calls its progress, or a notification of progress is about, under another name: every other byte stays. One without is the same. */
export function withProgressToken<M extends McpRequest | McpNotification>(message: M, token: RequestId): M;
export function withProgressToken(message: McpRequest | McpNotification, token: RequestId): McpMessage {
  const { bytes, text, params, kind } = message;
  const node = memberOf(kind === 'request' ? memberOf(params, '_meta') : params, 'progressToken');
  if (node === undefined) return message;
  const literal = Buffer.from(typeof token === 'string' ? encodeLiteral(token) : String(token));
  const start = Buffer.byteLength(text.slice(0, node.start));
  const end = start + Buffer.byteLength(text.slice(node.start, node.end));
  return respelled(message, { bytes: splice(bytes, [{ start, end, bytes: literal }]) });
}
