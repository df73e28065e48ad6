import { isBase64, type JsonNode, type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { type BlockKind, blockKind } from './block-kind.ts';
import { type MediaPlace, mediaIn } from './media-in.ts';

/** A content block, as far as requests and answers read it alike. */
export interface ContentBlock {
  readonly node: JsonObject;
  readonly type: string;
  readonly kind: BlockKind;
  readonly media: readonly MediaPlace[];
  /** Values that are no texts: media, and reasoning that the provider has encrypted. */
  readonly except: ReadonlySet<JsonNode>;
}

/** @param path JSON pointer of the block */
export function contentBlock(node: JsonObject, path: string): ContentBlock {
  const type = stringOf(node, 'type') ?? '';
  const kind = blockKind(type);
  // What a call carries is text, whatever it looks like: a tool reads it.
  const media = kind === 'call' ? [] : mediaIn(node, path);
  const except = new Set<JsonNode>(media.flatMap((place) => place.node ?? []));
  const data = type === 'redacted_thinking' ? memberOf(node, 'data') : undefined;
  if (data?.kind === 'string' && isBase64(data.value)) except.add(data);
  return { node, type, kind, media, except };
}
