import type { Lane, LaneLeaf } from '@sallyport/core';
import { isPlainName, type JsonMember, type JsonNode, memberOf, stringOf } from '@sallyport/wire';
import { CallBook, type CallState } from '../answer/call-book.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { indexOf } from '../openai/index-of.ts';
import { fields } from './fields.ts';

export interface CallAt {
  readonly id: string;
  readonly choice: number;
  /** The event's data, for arguments that are not a string. */
  readonly data: string;
}

const UNNUMBERED = -1;

/** Reads tool calls, whole or piece by piece. */
export class CallReader {
  readonly #book: LaneBook;
  readonly #calls: CallBook;
  /** Provider ids of the calls of each choice, in order of appearance, for streams that number nothing. */
  readonly #ids = new Map<number, string[]>();

  constructor(book: LaneBook) {
    this.#book = book;
    this.#calls = new CallBook(book);
  }

  /** Which call of its choice this is: by its index; else by its id; else the position or the last one. */
  number({
    call,
    position,
    choice,
  }: {
    readonly call: JsonNode;
    readonly position: number;
    readonly choice: number;
  }): number {
    const index = indexOf(call, UNNUMBERED);
    if (index === undefined) this.#book.broken = true;
    else if (index !== UNNUMBERED) return index;
    const ids = this.#ids.get(choice) ?? [];
    this.#ids.set(choice, ids);
    const id = stringOf(call, 'id');
    if (id === undefined || id === '') return Math.max(position, ids.length - 1);
    const known = ids.indexOf(id);
    if (known >= 0) return known;
    ids.push(id);
    return ids.length - 1;
  }

  /** Takes a call's name and arguments; @returns the members that are neither, for the caller to look at. */
  read(call: JsonNode, at: CallAt): readonly JsonMember[] {
    if (call.kind !== 'object') {
      this.#book.broken = true;
      return [];
    }
    const state = this.#state(at);
    this.#calls.identify(state, stringOf(call, 'id'));
    const rest: JsonMember[] = [];
    const legacy = memberOf(call, 'function') === undefined && memberOf(call, 'custom') === undefined;
    for (const member of call.members) {
      const { key, value } = member;
      const name = key.value;
      if (fields.isDisguised(name)) this.#book.broken = true;
      if (legacy && this.#member(state, member, at)) continue;
      if ((name === 'function' || name === 'custom') && value.kind === 'object') {
        state.custom ||= name === 'custom';
        // The name goes first, wherever it stands: it is what the arguments are judged for.
        const ordered = [...value.members].sort(
          (a, b) => Number(b.key.value === 'name') - Number(a.key.value === 'name'),
        );
        for (const inner of ordered) if (!this.#member(state, inner, at)) rest.push(inner);
      } else rest.push(member);
    }
    return rest.filter(({ key, value }) => !isStructural(key.value, value));
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  #state({ id, choice }: CallAt): CallState {
    const known = this.#calls.get(id);
    if (known !== undefined) return known;
    this.#book.close((lane) => lane.group === choice && lane.lane.release === 'whole');
    return this.#calls.open({ id, group: choice });
  }

  /** @returns whether the member is the call's name, its arguments or its input */
  #member(state: CallState, { key, value }: JsonMember, { data }: CallAt): boolean {
    const field = key.value;
    if (fields.isDisguised(field)) this.#book.broken = true;
    if (field === 'name' && value.kind === 'string') {
      this.#calls.name(state, value.value, { kind: 'literal', start: value.start, end: value.end });
      return true;
    }
    if (field !== 'arguments' && field !== 'input') return false;
    state.custom ||= field === 'input' && value.kind !== 'word';
    this.#calls.arguments(state, value, data);
    return true;
  }
}

function isStructural(field: string, value: JsonNode): boolean {
  return isPlainName(field) && value.kind === 'string' && fields.isStructuralInAnswer(field, value.value);
}
