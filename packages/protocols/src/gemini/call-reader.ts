import type { Lane, LaneLeaf } from '@sallyport/core';
import { isNull, type JsonNode, type JsonObject, type JsonString } from '@sallyport/wire';
import { CallBook, type CallState } from '../answer/call-book.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import type { MemberLanes } from '../answer/member-lanes.ts';
import { isDisguised } from './fields.ts';
import { camelCase, itemsOf, memberIn, stringIn } from './spelling.ts';

/** What a part says of a call. */
export interface CallPart {
  readonly candidate: number;
  /** Of the part within its candidate, counted over all events. */
  readonly part: number;
  readonly node: JsonNode;
  /** What the event's nodes were parsed from. */
  readonly data: string;
}

/** A text of a call whose arguments come in pieces: a path, or what stands there. */
interface StreamedLeaf {
  readonly start: number;
  end: number;
  readonly literal: boolean;
}

/** A call whose arguments come in pieces, each with the JSON path at which it stands. */
interface StreamedCall {
  readonly call: CallState;
  readonly leaves: StreamedLeaf[];
  readonly paths: Set<string>;
  /** The path that the last piece had, and where its text begins in the lane. */
  path: { readonly text: string; readonly from: number; readonly leaf: StreamedLeaf } | undefined;
}

const VALUES: ReadonlySet<string> = new Set(['stringValue', 'numberValue', 'boolValue', 'nullValue']);

/** Reads the calls of a model, which come whole or with their arguments in pieces. */
export class CallReader {
  readonly #book: LaneBook;
  readonly #members: MemberLanes;
  readonly #calls: CallBook;
  readonly #streamed = new Map<string, StreamedCall>();
  /** The call of each candidate that goes on. */
  readonly #open = new Map<number, StreamedCall>();

  constructor(book: LaneBook, members: MemberLanes) {
    this.#book = book;
    this.#members = members;
    this.#calls = new CallBook(book);
  }

