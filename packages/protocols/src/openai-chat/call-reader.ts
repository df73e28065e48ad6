import type { Lane, LaneLeaf } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import { isNull, type JsonMember, type JsonNode, memberOf, parseJson, stringOf } from '@sallyport/wire';
import { walkTexts } from '../walk-texts.ts';
import { isDisguised, isPlainName, isStructuralInAnswer } from './fields.ts';
import { indexOf } from './index-of.ts';
import type { LaneBook, LaneState } from './lane-book.ts';

/** One tool call of one choice. Its lane's text is the tool's name followed by the arguments. */
interface CallState {
  readonly lane: LaneState;
  /** Characters of the lane that are the name. */
  nameChars: number;
  name: string;
  /** Free text instead of JSON. */
  custom: boolean;
}

export interface CallAt {
  readonly id: string;
  readonly choice: number;
  /** The event's data, for arguments that are not a string. */
  readonly data: string;
}

const ARGUMENTS_DEPTH = 64;
const UNNUMBERED = -1;

/** Reads tool calls, whole or piece by piece. */
export class CallReader {
  readonly #book: LaneBook;
  readonly #calls = new Map<string, CallState>();
  /** Provider ids of the calls of each choice, in order of appearance, for streams that number nothing. */
  readonly #ids = new Map<number, string[]>();

  constructor(book: LaneBook) {
    this.#book = book;
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
    const rest: JsonMember[] = [];
    const legacy = memberOf(call, 'function') === undefined && memberOf(call, 'custom') === undefined;
    for (const member of call.members) {
      const { key, value } = member;
      const name = key.value;
      if (isDisguised(name)) this.#book.broken = true;
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

  /** The texts of a finished call: its name, then each string and key of its arguments. */
  leaves({ id, origin }: Lane, text: string): readonly LaneLeaf[] {
    const call = this.#calls.get(id);
    const from = call?.nameChars ?? 0;
    const leaves: LaneLeaf[] = [];
    if (from > 0) {
      leaves.push({
        origin: { ...origin, field: 'name' },
        text: text.slice(0, from),
        at: { start: 0, end: from },
        literal: false,
      });
    }
    const args = text.slice(from);
    if (args === '') return leaves;
    const whole: LaneLeaf = { origin, text: args, at: { start: from, end: text.length }, literal: false };
    if (call?.custom === true) return [...leaves, whole];
    const parsed = parseJson(args, { maxDepth: ARGUMENTS_DEPTH, strict: false });
    if (isFault(parsed) || parsed.kind === 'word' || parsed.kind === 'number') return [...leaves, whole];
    walkTexts(parsed, { field: origin.field, path: '' }, ({ node }) => {
      const value = node.kind === 'string' ? node.value : args.slice(node.start, node.end);
      if (value !== '')
        leaves.push({ origin, text: value, at: { start: from + node.start, end: from + node.end }, literal: true });
    });
    return leaves;
  }

  #state({ id, choice }: CallAt): CallState {
    const known = this.#calls.get(id);
    if (known !== undefined) return known;
    this.#book.close((lane) => lane.choice === choice && lane.lane.release === 'whole');
    const lane = this.#book.lane({ id, choice, field: 'arguments', call: true });
    const state: CallState = { lane, nameChars: 0, name: '', custom: false };
    this.#calls.set(id, state);
    return state;
  }

  /** @returns whether the member is the call's name, its arguments or its input */
  #member(state: CallState, { key, value }: JsonMember, { data }: CallAt): boolean {
    const field = key.value;
    if (isDisguised(field)) this.#book.broken = true;
    if (field === 'name' && value.kind === 'string') {
      this.#name(state, value.value, { kind: 'literal', start: value.start, end: value.end });
      return true;
    }
    if (field !== 'arguments' && field !== 'input') return false;
    if (isNull(value)) return true;
    state.custom ||= field === 'input';
    if (value.kind === 'string') {
      this.#book.text(state.lane, value.value, { kind: 'literal', start: value.start, end: value.end });
    } else {
      this.#book.text(state.lane, data.slice(value.start, value.end), {
        kind: 'raw',
        start: value.start,
        end: value.end,
      });
    }
    return true;
  }

  /** A name comes once, before the arguments; a second one is a second opinion about what is called. */
  #name(
    state: CallState,
    name: string,
    place: { readonly kind: 'literal'; readonly start: number; readonly end: number },
  ): void {
    if (name === '') return;
    const { lane } = state;
    if (state.name === name) {
      this.#book.echo(lane, { text: name, from: 0 }, place);
      return;
    }
    if (state.name !== '' || lane.length > 0) {
      this.#book.broken = true;
      return;
    }
    state.name = name;
    state.nameChars = name.length;
    lane.lane.origin = { ...lane.lane.origin, tool: name };
    this.#book.text(lane, name, place);
  }
}

function isStructural(field: string, value: JsonNode): boolean {
  return isPlainName(field) && value.kind === 'string' && isStructuralInAnswer(field, value.value);
}
