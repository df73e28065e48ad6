import {
  isBase64,
  isPlainName,
  isTextField,
  type JsonNode,
  type JsonObject,
  type JsonString,
  mediaOf,
  pointerToken,
  readSchema,
  type TextCollector,
  type TextPlace,
  walkTexts,
} from '@sallyport/wire';
import table from './words.json' with { type: 'json' };

/** Where a value stands: the member that holds it, and the JSON pointer of it. */
export interface Place {
  readonly field: string;
  readonly path: string;
}

/** Gathers every text of a value. */
export type Reader = (node: JsonNode, at: Place, out: TextCollector) => void;

/** How members of an object are read, by name. All others are read as texts. */
export type MemberReaders = ReadonlyMap<string, Reader>;

/** Words of the protocol, by the member that holds them: what is none of these is somebody's text. */
const WORDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(table.words).map(([member, words]) => [member, new Set(words)]),
);
/**
 * What a server gives a client to bring back as it is, to the same server. In base64 it says nothing to anybody else; spelled
 * otherwise it is a text that nobody may change.
 */
const OPAQUE: ReadonlySet<string> = new Set(table.opaque);
/** What an id looks like; what doesn't is text wherever it stands. */
export const IDENTIFIER = /^[\w.:-]{0,128}$/;
const META_KEYS: ReadonlySet<string> = new Set(table.metaKeys);

/** A value of the protocol's own form: names of members and words that it defines are no texts. */
export const texts: Reader = (node, at, out) => {
  walkTexts(node, at, (place) => addText(place, out));
};

/** A value of a form that somebody else defines: every string in it is a text, names of members too. */
export const free: Reader = (node, at, out) => {
  walkTexts(node, at, (place) => out.addPlace(place, place.isKey ? 'key' : place.field));
};

export const schema: Reader = (node, { field }, out) => readSchema(node, field, out);

/** A list of values that are all read alike; anything else in its place is read as texts. */
export function listOf(read: Reader): Reader {
  return (node, at, out) => {
    if (node.kind !== 'array') texts(node, at, out);
    else for (const [index, item] of node.items.entries()) read(item, { ...at, path: `${at.path}/${index}` }, out);
  };
}

/** One value, or a list of such. */
export function oneOrMore(read: Reader): Reader {
  const list = listOf(read);
  return (node, at, out) => (node.kind === 'array' ? list : read)(node, at, out);
}

/** An object whose members' names are somebody's own, and whose values are all read alike. */
export function recordOf(read: Reader): Reader {
  return (node, at, out) => {
    if (node.kind !== 'object') texts(node, at, out);
    else readMembers(node, at, { out, readerOf: () => read, isFree: true });
  };
}

/** An object of the protocol's own form. */
export function objectOf(readers: MemberReaders): Reader {
  return (node, at, out) => {
    if (node.kind !== 'object') texts(node, at, out);
    else readMembers(node, at, { out, readerOf: (name) => readers.get(name) ?? texts, isFree: false });
  };
}

interface Reading {
  readonly out: TextCollector;
  readonly readerOf: (name: string) => Reader;
  /** Names of members are texts, whatever they look like. */
  readonly isFree: boolean;
}

function readMembers(node: JsonObject, { path }: Place, { out, readerOf, isFree }: Reading): void {
  for (const { key, value } of node.members) {
    const name = key.value;
    if (isFree) out.addPlace({ node: key, isKey: true }, 'key');
    else readName(key, out);
    readerOf(name)(value, { field: name, path: `${path}/${pointerToken(name)}` }, out);
  }
}

/** The name of a member of the protocol's own form. */
export function readName(key: JsonString, out: TextCollector): void {
  if (!isKnownName(key.value)) out.addPlace({ node: key, isKey: true }, 'key');
}

function isKnownName(name: string): boolean {
  return isPlainName(name) || META_KEYS.has(name);
}

function addText({ node, field, path, isKey }: TextPlace, out: TextCollector): void {
  if (node.kind === 'number') {
    out.add(node, field);
    return;
  }
  if (isKey) {
    readName(node, out);
    return;
  }
  if (WORDS.get(field)?.has(node.value) === true) return;
  if (OPAQUE.has(field)) {
    if (!isBase64(node.value)) out.from({ fixed: true }).add(node, field);
    return;
  }
  const media = isTextField(field) ? undefined : mediaOf(node.value);
  if (media === undefined) out.add(node, field);
  else out.see(media, path, out.bytesOf(node));
}
