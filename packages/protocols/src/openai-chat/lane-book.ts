import type { AnswerFacts, EventPart, Lane, LaneId, Origin, Unseen, WireEvent } from '@sallyport/core';
import type { JsonArray, SsePiece } from '@sallyport/wire';

/** How edits of a part reach the event's data. Offsets are UTF-16 in the data. */
export type PartPlace =
  /** A JSON string literal, quotes included. */
  | { readonly kind: 'literal'; readonly start: number; readonly end: number }
  /** The text itself. */
  | { readonly kind: 'raw'; readonly start: number; readonly end: number }
  /** A line of a stream beside its data: bytes of the raw event. */
  | { readonly kind: 'line'; readonly start: number; readonly end: number }
  /** Each cut is a range of the part's text that one element of a list spells: an edit of it drops the element. */
  | { readonly kind: 'elements'; readonly cuts: readonly ElementCut[] };

export interface ElementCut {
  readonly start: number;
  readonly end: number;
  readonly list: JsonArray;
  readonly index: number;
}

/** An event of this protocol, with what is needed to write it again. */
export interface ChatEvent extends WireEvent {
  readonly places: readonly PartPlace[];
  readonly data: string;
  readonly pieces: readonly SsePiece[];
  /** What the event tells a client about each choice. */
  readonly marks: readonly ChoiceMark[];
}

export interface ChoiceMark {
  readonly choice: number;
  readonly says: 'text' | 'end';
}

/** A lane as the book keeps it. The tool of a call may become known after its first event. */
export interface LaneState {
  readonly lane: {
    readonly id: LaneId;
    readonly point: Lane['point'];
    readonly release: Lane['release'];
    origin: Origin;
  };
  /** The choice whose end closes it; `undefined`: only the answer's end does. */
  readonly choice: number | undefined;
  length: number;
  closed: boolean;
  /** Text that log-probabilities may still repeat; `undefined` when nothing is expected to. */
  unechoed: string | undefined;
  /** The last text, when the lane holds a field that events repeat rather than continue. */
  last: { readonly text: string; readonly from: number } | undefined;
}

export interface LaneOpening {
  readonly id: LaneId;
  readonly choice?: number | undefined;
  readonly field: string;
  readonly tool?: string | undefined;
  readonly call?: boolean;
  readonly echoed?: boolean;
}

/** Lanes that one answer may have: what has more is made to exhaust. */
export const LANES_MAX = 4096;
/** Characters of a text that wait for the log-probabilities that repeat them. */
const UNECHOED_MAX_CHARS = 1_048_576;

/** The lanes of one answer, and what the event at hand adds to them. */
export class LaneBook {
  readonly #lanes = new Map<LaneId, LaneState>();
  #open: LaneState[] = [];
  #opens: Lane[] = [];
  #parts: EventPart[] = [];
  #places: PartPlace[] = [];
  #closes: LaneId[] = [];
  #unseen: Unseen[] = [];
  #marks: ChoiceMark[] = [];
  /** Text came for a lane that had ended, or there were too many lanes: the answer cannot be inspected. */
  broken = false;

  get(id: LaneId): LaneState | undefined {
    return this.#lanes.get(id);
  }

  /** The lane of that id, opened with this event when it is new. */
  lane(opening: LaneOpening): LaneState {
    const known = this.#lanes.get(opening.id);
    if (known !== undefined) return known;
    if (this.#lanes.size >= LANES_MAX) this.broken = true;
    const { id, field, tool, call } = opening;
    const origin: Origin = tool === undefined ? { role: 'assistant', field } : { role: 'assistant', field, tool };
    const lane: LaneState['lane'] =
      call === true
        ? { id, origin, point: 'tool-call', release: 'whole' }
        : { id, origin, point: 'output', release: 'text' };
    const unechoed = opening.echoed === true ? '' : undefined;
    const state: LaneState = { lane, choice: opening.choice, length: 0, closed: false, unechoed, last: undefined };
    this.#lanes.set(id, state);
    this.#open.push(state);
    this.#opens.push(lane);
    return state;
  }

  /** The event at hand carries more text of a lane. */
  text(state: LaneState, text: string, place: PartPlace): void {
    if (state.closed) this.broken = true;
    this.#parts.push({ lane: state.lane.id, text });
    this.#places.push(place);
    state.length += text.length;
    if (state.unechoed !== undefined) {
      state.unechoed = state.unechoed.length > UNECHOED_MAX_CHARS ? undefined : state.unechoed + text;
    }
  }

  /** The event at hand carries a text that events repeat: only a change is new. */
  repeatable(state: LaneState, text: string, place: PartPlace): void {
    if (state.last?.text === text) {
      this.echo(state, { text, from: state.last.from }, place);
      return;
    }
    state.last = { text, from: state.length };
    this.text(state, text, place);
  }

  /** The event at hand repeats text of a lane. */
  echo(state: LaneState, repeated: { readonly text: string; readonly from: number }, place: PartPlace): void {
    this.#parts.push({ lane: state.lane.id, text: repeated.text, echo: { from: repeated.from } });
    this.#places.push(place);
  }

  mark(mark: ChoiceMark): void {
    this.#marks.push(mark);
  }

  see(unseen: Unseen): void {
    this.#unseen.push(unseen);
  }

  /** Closes the open lanes that match. */
  close(which: (state: LaneState) => boolean): void {
    const still: LaneState[] = [];
    for (const state of this.#open) {
      if (which(state)) {
        state.closed = true;
        this.#closes.push(state.lane.id);
      } else still.push(state);
    }
    this.#open = still;
  }

  /** What the event at hand carries; the next event begins. */
  take(source: EventSource, terminal: boolean): ChatEvent {
    const event: ChatEvent = {
      raw: source.raw,
      data: source.data,
      pieces: source.pieces,
      opens: this.#opens,
      parts: this.#parts,
      places: this.#places,
      closes: this.#closes,
      unseen: this.#unseen,
      marks: this.#marks,
      terminal,
      ...(source.facts === undefined ? {} : { facts: source.facts }),
    };
    this.#opens = [];
    this.#parts = [];
    this.#places = [];
    this.#closes = [];
    this.#unseen = [];
    this.#marks = [];
    return event;
  }
}

export interface EventSource {
  readonly raw: Uint8Array;
  readonly data: string;
  readonly pieces: readonly SsePiece[];
  readonly facts: AnswerFacts | undefined;
}