  /** The texts of a finished call: its name, then each string and key of its arguments, or each path and what stands there. */
  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    const streamed = this.#streamed.get(lane.id);
    if (streamed === undefined || streamed.leaves.length === 0) return this.#calls.leaves(lane, text);
    const nameEnd = streamed.call.nameChars;
    const name = { start: 0, end: nameEnd };
    const named: readonly LaneLeaf[] =
      nameEnd === 0
        ? []
        : [{ origin: { ...lane.origin, field: 'name' }, text: text.slice(0, nameEnd), at: name, literal: false }];
    return [
      ...named,
      ...streamed.leaves
        .filter(({ start, end }) => end > start)
        .map(({ start, end, literal }) => ({
          origin: lane.origin,
          text: text.slice(start, end),
          at: { start, end },
          literal,
        })),
    ];
  }

  read({ candidate, part, node, data }: CallPart): void {
    if (node.kind !== 'object' || isDisguised(node)) {
      this.#book.broken = true;
      return;
    }
    const open = this.#open.get(candidate);
    const name = memberIn(node, 'name');
    const id = `${candidate}/~call/${part}`;
    // A call that goes on has said its name.
    if (open !== undefined && name !== undefined) this.#book.broken = true;
    const call = open?.call ?? this.#calls.open({ id, group: candidate });
    this.#calls.identify(call, stringIn(node, 'id'));
    if (name?.kind === 'string') {
      this.#calls.name(call, name.value, { kind: 'literal', start: name.start, end: name.end });
    } else if (name !== undefined && !isNull(name)) this.#book.broken = true;
    const goesOn = this.#goesOn(node);
    const pieces = memberIn(node, 'partialArgs');
    if (open !== undefined || goesOn || pieces !== undefined) {
      this.#pieces(open ?? this.#begin(candidate, call), node, data);
      if (!goesOn) this.#open.delete(candidate);
    } else {
      const args = memberIn(node, 'args');
      if (args !== undefined) this.#calls.arguments(call, args, data);
    }
    this.#others(node, { candidate, part });
    if (!goesOn) this.#book.close((lane) => lane === call.lane);
  }

  /** A candidate has ended, and with it its calls. */
  end(candidate: number): void {
    this.#open.delete(candidate);
  }

  #begin(candidate: number, call: CallState): StreamedCall {
    const streamed: StreamedCall = { call, leaves: [], paths: new Set(), path: undefined };
    this.#streamed.set(call.lane.lane.id, streamed);
    this.#open.set(candidate, streamed);
    return streamed;
  }

  #pieces(streamed: StreamedCall, node: JsonObject, data: string): void {
    const args = memberIn(node, 'args');
    // Whether clients add whole arguments to those in pieces, or put them in their place, is not known.
    if (args !== undefined && !(args.kind === 'object' && args.members.length === 0) && !isNull(args)) {
      this.#book.broken = true;
    }
    const pieces = memberIn(node, 'partialArgs');
    if (pieces !== undefined && pieces.kind !== 'array' && !isNull(pieces)) this.#book.broken = true;
    for (const piece of itemsOf(pieces)) this.#piece(streamed, piece, data);
  }

  #piece(streamed: StreamedCall, piece: JsonNode, data: string): void {
    const path = memberIn(piece, 'jsonPath');
    if (piece.kind !== 'object' || isDisguised(piece) || path?.kind !== 'string' || this.#book.broken) {
      this.#book.broken = true;
      return;
    }
    this.#goesOn(piece);
    const leaf = this.#leafAt(streamed, path);
    const { lane } = streamed.call;
    for (const { key, value } of piece.members) {
      const name = camelCase(key.value);
      if (name === 'jsonPath' || name === 'willContinue' || value.kind === 'word') continue;
      if (value.kind === 'string' && name === 'stringValue') {
        this.#book.text(lane, value.value, { kind: 'literal', start: value.start, end: value.end });
      } else if (value.kind === 'number' && name === 'numberValue') {
        this.#book.text(lane, data.slice(value.start, value.end), { kind: 'raw', start: value.start, end: value.end });
      } else if (!(name === 'nullValue' && value.kind === 'string' && value.value === 'NULL_VALUE')) {
        // A value of another kind, or a member that nobody knows, may be a part of the argument.
        this.#book.broken = true;
      }
      if (!VALUES.has(name)) this.#book.broken = true;
    }
    leaf.end = lane.length;
  }

  /** Where what stands at a path goes on. A value that is taken up again after another is no text in one place of the lane. */
  #leafAt(streamed: StreamedCall, path: JsonString): StreamedLeaf {
    const { call, leaves, paths } = streamed;
    const place = { kind: 'literal', start: path.start, end: path.end } as const;
    if (streamed.path?.text === path.value) {
      this.#book.echo(call.lane, { text: path.value, from: streamed.path.from }, place);
      return streamed.path.leaf;
    }
    if (paths.has(path.value)) this.#book.broken = true;
    paths.add(path.value);
    const from = call.lane.length;
    this.#book.text(call.lane, path.value, place);
    const leaf = { start: call.lane.length, end: call.lane.length, literal: false };
    leaves.push({ start: from, end: leaf.start, literal: false }, leaf);
    streamed.path = { text: path.value, from, leaf };
    return leaf;
  }

  /** Whether more of it comes. What isn't true or false, readers take for either. */
  #goesOn(node: JsonObject): boolean {
    const more = memberIn(node, 'willContinue');
    if (more !== undefined && more.kind !== 'word') this.#book.broken = true;
    return more?.kind === 'word' && more.value === true;
  }

  #others(node: JsonObject, { candidate, part }: Pick<CallPart, 'candidate' | 'part'>): void {
    for (const { key, value } of node.members) {
      const name = camelCase(key.value);
      if (name === 'name' || name === 'args' || name === 'partialArgs' || name === 'willContinue') continue;
      const prefix = `${candidate}/functionCall/${part}/`;
      this.#members.add({ value, name: key.value, prefix, group: candidate, key });
    }
  }
}
