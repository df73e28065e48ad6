import type { EventRun, LaneId } from '@sallyport/core';
import type { DataPiece } from '@sallyport/wire';
import type { BookedEvent, BookedPart, Mark } from './lane-book.ts';
import type { RepeatedEvents } from './repeated-events.ts';

/** Bytes behind the data of an event: its line's end and an empty line. */
const ENDING_BYTES = 2;

interface Booked {
  readonly events: RepeatedEvents;
  /** The bytes of all of them. */
  readonly raw: Uint8Array;
  /** What the first of them tells the client. */
  readonly marks: readonly Mark[];
  /** Lanes that end because the first of them goes on with another. */
  readonly closes: readonly LaneId[];
  /** Offset of their text in its lane, of a lane whose text recurs. */
  readonly at?: number | undefined;
}

/** @returns the events as one, or as the one that they are */
export function bookedRun(booked: Booked): BookedEvent {
  return eventOf(booked, { from: 0, to: booked.events.count });
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function eventOf(booked: Booked, range: Range): BookedEvent {
  const { events, raw, marks, closes, at } = booked;
  const { from, to } = range;
  const count = to - from;
  const begin = byteAt(events, from);
  const text = events.text.slice(charAt(events, from), charAt(events, to));
  const parts: readonly BookedPart[] = [
    { lane: events.laneId, text, ...(at !== undefined && { at: at + charAt(events, from) }) },
  ];
  const one = {
    raw: raw.subarray(begin, byteAt(events, to)),
    opens: NONE,
    parts,
    places: count === 1 ? [events.placeOf(from)] : NONE,
    pieces: count === 1 ? piecesOf(events, from) : NONE,
    closes: from === 0 ? closes : NONE,
    unseen: NONE,
    marks: marks.map((mark) => marked(mark, range)),
    terminal: false,
  };
  return count === 1 ? one : { ...one, run: new RunOfEvents(booked, range) };
}

/** What a mark of all of them is for those of a range. */
function marked(mark: Mark, { from, to }: Range): Mark {
  const { value } = mark;
  return { ...mark, ...(value !== undefined && { value: value + from }), times: to - from };
}

class RunOfEvents implements EventRun {
  readonly #booked: Booked;
  readonly #range: Range;

  constructor(booked: Booked, range: Range) {
    this.#booked = booked;
    this.#range = range;
  }

  get count(): number {
    return this.#range.to - this.#range.from;
  }

  within(chars: number): number {
    const { events } = this.#booked;
    const { from, to } = this.#range;
    const until = charAt(events, from) + chars;
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (charAt(events, middle) <= until) low = middle;
      else high = middle - 1;
    }
    return low - from;
  }

  part(count: number): readonly [BookedEvent, BookedEvent] {
    const { from, to } = this.#range;
    const middle = from + count;
    if (middle <= from || middle >= to) throw new RangeError('a run is parted within itself');
    return [eventOf(this.#booked, { from, to: middle }), eventOf(this.#booked, { from: middle, to })];
  }
}

const NONE: readonly never[] = [];

function byteAt(events: RepeatedEvents, index: number): number {
  return index === 0 ? 0 : (events.ends[index - 1] ?? 0) - events.from;
}

function charAt(events: RepeatedEvents, index: number): number {
  return index === 0 ? 0 : (events.chars[index - 1] ?? 0);
}

function piecesOf(events: RepeatedEvents, index: number): readonly DataPiece[] {
  const bytes = byteAt(events, index + 1) - byteAt(events, index);
  return [{ offset: 0, start: events.dataStart, end: bytes - ENDING_BYTES }];
}
