import { Buffer } from 'node:buffer';
import type { BodyFacts, ParsedRequest, Slice } from '@sallyport/core';
import {
  ByteOffsets,
  type ByteRange,
  type PiecedSlice,
  stringOf,
  TextCollector,
  type TextSource,
} from '@sallyport/wire';
import type { McpMessage } from '../message/message.ts';
import { cutMessage, type MessageCut, memberName } from './cut-message.ts';
import { type MessageAbout, sourceOf } from './message-source.ts';
import { readRest } from './read-rest.ts';

/** A message in slices, as detection, vetting, decision and enforcement take a request. */
export interface SlicedMessage extends ParsedRequest {
  readonly slices: readonly (Slice & PiecedSlice)[];
  readonly from: MessageAbout['from'];
}

/**
 * Cuts a message: one `tool-definition` for each item of a list that a server offers, and for its instructions; else one `message`,
 * which is its params, its result or its error. What remains is the `rest`, the id with it, so that what is said twice is known
 * the second time. Every text is a segment of one of them.
 * Cost: O(pieces), and O(characters) where the text is not ASCII; a slice is read when it is opened.
 */
export function sliceMessage(message: McpMessage, about: MessageAbout): SlicedMessage {
  const cut = cutMessage(message, about);
  const offsets = new ByteOffsets(message.text, message.bytes.length);
  const range = { start: offsets.at(cut.start), end: offsets.at(cut.end) };
  const slices: (Slice & PiecedSlice)[] = [];
  for (const [index, { node, kind, member, source, read }] of cut.pieces.entries()) {
    const piece = { start: offsets.at(node.start), end: offsets.at(node.end) };
    const at = (offset: number) => offsets.at(offset) - piece.start;
    slices.push(sliceOf(message, { kind, member, index, source, pieces: [piece], at, read }));
  }
  const nodes = new Set(cut.pieces.map(({ node }) => node));
  slices.push(
    sliceOf(message, {
      kind: 'rest',
      member: memberName(message, about),
      index: slices.length,
      source: sourceOf(message, about),
      pieces: [
        { start: 0, end: range.start },
        { start: range.end, end: message.bytes.length },
      ],
      at: (offset) => (offset <= cut.start ? offsets.at(offset) : offsets.at(offset) - (range.end - range.start)),
      read: (out) => readRest(message.root, nodes, out),
    }),
  );
  return { body: message.bytes, facts: factsOf(message, cut), slices, from: about.from };
}

interface SliceParts {
  readonly kind: Slice['kind'];
  readonly member: string;
  readonly index: number;
  readonly source: TextSource;
  readonly pieces: readonly ByteRange[];
  /** From an offset in the message's text to one in the slice's bytes. */
  readonly at: (offset: number) => number;
  readonly read: (out: TextCollector) => void;
}

function sliceOf(
  { text, bytes }: McpMessage,
  { kind, member, index, source, pieces, at, read }: SliceParts,
): Slice & PiecedSlice {
  const views = pieces.map(({ start, end }) => bytes.subarray(start, end));
  const [only] = views;
  const own = views.length === 1 && only !== undefined ? only : Buffer.concat(views);
  return {
    kind,
    member,
    bytes: own,
    pieces,
    open: () => {
      const out = new TextCollector({ ...source, slice: index, text, byteLength: own.length, offsets: { at } });
      read(out);
      return out.content();
    },
  };
}

/** No model is asked, and nothing is generated. */
function factsOf(message: McpMessage, { pieces }: MessageCut): BodyFacts {
  const called =
    message.kind === 'request' && message.method === 'tools/call' ? stringOf(message.params, 'name') : undefined;
  const listed = pieces.flatMap(({ node, member }) => (member === 'tools' ? (stringOf(node, 'name') ?? []) : []));
  return {
    model: '',
    stream: false,
    tools: called === undefined ? [...new Set(listed)] : [called],
    messages: pieces.filter(({ kind }) => kind === 'message').length,
    structured: false,
    choices: 1,
    generates: false,
  };
}
