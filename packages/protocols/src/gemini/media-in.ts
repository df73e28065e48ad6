import { Buffer, isUtf8 } from 'node:buffer';
import type { Unseen } from '@sallyport/core';
import { isBase64, type JsonNode, type JsonString, mediaTypeKind } from '@sallyport/wire';
import { itemsOf, memberIn, stringIn } from './spelling.ts';

/** What of a part is no text as it stands. */
export interface PartMedia {
  readonly places: readonly MediaPlace[];
  /** Files that are text, in base64. */
  readonly encoded: readonly JsonString[];
}

/** Content that no text detector reads. */
export interface MediaPlace {
  readonly kind: Unseen['kind'];
  readonly path: string;
  /** The base64 that stands for it; nothing where an address does, which is a text. */
  readonly bytes: JsonString | undefined;
}

/**
 * Pictures, sounds, films and files of a part.
 * @param name the member of the part, as JSON spells it; what a call carries, and what a tool answers, is text whatever it looks like
 * @param path JSON pointer of `value`
 */
export function mediaIn(name: string, value: JsonNode, path: string): PartMedia {
  const places: MediaPlace[] = [];
  const encoded: JsonString[] = [];
  const add = (found: PartMedia) => {
    places.push(...found.places);
    encoded.push(...found.encoded);
  };
  if (name === 'inlineData') return inlineData(value, path);
  if (name === 'fileData') return { places: [{ kind: 'file', path, bytes: undefined }], encoded: [] };
  if (name !== 'functionResponse') return { places, encoded };
  for (const [index, part] of itemsOf(memberIn(value, 'parts')).entries()) {
    for (const inner of ['inlineData', 'fileData']) {
      const held = memberIn(part, inner);
      if (held !== undefined) add(mediaIn(inner, held, `${path}/parts/${index}/${inner}`));
    }
  }
  return { places, encoded };
}

/** `{mimeType, data}`. A file calls itself what it likes, and may be plain text to whoever reads it. */
function inlineData(value: JsonNode, path: string): PartMedia {
  const data = memberIn(value, 'data');
  if (data?.kind !== 'string' || data.value === '' || !isBase64(data.value)) return { places: [], encoded: [] };
  const kind = mediaTypeKind(stringIn(value, 'mimeType') ?? '');
  const plain = kind !== 'image' && kind !== 'audio' && isUtf8(Buffer.from(data.value, 'base64'));
  if (plain && kind === undefined) return { places: [], encoded: [data] };
  const place = { kind: kind ?? 'file', path: `${path}/data`, bytes: data };
  return { places: [place], encoded: plain ? [data] : [] };
}
