import { isFault } from '@sallyport/core';
import { type McpMessage, META, type MessageLimits, type RequestId, readMessage } from '@sallyport/mcp';
import { encodeLiteral, memberOf, splice } from '@sallyport/wire';

/**
 * A message of a subscription as the one to whom it goes knows it: since 2026-07-28 it says by its `_meta` to which request it
 * belongs, and that request may have another id on the other side. One that says nothing of the kind is the same.
 */
export function withSubscription<M extends McpMessage>(message: M, id: RequestId, json: MessageLimits): M {
  const said =
    message.kind === 'result' ? message.result : message.kind === 'notification' ? message.params : undefined;
  const node = memberOf(memberOf(said, '_meta'), META.subscriptionId);
  if (node === undefined) return message;
  const start = Buffer.byteLength(message.text.slice(0, node.start));
  const end = start + Buffer.byteLength(message.text.slice(node.start, node.end));
  const literal = Buffer.from(typeof id === 'string' ? encodeLiteral(id) : String(id));
  const renamed = readMessage(splice(message.bytes, [{ start, end, bytes: literal }]), json);
  return isFault(renamed) ? message : (renamed as M);
}
