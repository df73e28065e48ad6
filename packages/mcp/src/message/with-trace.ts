import { Buffer } from 'node:buffer';
import { type TraceContext, writeTraceContext } from '@sallyport/core';
import { encodeLiteral, memberOf, splice } from '@sallyport/wire';
import { editedObject, type MemberChanges } from './compose-message.ts';
import type { McpRequest } from './message.ts';
import { respelled } from './respelled.ts';

/**
 * A request whose `_meta` says where in a distributed trace it stands, whatever it said before: nothing else of it changes. One that
 * has no `params`, and one for no trace, is the same.
 */
export function withTrace(message: McpRequest, context: TraceContext | undefined): McpRequest {
  const { bytes, text, params } = message;
  if (context === undefined || params === undefined) return message;
  const { traceparent, tracestate } = writeTraceContext(context);
  const changes: MemberChanges = {
    traceparent: encodeLiteral(traceparent),
    tracestate: tracestate === undefined ? undefined : encodeLiteral(tracestate),
  };
  const meta = memberOf(params, '_meta');
  if (meta !== undefined && meta.kind !== 'object') return message;
  const literal = editedObject(text, params, { _meta: editedObject(text, meta, changes) });
  const start = Buffer.byteLength(text.slice(0, params.start));
  const end = start + Buffer.byteLength(text.slice(params.start, params.end));
  const respelling = { bytes: splice(bytes, [{ start, end, bytes: Buffer.from(literal) }]) };
  return respelled(message, respelling) as McpRequest;
}
