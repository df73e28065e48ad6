import type {
  AnswerFacts,
  EventPart,
  Lane,
  LaneId,
  Origin,
  PartEdits,
  ProviderSignal,
  Role,
  TextEdit,
  Unseen,
  WireEvent,
} from '@sallyport/core';
import { ownText } from '@sallyport/core';
import { applyEdits, type DataPiece, type JsonArray, type JsonNumber } from '@sallyport/wire';

/** How edits of a part reach the event's data. Offsets are UTF-16 in the data. */
export type PartPlace =
  /** A JSON string literal, quotes included. */
  | { readonly kind: 'literal'; readonly start: number; readonly end: number }
  /** The text itself. */
  | { readonly kind: 'raw'; readonly start: number; readonly end: number }
  /** What the client has already: inspected again together with what follows it, never written. */
  | { readonly kind: 'context' }
  /** Numbers that count characters of the part's text, such as where a citation begins and ends. */
  | { readonly kind: 'offsets'; readonly numbers: readonly JsonNumber[] }
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

/** An event that the book took, with what is needed to write it again. */
export interface BookedEvent extends WireEvent {
  readonly places: readonly PartPlace[];
  /** Where the data stands in the raw bytes. */
  readonly pieces: readonly DataPiece[];
  readonly marks: readonly Mark[];
  readonly parts: readonly BookedPart[];
}

export interface BookedPart extends EventPart {
  /** Offset in its lane, of a part that is no repetition and whose lane's text recurs. */
  readonly at?: number;
}

/**
 * What an event tells its client, as far as a refusal that comes after it must know: that a group (a choice, a block, an
 * item) began, said something or ended. What else a protocol needs is a group and a word of its own, with a number.
 */
export interface Mark {
  readonly group: number;
  readonly says: string;
  readonly value?: number;
  /** How often it is told, where it is told by a run of events; once unless it is said. */
  readonly times?: number;
}

/** A lane as the book keeps it. The tool of a call may become known after its first event. */
export interface LaneState {
  readonly lane: {
    readonly id: LaneId;
    readonly point: Lane['point'];
    readonly release: Lane['release'];
    readonly fixed?: boolean;
    origin: Origin;
    callId?: string;
  };
  /** The group (a choice, a block, an item) whose end closes it; `undefined`: only the answer's end does. */
  readonly group: number | undefined;
  /** Goes along with another text, and ends with its group only. */
  readonly accompanies: boolean;
  length: number;
  closed: boolean;
  /** Text that log-probabilities may still repeat; `undefined` when nothing is expected to. */
  unechoed: string | undefined;
  /** Log-probabilities spelled something else: from there on nobody knows what their tokens repeat. */
  tokensDiffer: boolean;
  /** The whole text, when the lane holds a value that events repeat rather than continue. */
  repeated: string | undefined;
  /** The text so far, when a later event is expected to say it once more; `undefined` when none is. */
  whole: string | undefined;
  /** The last characters and some before: what a lane that takes the text up again begins with. */
  tail: string;
  /** How many lanes this text had before. */
  readonly generation: number;
  /** The last event that brought text. */
  touched: number;
}

export interface LaneOpening {
  readonly id: LaneId;
  readonly group?: number | undefined;
  readonly field: string;
  /** Whose words they are, as far as the answer says; by default the assistant's. */
  readonly role?: Role;
  readonly tool?: string | undefined;
  /** `output` unless it is said. What is opened as a `tool-call` is released as a whole. */
  readonly point?: Lane['point'];
  readonly accompanies?: boolean;
  readonly echoed?: boolean;
  /** A later event says the whole text once more: `LaneBook.again()` will be asked. */
  readonly recurs?: boolean;
  /** Signed by the provider: never edited. */
  readonly fixed?: boolean | undefined;
}

/** Events that say no more than some more of one text, as far as the book must know them. */
export interface Repetition {
  readonly lane: LaneState;
  readonly group: number;
  readonly text: string;
  /** Where the first of them has its text. */
  readonly place: PartPlace;
  readonly count: number;
}

/** Lanes that one answer may have: what has more is made to exhaust. */
export const LANES_MAX = 4096;
/** Lanes after which texts of members that nobody knows share one. */
export const OWN_LANES_MAX = 256;
/** Lanes that one text may have before it stays in the last of them. */
const GENERATIONS_MAX = 16;
/** Characters of a lane that are looked at again when its text goes on in another. */
export const CONTEXT_CHARS = 256;
/** Characters from which a tail is worth cutting. */
const TAIL_MAX_CHARS = 4 * CONTEXT_CHARS;
/** Characters of a text that wait for the log-probabilities that repeat them. */
const UNECHOED_MAX_CHARS = 1_048_576;

/**
 * The lanes of one answer, and what the event at hand adds to them.
 *
 * A lane's last characters may be held until more of it comes, and all later events behind them. So a text ends when its
 * group goes on in another field, and has a new lane if it is taken up again; that lane begins with the last characters
 * of the one before, or a value could be split over the two unseen.
 */
