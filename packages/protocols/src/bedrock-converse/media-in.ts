import { Buffer, isUtf8 } from 'node:buffer';
import type { Unseen } from '@sallyport/core';
import { isBase64, type JsonNode, type JsonString, memberOf, pointerToken, stringOf } from '@sallyport/wire';

/** What of a content block is no text as it stands. */
export interface BlockMedia {
  readonly places: readonly MediaPlace[];
  /** Documents that are text, in base64. */
  readonly encoded: readonly JsonString[];
}

/** Content that no text detector reads. */
export interface MediaPlace {
  readonly kind: Unseen['kind'];
  readonly path: string;
  /** The base64 that stands for it; nothing where an address does. */
  readonly bytes: JsonString | undefined;
  /** What stands there is looked at all the same: an address, or what may be text. */
  readonly isRead: boolean;
}

const KINDS: ReadonlyMap<string, Unseen['kind']> = new Map([
  ['image', 'image'],
  ['audio', 'audio'],
  ['video', 'file'],
  ['document', 'file'],
]);

/** Formats of documents that are text. */
const TEXT_FORMATS: ReadonlySet<string> = new Set(['csv', 'html', 'md', 'txt']);

/**
 * Pictures, sounds, films and documents of a content block.
 * @param name the block's one member, such as `image`; what a call carries, and a tool's JSON, is text whatever it looks like
 * @param path JSON pointer of `value`
 */
export function mediaIn(name: string, value: JsonNode, path: string): BlockMedia {
  const places: MediaPlace[] = [];
  const encoded: JsonString[] = [];
  for (const { kind, path: at, holder } of sourcesIn(name, value, path)) {
    const source = memberOf(holder, 'source');
    const bytes = memberOf(source, 'bytes');
    if (bytes?.kind === 'string' && bytes.value !== '' && isBase64(bytes.value)) {
      const named = kind === 'file' && TEXT_FORMATS.has(stringOf(holder, 'format') ?? '');
      // A document calls itself what it likes, and may be plain text to whoever reads it.
      const plain = kind === 'file' && isUtf8(Buffer.from(bytes.value, 'base64'));
      if (plain) encoded.push(bytes);
      // Text in another character set is left to the detectors as it stands: they know base64 when they see it.
      if (!named || !plain) places.push({ kind, path: `${at}/source/bytes`, bytes, isRead: named || plain });
    }
    const address = memberOf(source, 's3Location');
    if (address?.kind === 'object')
      places.push({ kind, path: `${at}/source/s3Location`, bytes: undefined, isRead: true });
  }
  return { places, encoded };
}

interface MediaSource {
  readonly kind: Unseen['kind'];
  readonly path: string;
  /** What holds the `source`. */
  readonly holder: JsonNode;
}

function sourcesIn(name: string, value: JsonNode, path: string): readonly MediaSource[] {
  const kind = KINDS.get(name);
  if (kind !== undefined) return [{ kind, path, holder: value }];
  if (name === 'guardContent') return inside(value, path);
  if (name !== 'toolResult') return [];
  const content = memberOf(value, 'content');
  if (content?.kind !== 'array') return [];
  return content.items.flatMap((item, index) => inside(item, `${path}/content/${index}`));
}

function inside(holder: JsonNode, path: string): readonly MediaSource[] {
  if (holder.kind !== 'object') return [];
  return holder.members.flatMap(({ key, value }) =>
    KINDS.has(key.value) ? sourcesIn(key.value, value, `${path}/${pointerToken(key.value)}`) : [],
  );
}
