import { Buffer } from 'node:buffer';
import { editedObject } from './compose-message.ts';
import type { McpMessage, McpRequest } from './message.ts';
import { respelled } from './respelled.ts';

/** The same request without some of its params; every other member stays as it is written. */
export function withoutParams(message: McpRequest, names: readonly string[]): McpRequest;
export function withoutParams(message: McpRequest, names: readonly string[]): McpMessage {
  const { params, text } = message;
  if (params === undefined || !params.members.some(({ key }) => names.includes(key.value))) return message;
  const left = editedObject(text, params, Object.fromEntries(names.map((name) => [name, undefined])));
  return respelled(message, { bytes: Buffer.from(text.slice(0, params.start) + left + text.slice(params.end)) });
}