export class LaneBook {
  readonly #lanes = new Map<LaneId, LaneState>();
  readonly #ids = new Set<LaneId>();
  #opened = 0;
  #event = 0;
  #open: LaneState[] = [];
  readonly #opens: Lane[] = [];
  readonly #parts: BookedPart[] = [];
  readonly #places: PartPlace[] = [];
  readonly #closes: LaneId[] = [];
  readonly #unseen: Unseen[] = [];
  readonly #signals: ProviderSignal[] = [];
  readonly #marks: Mark[] = [];
  readonly #written = new Map<LaneId, TextEdit[]>();
  readonly #told = new Map<number, Map<string, number>>();
  /** Text came for a call that had ended, or there were too many lanes: the answer cannot be inspected. */
  broken = false;

  get(id: LaneId): LaneState | undefined {
    return this.#lanes.get(id);
  }

  /** The open lane of that very id. */
  openLane(id: LaneId): LaneState | undefined {
    return this.#open.find((state) => state.lane.id === id);
  }

  /** The lane that takes this text now, opened with this event when there is none. */
  lane(opening: LaneOpening): LaneState {
    const known = this.#lanes.get(opening.id);
    if (known !== undefined && !known.closed) return known;
    const state = this.#newLane(opening, known === undefined ? 1 : known.generation + 1);
    if (known !== undefined && known.repeated === undefined && known.tail !== '') {
      const tail = known.tail.slice(-CONTEXT_CHARS);
      this.#parts.push({ lane: state.lane.id, text: tail });
      this.#places.push({ kind: 'context' });
      state.length = tail.length;
      state.tail = tail;
    }
    return state;
  }

  /** The event at hand carries more text of a lane. */
  text(state: LaneState, text: string, place: PartPlace): void {
    if (state.closed) this.broken = true;
    const { lane, length: at } = state;
    this.#parts.push(state.whole === undefined ? { lane: lane.id, text } : { lane: lane.id, text, at });
    this.#places.push(place);
    state.length += text.length;
    state.touched = this.#event;
    if (state.whole !== undefined) state.whole += text;
    if (state.lane.release === 'whole') return;
    const tail = state.tail + text;
    state.tail = tail.length > TAIL_MAX_CHARS ? ownText(tail.slice(-CONTEXT_CHARS)) : tail;
    if (state.unechoed !== undefined) {
      state.unechoed = state.unechoed.length > UNECHOED_MAX_CHARS ? undefined : state.unechoed + text;
    }
  }

  /** The events at hand say no more than some more of one text. */
  repeat(events: Repetition): void {
    this.mark({ group: events.group, says: 'text', times: events.count });
    this.text(events.lane, events.text, events.place);
  }

  /** The event at hand carries a whole value that later events may repeat: only a change is new. */
  value(opening: LaneOpening, text: string, place: PartPlace): void {
    const known = this.#lanes.get(opening.id);
    if (known?.repeated === text) {
      this.echo(known, { text, from: known.length - text.length }, place);
      return;
    }
    const state = this.lane(opening);
    this.text(state, text, place);
    state.repeated = text;
    if (state.generation < GENERATIONS_MAX) this.close((each) => each === state);
  }

  /** The event at hand carries one more of the texts that share a lane: a line of its own. */
  line(opening: LaneOpening, text: string, place: PartPlace): void {
    const state = this.lane({ ...opening, accompanies: true });
    this.text(state, text, place);
    this.text(state, '\n', { kind: 'context' });
  }

  /** Whether members that nobody knows still get lanes of their own. */
  get roomy(): boolean {
    return this.#opened < OWN_LANES_MAX;
  }

  /** The event at hand repeats text of a lane. */
  echo(state: LaneState, repeated: { readonly text: string; readonly from: number }, place: PartPlace): void {
    this.#parts.push({ lane: state.lane.id, text: repeated.text, echo: { from: repeated.from } });
    this.#places.push(place);
  }

  /**
   * The event at hand says a lane's whole text once more, and no more of it will come. What says anything else is a text of
   * its own: nothing passes as a repetition unseen.
   */
  again(opening: LaneOpening, text: string, place: PartPlace): void {
    const known = this.#lanes.get(opening.id);
    if (known?.whole === text) {
      this.echo(known, { text, from: 0 }, place);
      if (!known.closed) this.close((state) => state === known);
      return;
    }
    if (known === undefined || (known.length === 0 && !known.closed)) {
      const state = this.lane({ ...opening, recurs: true });
      this.text(state, text, place);
      this.close((each) => each === state);
      return;
    }
    this.value({ ...opening, id: `${opening.id}/~whole` }, text, place);
  }

  /** The event at hand tells its client something that a refusal must take into account. */
  mark(mark: Mark): void {
    this.#marks.push(mark);
    let said = this.#told.get(mark.group);
    if (said === undefined) {
      said = new Map();
      this.#told.set(mark.group, said);
    }
    said.set(mark.says, (said.get(mark.says) ?? 0) + (mark.times ?? 1));
  }

