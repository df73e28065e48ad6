import { Buffer } from 'node:buffer';
import { encodeLiteral, memberOf, splice } from '@sallyport/wire';
import type { McpError, McpMessage, McpRequest, McpResult, RequestId } from './message.ts';
import { respelled } from './respelled.ts';

/** The same message under another id: every other byte stays. An error without an id gets one. */
export function withId<M extends McpRequest | McpResult | McpError>(message: M, id: RequestId): M;
export function withId(message: McpRequest | McpResult | McpError, id: RequestId): McpMessage {
  if (message.id === id) return message;
  const { bytes, text, root } = message;
  const literal = Buffer.from(typeof id === 'string' ? encodeLiteral(id) : String(id));
  const node = memberOf(root, 'id');
  if (node === undefined) {
    const member = Buffer.concat([Buffer.from('"id":'), literal, Buffer.from(',')]);
    return respelled(message, { bytes: splice(bytes, [{ start: 1, end: 1, bytes: member }]), id });
  }
  const start = Buffer.byteLength(text.slice(0, node.start));
  const end = start + Buffer.byteLength(text.slice(node.start, node.end));
  return respelled(message, { bytes: splice(bytes, [{ start, end, bytes: literal }]), id });
}
