import type { Slice } from '@sallyport/core';
import { type JsonNode, type JsonObject, memberOf, type TextCollector, type TextSource } from '@sallyport/wire';
import type { McpMessage } from '../message/message.ts';
import { readerOf } from './message-readers.ts';
import { DEFINITION, type MessageAbout, methodOf, sourceOf } from './message-source.ts';
import { LISTS, readItem } from './read-definitions.ts';
import { texts } from './read-texts.ts';

/** What is cut out of a message: one stretch of it, in pieces. */
export interface MessageCut {
  readonly pieces: readonly MessagePiece[];
  /** Of the stretch, UTF-16 in the message's text; both 0 where nothing is cut out. */
  readonly start: number;
  readonly end: number;
}

export interface MessagePiece {
  readonly node: JsonNode;
  readonly kind: Exclude<Slice['kind'], 'rest'>;
  /** Together with the piece's bytes it says all that is read in them. */
  readonly member: string;
  readonly source: TextSource;
  readonly read: (out: TextCollector) => void;
}

const NOTHING: MessageCut = { pieces: [], start: 0, end: 0 };

/** The items of a list that a server offers; its instructions; else the params, the result or the error of the message. */
export function cutMessage(message: McpMessage, about: MessageAbout): MessageCut {
  if (message.kind === 'result' && about.from === 'server') {
    const offered =
      itemsCut(message.result, methodOf(message, about)) ?? instructionsCut(message.result, message, about);
    if (offered !== undefined) return offered;
  }
  const name = message.kind === 'request' || message.kind === 'notification' ? 'params' : message.kind;
  const node = memberOf(message.root, name);
  if (node === undefined) return NOTHING;
  const read = readerOf(message, about);
  const piece: MessagePiece = {
    node,
    kind: 'message',
    member: memberName(message, about),
    source: sourceOf(message, about),
    read: (out) => read(node, { field: name, path: '' }, out),
  };
  return { pieces: [piece], start: node.start, end: node.end };
}

/** Who says it, and in which place: the same bytes are read otherwise in another one. */
export function memberName(message: McpMessage, about: MessageAbout): string {
  return `${about.from} ${message.kind} ${methodOf(message, about)} ${about.answers?.name ?? ''}`;
}

function itemsCut(result: JsonObject, method: string): MessageCut | undefined {
  const member = LISTS.get(method);
  const list = member === undefined ? undefined : memberOf(result, member);
  if (member === undefined || list?.kind !== 'array') return undefined;
  const [first, last] = [list.items[0], list.items.at(-1)];
  if (first === undefined || last === undefined) return NOTHING;
  const pieces = list.items.map(
    (node): MessagePiece => ({
      node,
      kind: 'tool-definition',
      member,
      source: DEFINITION,
      read: (out) => readItem(node, member, out),
    }),
  );
  return { pieces, start: first.start, end: last.end };
}

function instructionsCut(result: JsonObject, message: McpMessage, about: MessageAbout): MessageCut | undefined {
  const method = methodOf(message, about);
  if (method !== 'initialize' && method !== 'server/discover') return undefined;
  const node = memberOf(result, 'instructions');
  if (node === undefined) return NOTHING;
  const piece: MessagePiece = {
    node,
    kind: 'tool-definition',
    member: 'instructions',
    source: DEFINITION,
    read: (out) => texts(node, { field: 'instructions', path: '' }, out),
  };
  return { pieces: [piece], start: node.start, end: node.end };
}
