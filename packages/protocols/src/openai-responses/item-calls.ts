import type { Lane, LaneLeaf } from '@sallyport/core';
import type { JsonNode, JsonString } from '@sallyport/wire';
import { CallBook, type CallState } from '../answer/call-book.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import type { CallForm } from './item-kinds.ts';

/** One member with which an item calls a tool. */
export interface CallPlace {
  readonly index: number;
  /** Such as `arguments` or `action`. */
  readonly member: string;
  readonly form: CallForm;
}

/** The calls of one answer: each is held whole, and what is said of it again must be what was said. */
export class ItemCalls {
  readonly #book: LaneBook;
  readonly #calls: CallBook;
  /** What each item says that its call is named by. */
  readonly #ids = new Map<number, string>();

  constructor(book: LaneBook) {
    this.#book = book;
    this.#calls = new CallBook(book);
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  /** By what the result of an item's call will name it. */
  identify(index: number, id: string | undefined): void {
    if (id !== undefined) this.#ids.set(index, id);
  }

  /** The call, begun under the tool's name: where it stands in the event, or where the item's type names it. */
  begin(at: CallPlace, tool: JsonString | string): void {
    if (typeof tool === 'string') {
      this.#open(at, tool);
      return;
    }
    const { value, start, end } = tool;
    this.#calls.name(this.#open(at, undefined), value, { kind: 'literal', start, end });
  }

  /** More of what it is called with. */
  more(at: CallPlace, value: JsonNode, data: string): void {
    if (value.kind !== 'string' || value.value !== '') {
      this.#calls.arguments(this.#open(at, undefined), value, data);
    }
  }

  /** All of what it is called with, whether that was said before or not. Anything else is a call of its own, decided like one. */
  whole(at: CallPlace, value: JsonNode, data: string): void {
    let state = this.#open(at, undefined);
    if (!this.#calls.mayBe(state, value, data)) {
      state = this.#open({ ...at, member: `${at.member}/~whole` }, state.lane.lane.origin.tool);
    }
    this.#calls.argumentsAgain(state, value, data);
    if (!state.lane.closed) this.#book.close(({ lane }) => lane === state.lane.lane);
  }

  #open({ index, member, form }: CallPlace, tool: string | undefined): CallState {
    const named = tool === undefined ? {} : { tool };
    const state = this.#calls.open({ id: `${index}/${member}`, group: index, custom: form === 'text', ...named });
    this.#calls.identify(state, this.#ids.get(index));
    return state;
  }
}
