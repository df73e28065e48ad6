import { Buffer } from 'node:buffer';
import { isFault, SallyportError } from '@sallyport/core';
import { type JsonNode, type JsonObject, memberOf, parseJson } from '@sallyport/wire';
import type { McpMessage, MessageBytes, RequestId } from './message.ts';

/** What was read once within the limits is never refused for its depth or its number of values. */
const ONCE_READ = { maxDepth: 2_000, maxNodes: Number.MAX_SAFE_INTEGER, strict: false } as const;

export interface Respelling {
  readonly bytes: Uint8Array;
  /** Default: as before. */
  readonly id?: RequestId;
}

/** The same message in other bytes, which hold the same members: what stands where is looked for only when somebody asks. */
export function respelled(message: McpMessage, { bytes, id }: Respelling): McpMessage {
  let read: MessageBytes | undefined;
  const parts = (): MessageBytes => {
    read ??= partsOf(bytes);
    return read;
  };
  const texts = { text: () => parts().text, root: () => parts().root };
  switch (message.kind) {
    case 'request': {
      const { kind, method } = message;
      return lazily({ kind, id: id ?? message.id, method, bytes }, { ...texts, ...paramsOf(message, parts) });
    }
    case 'notification': {
      const { kind, method } = message;
      return lazily({ kind, method, bytes }, { ...texts, ...paramsOf(message, parts) });
    }
    case 'result':
      return lazily(
        { kind: message.kind, id: id ?? message.id, bytes },
        { ...texts, result: () => objectIn(parts().root, 'result') },
      );
    case 'error': {
      const { kind, code, message: said } = message;
      const known = id ?? message.id;
      const data = 'data' in message ? { data: () => nodeIn(memberOf(parts().root, 'error'), 'data') } : {};
      return lazily(
        { kind, ...(known !== undefined && { id: known }), code, message: said, bytes },
        { ...texts, ...data },
      );
    }
  }
}

/** Where something stands in the bytes of a message that was built here. */
export function partsOf(bytes: Uint8Array): MessageBytes {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const root = parseJson(text, ONCE_READ);
  if (isFault(root) || root.kind !== 'object') throw new SallyportError('INTERNAL', { detail: 'message is no object' });
  return { bytes, text, root };
}

type Lazy<T> = { readonly [K in keyof T]: T[K] extends () => infer V ? V : never };

function lazily<Now extends object, Later extends Record<string, () => unknown>>(
  now: Now,
  later: Later,
): Now & Lazy<Later> {
  for (const [name, get] of Object.entries(later)) Object.defineProperty(now, name, { get, enumerable: true });
  return now as Now & Lazy<Later>;
}

function paramsOf(message: McpMessage, parts: () => MessageBytes): { readonly params: () => JsonObject } {
  // A message without params has none in other bytes either: the type of what is made says so by its optional member.
  const later = 'params' in message ? { params: () => objectIn(parts().root, 'params') } : {};
  return later as { readonly params: () => JsonObject };
}

function nodeIn(node: JsonNode | undefined, name: string): JsonNode {
  const value = memberOf(node, name);
  if (value === undefined) throw new SallyportError('INTERNAL', { detail: 'message lost a member' });
  return value;
}

function objectIn(node: JsonNode, name: string): JsonObject {
  const value = nodeIn(node, name);
  if (value.kind !== 'object') throw new SallyportError('INTERNAL', { detail: 'message lost a member' });
  return value;
}
