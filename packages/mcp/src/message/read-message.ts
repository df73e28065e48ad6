import { type Fault, isFault, type ParseLimits } from '@sallyport/core';
import { decodeUtf8, isNull, type JsonNode, type JsonObject, memberOf, parseJson } from '@sallyport/wire';
import { disguisedName } from './disguised-name.ts';
import type { McpError, McpMessage, McpResult, MessageBytes } from './message.ts';
import { idOf } from './request-id.ts';

/** How much one message may hold: containers within containers, and values with names of members. */
export type MessageLimits = Required<Pick<ParseLimits, 'maxDepth' | 'maxNodes'>>;

/** Longest name of a method, characters. */
export const METHOD_MAX_CHARS = 128;

const METHOD = /^[!-~]+$/;
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Reads one message of JSON-RPC 2.0 as MCP has it, and nothing else: no batch, no params that are a list, no id that is null, a
 * fraction or written in two ways, nothing that is a request to one reader and an answer to another.
 * @returns the message, or a fault whose `at` is a JSON pointer where the shape is wrong, and a byte offset where the JSON is
 * Cost: that of `parseJson()`, about 5 ns a character.
 */
export function readMessage(bytes: Uint8Array, limits: MessageLimits): McpMessage | Fault {
  const own = trimmed(bytes);
  const text = decodeUtf8(own);
  if (typeof text !== 'string') return text;
  const root = parseJson(text, { ...limits, strict: true });
  if (isFault(root)) return root;
  if (root.kind !== 'object') return shape('');
  const disguised = disguisedName(root);
  return disguised === undefined ? messageOf(root, { bytes: own, text, root }) : shape(disguised);
}

function messageOf(root: JsonObject, parts: MessageBytes): McpMessage | Fault {
  const version = memberOf(root, 'jsonrpc');
  if (version?.kind !== 'string' || version.value !== '2.0') return shape('/jsonrpc');
  const [method, result, error] = ['method', 'result', 'error'].map((name) => memberOf(root, name));
  if ([method, result, error].filter((node) => node !== undefined).length !== 1) return shape('');
  if (method !== undefined) return calling(method, parts);
  if (memberOf(root, 'params') !== undefined) return shape('/params');
  return result === undefined ? errorOf(error, parts) : resultOf(result, parts);
}

function calling(method: JsonNode, parts: MessageBytes): McpMessage | Fault {
  if (method.kind !== 'string' || method.value.length > METHOD_MAX_CHARS || !METHOD.test(method.value)) {
    return shape('/method');
  }
  const params = memberOf(parts.root, 'params');
  if (params !== undefined && params.kind !== 'object') return shape('/params');
  const said = { ...parts, method: method.value, ...(params !== undefined && { params }) };
  const id = memberOf(parts.root, 'id');
  if (id === undefined) return { kind: 'notification', ...said };
  const known = idOf(id, parts.text);
  return known === undefined ? shape('/id') : { kind: 'request', id: known, ...said };
}

function resultOf(result: JsonNode, parts: MessageBytes): McpResult | Fault {
  const id = idOf(memberOf(parts.root, 'id'), parts.text);
  if (id === undefined) return shape('/id');
  return result.kind === 'object' ? { kind: 'result', id, result, ...parts } : shape('/result');
}

function errorOf(error: JsonNode | undefined, parts: MessageBytes): McpError | Fault {
  const node = memberOf(parts.root, 'id');
  const unknown = node === undefined || isNull(node);
  const id = idOf(node, parts.text);
  if (!unknown && id === undefined) return shape('/id');
  const code = memberOf(error, 'code');
  const message = memberOf(error, 'message');
  if (code?.kind !== 'number' || !Number.isSafeInteger(code.value)) return shape('/error/code');
  if (message?.kind !== 'string') return shape('/error/message');
  const data = memberOf(error, 'data');
  return {
    kind: 'error',
    ...parts,
    ...(id !== undefined && { id }),
    code: code.value,
    message: message.value,
    ...(data !== undefined && { data }),
  };
}

/** Without the spaces around it. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && SPACES.has(bytes[start])) start += 1;
  while (start < end && SPACES.has(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
}

function shape(at: string): Fault {
  return { fault: 'BODY_SHAPE', at };
}
