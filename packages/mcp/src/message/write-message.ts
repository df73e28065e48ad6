import { Buffer } from 'node:buffer';
import { type JsonNode, type JsonObject, memberOf } from '@sallyport/wire';
import { partsOf } from './late-message.ts';
import type { McpError, McpNotification, McpRequest, McpResult, RequestId } from './message.ts';

/** Members of params, of a result or of an error's data: whatever JSON can say. */
export type JsonMembers = Readonly<Record<string, unknown>>;

/** What an error says. */
export interface ErrorContent {
  /** An integer. */
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Params are a plain object; members that are `undefined` are left out. */
export function writeRequest(id: RequestId, method: string, params?: JsonMembers): McpRequest {
  const parts = partsOf(bytesOf({ jsonrpc: '2.0', id, method, params }));
  return { kind: 'request', id, method, ...parts, ...paramsIn(parts.root) };
}

export function writeNotification(method: string, params?: JsonMembers): McpNotification {
  const parts = partsOf(bytesOf({ jsonrpc: '2.0', method, params }));
  return { kind: 'notification', method, ...parts, ...paramsIn(parts.root) };
}

export function writeResult(id: RequestId, result: JsonMembers): McpResult {
  const parts = partsOf(bytesOf({ jsonrpc: '2.0', id, result }));
  const node = memberOf(parts.root, 'result');
  return { kind: 'result', id, ...parts, result: node?.kind === 'object' ? node : parts.root };
}

/** @param id `undefined` where nobody can tell which request it answers */
export function writeError(id: RequestId | undefined, { code, message, data }: ErrorContent): McpError {
  const parts = partsOf(bytesOf({ jsonrpc: '2.0', id, error: { code, message, data } }));
  const node: JsonNode | undefined = memberOf(memberOf(parts.root, 'error'), 'data');
  return {
    kind: 'error',
    ...(id !== undefined && { id }),
    code,
    message,
    ...parts,
    ...(node !== undefined && { data: node }),
  };
}

function bytesOf(value: JsonMembers): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function paramsIn(root: JsonObject): { readonly params?: JsonObject } {
  const params = memberOf(root, 'params');
  return params?.kind === 'object' ? { params } : {};
}
