import { Buffer } from 'node:buffer';
import { encodeLiteral, type JsonObject } from '@sallyport/wire';
import { lateNotification, lateRequest, lateResult } from './late-message.ts';
import type { McpNotification, McpRequest, McpResult, RequestId } from './message.ts';

/** A request whose params are JSON text that is there already. */
export function composeRequest(id: RequestId, method: string, params: string): McpRequest {
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${encodeLiteral(method)},"params":${params}}`;
  return lateRequest({ kind: 'request', id, method, bytes: Buffer.from(text) });
}

export function composeNotification(method: string, params: string): McpNotification {
  const text = `{"jsonrpc":"2.0","method":${encodeLiteral(method)},"params":${params}}`;
  return lateNotification({ kind: 'notification', method, bytes: Buffer.from(text) });
}

export function composeResult(id: RequestId, result: string): McpResult {
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
  return lateResult({ kind: 'result', id, bytes: Buffer.from(text) });
}

/** Members of an object as JSON text: to be set, or left out where there is none. */
export type MemberChanges = Readonly<Record<string, string | undefined>>;

/**
 * An object with some of its members changed; what is not changed stays as it is written. No name is in it twice.
 * @param text what the object was parsed from
 * @param node `undefined` for an object that has no member yet
 */
export function editedObject(text: string, node: JsonObject | undefined, changes: MemberChanges): string {
  const kept = (node?.members ?? []).filter(({ key }) => !Object.hasOwn(changes, key.value));
  const set = Object.entries(changes).flatMap(([name, literal]) =>
    literal === undefined ? [] : `${encodeLiteral(name)}:${literal}`,
  );
  return `{${[...set, ...kept.map(({ key, value }) => text.slice(key.start, value.end))].join(',')}}`;
}