  /**
   * How often each group was told what, in the order in which the groups appeared.
   * @param held events that never reached the client: what they say is not counted
   */
  told(held: readonly WireEvent[]): ReadonlyMap<number, ReadonlyMap<string, number>> {
    const told = new Map(Array.from(this.#told, ([group, said]) => [group, new Map(said)]));
    for (const event of held) {
      if (!isBooked(event)) continue;
      for (const { group, says, times = 1 } of event.marks) {
        const said = told.get(group);
        said?.set(says, (said.get(says) ?? 0) - times);
      }
    }
    return told;
  }

  /** An event left with these edits: what a client has of its lanes. */
  wrote(event: BookedEvent, edits: readonly PartEdits[]): void {
    for (const { part, edits: list } of edits) {
      const { lane, at } = event.parts[part] ?? {};
      if (lane === undefined || at === undefined) continue;
      const written = this.#written.get(lane) ?? [];
      for (const { start, end, text } of list) written.push({ start: start + at, end: end + at, text });
      this.#written.set(lane, written);
    }
  }

  /**
   * What a client has of a text that recurs, as it left.
   * @param held events that never reached the client
   */
  atClient({ lane: { id }, whole = '' }: LaneState, held: readonly WireEvent[]): string {
    let length = whole.length;
    for (const { lane, text, echo } of held.flatMap(({ parts }) => parts)) {
      if (lane === id && echo === undefined) length -= text.length;
    }
    return applyEdits(whole.slice(0, Math.max(0, length)), this.#written.get(id) ?? []);
  }

  see(unseen: Unseen): void {
    this.#unseen.push(unseen);
  }

  /** The provider's own guardrails say something of the request or the answer. */
  signal(signal: ProviderSignal): void {
    this.#signals.push(signal);
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

  /** Closes the texts of a group that the event at hand does not go on with, if it goes on with another. */
  turn(group: number): void {
    // One open text has nothing to give way to.
    if (this.#open.length < 2) return;
    const own = (state: LaneState) => state.group === group && state.lane.release === 'text' && !state.accompanies;
    if (!this.#open.some((state) => own(state) && state.touched === this.#event)) return;
    this.close((state) => own(state) && state.touched !== this.#event && state.generation < GENERATIONS_MAX);
  }

  /** What the event at hand carries; the next event begins. */
  take(source: EventSource, terminal: boolean): BookedEvent {
    this.#event += 1;
    const event: BookedEvent = {
      raw: source.raw,
      pieces: source.pieces,
      opens: takeAll(this.#opens),
      parts: takeAll(this.#parts),
      places: takeAll(this.#places),
      closes: takeAll(this.#closes),
      unseen: takeAll(this.#unseen),
      marks: takeAll(this.#marks),
      terminal,
    };
    if (this.#signals.length === 0 && source.facts === undefined) return event;
    return {
      ...event,
      ...(this.#signals.length > 0 && { signals: takeAll(this.#signals) }),
      ...(source.facts !== undefined && { facts: source.facts }),
    };
  }

  /** A member may be named like another text's next lane: two texts must never share one. */
  #unused(wanted: LaneId): LaneId {
    let id = wanted;
    while (this.#ids.has(id)) id += '~';
    this.#ids.add(id);
    return id;
  }

  #newLane(opening: LaneOpening, generation: number): LaneState {
    this.#opened += 1;
    if (this.#opened > LANES_MAX) this.broken = true;
    const { field, tool, role = 'assistant', point = 'output', accompanies = false } = opening;
    const id = this.#unused(generation === 1 ? opening.id : `${opening.id}/${generation}`);
    const origin: Origin = tool === undefined ? { role, field } : { role, field, tool };
    const release = point === 'tool-call' ? 'whole' : 'text';
    const fixed = opening.fixed === true ? { fixed: true } : {};
    const lane: LaneState['lane'] = { id, origin, point, release, ...fixed };
    const state: LaneState = {
      lane,
      group: opening.group,
      accompanies,
      generation,
      length: 0,
      closed: false,
      unechoed: opening.echoed === true ? '' : undefined,
      tokensDiffer: false,
      repeated: undefined,
      whole: opening.recurs === true && generation === 1 ? '' : undefined,
      tail: '',
      touched: this.#event,
    };
    this.#lanes.set(opening.id, state);
    this.#open.push(state);
    this.#opens.push(lane);
    return state;
  }
}

export interface EventSource {
  readonly raw: Uint8Array;
  readonly pieces: readonly DataPiece[];
  readonly facts: AnswerFacts | undefined;
}

const NONE: readonly never[] = [];

/** Takes everything out of a list. Most lists of most events are empty: those share one. */
function takeAll<Item>(list: Item[]): readonly Item[] {
  return list.length === 0 ? NONE : list.splice(0);
}

export function isBooked(event: WireEvent): event is BookedEvent {
  return 'places' in event;
}
