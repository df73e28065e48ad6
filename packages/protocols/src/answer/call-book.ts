import type { Lane, LaneId, LaneLeaf } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import { isNull, type JsonNode, parseJson, walkTexts } from '@sallyport/wire';
import type { LaneBook, LaneState, PartPlace } from './lane-book.ts';

/** One tool call. Its lane's text is the tool's name followed by the arguments. */
export interface CallState {
  readonly lane: LaneState;
  /** Characters of the lane that are the name. */
  nameChars: number;
  name: string;
  /** Free text instead of JSON. */
  custom: boolean;
}

export interface CallOpening {
  readonly id: LaneId;
  /** The group whose end closes it. */
  readonly group: number;
  /** The tool, where the wire says it by the kind of call alone. */
  readonly tool?: string;
  /** What it is called with is free text. */
  readonly custom?: boolean;
}

/** Containers within containers of arguments that are looked into; deeper, they are one text. */
const ARGUMENTS_DEPTH = 64;

/** The tool calls of one answer, each held as a whole: name first, then what it is called with. */
export class CallBook {
  readonly #book: LaneBook;
  readonly #calls = new Map<LaneId, CallState>();

  constructor(book: LaneBook) {
    this.#book = book;
  }

  get(id: LaneId): CallState | undefined {
    return this.#calls.get(id);
  }

  /** The call of that id, opened when there is none. */
  open({ id, group, tool, custom = false }: CallOpening): CallState {
    const known = this.#calls.get(id);
    if (known !== undefined) return known;
    const lane = this.#book.lane({ id, group, field: 'arguments', tool, point: 'tool-call', recurs: true });
    const state: CallState = { lane, nameChars: 0, name: '', custom };
    this.#calls.set(id, state);
    return state;
  }

  /** A name comes once, before the arguments; a second one is a second opinion about what is called. */
  name(state: CallState, name: string, place: PartPlace): void {
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

  /** By what its result will name it. What comes later is another's, or no id. */
  identify({ lane: { lane } }: CallState, id: string | undefined): void {
    if (id !== undefined && id !== '') lane.callId ??= id;
  }

  /** More of what it is called with: a piece of JSON in a string, free text, or a value that is part of the event. */
  arguments(state: CallState, value: JsonNode, data: string): void {
    if (isNull(value)) return;
    const { text, place } = argumentsOf(value, data);
    this.#book.text(state.lane, text, place);
  }

  /** All of what it is called with, once more; anything else than what was said is a second opinion. */
  argumentsAgain(state: CallState, value: JsonNode, data: string): void {
    if (isNull(value)) return;
    const { text, place } = argumentsOf(value, data);
    const known = saidOf(state);
    if (known === '' && !state.lane.closed) this.arguments(state, value, data);
    else if (known === text) this.#book.echo(state.lane, { text, from: state.nameChars }, place);
    else this.#book.broken = true;
  }

  /** Whether a call may be called with this, as far as it is known: with what was said, or with anything while nothing was. */
  mayBe(state: CallState, value: JsonNode, data: string): boolean {
    const known = saidOf(state);
    return isNull(value) || known === argumentsOf(value, data).text || (known === '' && !state.lane.closed);
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
}

/** The arguments so far. */
function saidOf({ lane, nameChars }: CallState): string {
  return lane.whole?.slice(nameChars) ?? '';
}

function argumentsOf(value: JsonNode, data: string): { readonly text: string; readonly place: PartPlace } {
  const { start, end } = value;
  if (value.kind === 'string') return { text: value.value, place: { kind: 'literal', start, end } };
  return { text: data.slice(start, end), place: { kind: 'raw', start, end } };
}
