import { Buffer, isUtf8 } from 'node:buffer';
import type { Unseen } from '@sallyport/core';
import {
  isBase64,
  type JsonNode,
  type JsonObject,
  type JsonString,
  mediaTypeKind,
  memberOf,
  stringOf,
  walkTexts,
} from '@sallyport/wire';
import { free, listOf, type MemberReaders, objectOf, type Reader, texts } from './read-texts.ts';

/** One part of what a tool, a prompt or a model says. Of a type that nobody knows, every string is a text, and nobody knows what else it is. */
export const block: Reader = (node, at, out) => {
  const type = stringOf(node, 'type');
  switch (type) {
    case 'image':
    case 'audio':
      return objectOf(new Map([['data', payload(type)]]))(node, at, out);
    case 'resource':
      return objectOf(RESOURCE)(node, at, out);
    case 'tool_use':
      return objectOf(CALL)(node, at, out.from({ tool: stringOf(node, 'name') }));
    case 'tool_result': {
      out.result({ id: stringOf(node, 'toolUseId') }, memberOf(node, 'content'));
      return objectOf(RESULT)(node, at, out.from({ point: 'tool-result', role: 'tool' }));
    }
    case 'text':
    case 'resource_link':
      return texts(node, at, out);
    default: {
      out.see('unknown', at.path, out.bytesOf(node));
      return free(node, at, out);
    }
  }
};

/**
 * A value of a form that somebody else defines, in which files may stand in base64: what is a text there is read as that text.
 */
export const freeWithFiles: Reader = (node, at, out) => {
  walkTexts(node, at, (place) => {
    const file = !place.isKey && place.node.kind === 'string' && FILE_MEMBERS.has(place.field) ? place.node : undefined;
    if (file !== undefined && file.value.length >= FILE_MIN_CHARS && decodedText(file) !== undefined) {
      out.addBase64(file, place.field);
    } else out.addPlace(place, place.isKey ? 'key' : place.field);
  });
};

/** Members that hold the bytes of a file (A2A 1.0 and 0.3). */
const FILE_MEMBERS: ReadonlySet<string> = new Set(['raw', 'bytes']);
/** Of less nothing can be said: many a word is base64 of some other one. */
const FILE_MIN_CHARS = 8;

/** What a resource holds: text, or anything in base64, which may be a text too, whatever it calls itself. */
export const contents: Reader = (node, at, out) => {
  const type = stringOf(node, 'mimeType');
  objectOf(new Map([['blob', payload(type === undefined ? undefined : mediaTypeKind(type))]]))(node, at, out);
};

const RESOURCE: MemberReaders = new Map([['resource', contents]]);
const CALL: MemberReaders = new Map([['input', free]]);
const RESULT: MemberReaders = new Map([
  ['content', listOf(block)],
  ['structuredContent', free],
]);

/** What a resource says to whoever reads it, if it is text. */
export function saidBy(node: JsonObject): JsonNode | undefined {
  const text = memberOf(node, 'text');
  if (text !== undefined) return text;
  const blob = memberOf(node, 'blob');
  const decoded = blob?.kind === 'string' ? decodedText(blob) : undefined;
  return blob?.kind !== 'string' || decoded === undefined ? undefined : { ...blob, value: decoded };
}

/** @param kind what it passes for; `undefined` for text, or where it doesn't say */
function payload(kind: Unseen['kind'] | undefined): Reader {
  return (node, at, out) => {
    if (node.kind !== 'string' || !isBase64(node.value)) {
      texts(node, at, out);
      return;
    }
    const isText = decodedText(node) !== undefined;
    if (isText) out.addBase64(node, at.field);
    if (kind !== undefined || !isText) out.see(kind ?? 'file', at.path, out.bytesOf(node));
  };
}

const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** What base64 stands for, where that is text: UTF-8 without any control character but spaces. */
function decodedText({ value }: JsonString): string | undefined {
  if (!isBase64(value)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (!isUtf8(bytes) || bytes.some((byte) => byte < SPACE && (byte < TAB || byte > CARRIAGE_RETURN))) return undefined;
  return bytes.toString('utf8');
}
