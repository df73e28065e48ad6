import type { Unseen } from '@sallyport/core';
import {
  isBase64,
  type JsonNode,
  type JsonObject,
  type JsonString,
  mediaTypeKind,
  memberOf,
  pointerToken,
  stringOf,
} from '@sallyport/wire';
import { isIdentifier } from '../fields.ts';

/** Content that no text detector reads. */
export interface MediaPlace {
  readonly kind: Unseen['kind'];
  readonly path: string;
  /** What stands for it: base64, or the id of a file; nothing where an address does, which is a text. */
  readonly node: JsonString | undefined;
}

/**
 * Media within a value. A `source` says itself whether its `data` is text or base64, so that a text is never taken for a
 * picture because it has no spaces; what claims to be base64 and isn't, or is base64 of a text, is a text.
 */
export function mediaIn(node: JsonNode, path: string, found: MediaPlace[] = []): readonly MediaPlace[] {
  if (node.kind === 'array') {
    for (const [index, item] of node.items.entries()) mediaIn(item, `${path}/${index}`, found);
  }
  if (node.kind !== 'object') return found;
  const own = payloadOf(node, path) ?? fileOf(node, path) ?? addressOf(node, path);
  if (own !== undefined) found.push(own);
  for (const { key, value } of node.members) {
    if (value.kind === 'object' || value.kind === 'array') mediaIn(value, `${path}/${pointerToken(key.value)}`, found);
  }
  return found;
}

/** `{type: "base64", media_type, data}`. */
function payloadOf(node: JsonObject, path: string): MediaPlace | undefined {
  const data = memberOf(node, 'data');
  if (data?.kind !== 'string' || stringOf(node, 'type') !== 'base64' || !isBase64(data.value)) return undefined;
  const kind = mediaTypeKind(stringOf(node, 'media_type') ?? '');
  return kind === undefined ? undefined : { kind, path: `${path}/data`, node: data };
}

/** A file that the provider keeps. */
function fileOf(node: JsonObject, path: string): MediaPlace | undefined {
  const id = memberOf(node, 'file_id');
  if (id?.kind !== 'string' || id.value === '' || !isIdentifier(id.value)) return undefined;
  return { kind: 'file', path: `${path}/file_id`, node: id };
}

/** A picture or a document that the provider fetches. */
function addressOf(node: JsonObject, path: string): MediaPlace | undefined {
  const type = stringOf(node, 'type');
  if (type !== 'image' && type !== 'document') return undefined;
  if (stringOf(memberOf(node, 'source'), 'type') !== 'url') return undefined;
  return { kind: type === 'image' ? 'image' : 'file', path: `${path}/source`, node: undefined };
}
