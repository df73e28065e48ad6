import { Buffer } from 'node:buffer';
import { isFault, SallyportError } from '@sallyport/core';
import { type JsonNode, type JsonObject, memberOf, parseJson } from '@sallyport/wire';
import type { McpError, McpNotification, McpRequest, McpResult, MessageBytes } from './message.ts';

/** What was read once within the limits is never refused for its depth or its number of values. */
const ONCE_READ = { maxDepth: 2_000, maxNodes: Number.MAX_SAFE_INTEGER, strict: false } as const;

/** Where something stands in the bytes of a message that was built here. */
export function partsOf(bytes: Uint8Array): MessageBytes {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const root = parseJson(text, ONCE_READ);
  if (isFault(root) || root.kind !== 'object') throw new SallyportError('INTERNAL', { detail: 'message is no object' });
  return { bytes, text, root };
}

type Head<M> = Omit<M, 'text' | 'root' | 'params' | 'result' | 'data'> & { readonly has?: boolean };

/** A message of which only its head is known yet: what stands where is looked for when somebody asks. */
export function lateRequest({ has = true, ...head }: Head<McpRequest>): McpRequest {
  const parts = lateParts(head.bytes);
  return has ? late(head, { ...parts.texts, params: () => objectIn(parts.root(), 'params') }) : late(head, parts.texts);
}

export function lateNotification({ has = true, ...head }: Head<McpNotification>): McpNotification {
  const parts = lateParts(head.bytes);
  return has ? late(head, { ...parts.texts, params: () => objectIn(parts.root(), 'params') }) : late(head, parts.texts);
}

export function lateResult(head: Head<McpResult>): McpResult {
  const parts = lateParts(head.bytes);
  return late(head, { ...parts.texts, result: () => objectIn(parts.root(), 'result') });
}

export function lateError({ has = true, ...head }: Head<McpError>): McpError {
  const parts = lateParts(head.bytes);
  return has
    ? late(head, { ...parts.texts, data: () => nodeIn(nodeIn(parts.root(), 'error'), 'data') })
    : late(head, parts.texts);
}

interface LateParts {
  readonly root: () => JsonObject;
  readonly texts: { readonly text: () => string; readonly root: () => JsonObject };
}

function lateParts(bytes: Uint8Array): LateParts {
  let read: MessageBytes | undefined;
  const parts = () => {
    read ??= partsOf(bytes);
    return read;
  };
  const root = () => parts().root;
  return { root, texts: { text: () => parts().text, root } };
}

type Late<T> = { readonly [K in keyof T]: T[K] extends () => infer V ? V : never };

function late<Now extends object, Later extends Record<string, () => unknown>>(
  now: Now,
  later: Later,
): Now & Late<Later> {
  for (const [name, get] of Object.entries(later)) Object.defineProperty(now, name, { get, enumerable: true });
  return now as Now & Late<Later>;
}

function nodeIn(node: JsonNode, name: string): JsonNode {
  const value = memberOf(node, name);
  if (value === undefined) throw new SallyportError('INTERNAL', { detail: 'message lost a member' });
  return value;
}

function objectIn(node: JsonNode, name: string): JsonObject {
  const value = nodeIn(node, name);
  if (value.kind !== 'object') throw new SallyportError('INTERNAL', { detail: 'message lost a member' });
  return value;
}
