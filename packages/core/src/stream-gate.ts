import { eventCount, oneByOne } from './event-run.ts';
import type { EventPart, LaneId, PartEdits, TextEdit, WireEvent } from './protocol.ts';

interface LaneState {
  /** Characters received. */
  received: number;
  /** Characters that may leave; `UNDECIDED` while not even the opening may. */
  cleared: number;
  /** Ascending and disjoint, all below `cleared`; kept, because a late echo repeats the lane from its start. */
  edits: TextEdit[];
}

const UNDECIDED = -1;

interface QueuedPart {
  readonly lane: LaneState;
  readonly start: number;
  readonly end: number;
}

interface Queued {
  readonly event: WireEvent;
  readonly parts: readonly QueuedPart[];
}

export interface Released {
  readonly event: WireEvent;
  /** Empty when the event leaves as it came. */
  readonly edits: readonly PartEdits[];
}

/**
 * Holds the events of an answer until every character that they carry was cleared, and lets them go in wire order.
 * Knows lanes and offsets, never protocols or detectors: an event is released whole, rewritten only where an edit touches it.
 */
export class StreamGate {
  private readonly lanes = new Map<LaneId, LaneState>();
  private queue: Queued[] = [];
  private head = 0;
  private waiting = 0;

  /** Characters that were received and may not leave yet, over all lanes. */
  get heldChars(): number {
    let held = 0;
    for (const lane of this.lanes.values()) held += lane.received - Math.max(0, lane.cleared);
    return held;
  }

  /** Events that wait; a run of them counts as many. */
  get heldEvents(): number {
    return this.waiting;
  }

  /** The events that wait, in wire order. */
  get held(): readonly WireEvent[] {
    return this.queue.slice(this.head).map(({ event }) => event);
  }

  push(event: WireEvent): void {
    const parts = event.parts.map((part) => this.place(part));
    for (const { id, release } of event.opens) if (release === 'whole') parts.push(this.opening(id));
    this.queue.push({ event, parts });
    this.waiting += eventCount(event);
  }

  /** Clears a lane's text up to an offset. Edits lie between the last cleared offset and this one. */
  clear(id: LaneId, upTo: number, edits: readonly TextEdit[] = []): void {
    const lane = this.lane(id);
    for (const edit of edits) {
      // INVARIANT: text that may already have left is never edited.
      if (edit.start < lane.cleared || edit.end > upTo) throw new RangeError('edit outside of the text being cleared');
      lane.edits.push(edit);
    }
    if (upTo > lane.cleared) lane.cleared = Math.min(upTo, lane.received);
  }

  /** The events that may leave now, in wire order. */
  take(): readonly Released[] {
    const released: Released[] = [];
    while (this.head < this.queue.length) {
      const next = this.queue[this.head];
      if (next === undefined) break;
      if (!isClear(next.parts)) {
        const [clear, rest] = clearPart(next);
        if (clear === undefined) break;
        this.queue[this.head] = rest;
        this.release(clear, released);
        break;
      }
      this.head += 1;
      this.release(next, released);
    }
    if (this.head > 64 || this.head === this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    return released;
  }

  private release(queued: Queued, released: Released[]): void {
    const { event, parts } = queued;
    this.waiting -= eventCount(event);
    const edits = editsOf(parts);
    if (edits.length === 0 || event.run === undefined) released.push({ event, edits });
    else for (const each of singles(queued)) released.push({ event: each.event, edits: editsOf(each.parts) });
  }

  private place(part: EventPart): QueuedPart {
    const lane = this.lane(part.lane);
    if (part.echo !== undefined) {
      return { lane, start: part.echo.from, end: part.echo.from + part.text.length };
    }
    const start = lane.received;
    lane.received += part.text.length;
    return { lane, start, end: lane.received };
  }

  /** What opens a lane that is decided as a whole waits for that decision, whatever else it carries. */
  private opening(id: LaneId): QueuedPart {
    const lane = this.lane(id);
    if (lane.cleared === 0) lane.cleared = UNDECIDED;
    return { lane, start: 0, end: 0 };
  }

  private lane(id: LaneId): LaneState {
    let lane = this.lanes.get(id);
    if (lane === undefined) {
      lane = { received: 0, cleared: 0, edits: [] };
      this.lanes.set(id, lane);
    }
    return lane;
  }
}

function isClear(parts: readonly QueuedPart[]): boolean {
  for (const { lane, end } of parts) if (end > lane.cleared) return false;
  return true;
}

/** The events of a run that may leave, and those that may not. */
function clearPart(queued: Queued): readonly [Queued | undefined, Queued] {
  const { event, parts } = queued;
  const [part] = parts;
  if (event.run === undefined || part === undefined) return [undefined, queued];
  const count = event.run.within(part.lane.cleared - part.start);
  if (count === 0) return [undefined, queued];
  const [first, rest] = event.run.part(count);
  const [clear, held] = placed([first, rest], part);
  return clear === undefined || held === undefined ? [undefined, queued] : [clear, held];
}

/** The events of a run as if they had come one by one. */
function singles({ event, parts }: Queued): readonly Queued[] {
  const [part] = parts;
  return part === undefined ? [] : placed(oneByOne(event), part);
}

/** What a run was parted into, where the run's text stood. */
function placed(events: readonly WireEvent[], { lane, start }: QueuedPart): readonly Queued[] {
  let at = start;
  return events.map((event) => {
    const begin = at;
    at += event.parts[0]?.text.length ?? 0;
    return { event, parts: [{ lane, start: begin, end: at }] };
  });
}

const UNEDITED: readonly PartEdits[] = [];

function editsOf(parts: readonly QueuedPart[]): readonly PartEdits[] {
  let all: PartEdits[] | undefined;
  for (let part = 0; part < parts.length; part += 1) {
    const queued = parts[part];
    if (queued === undefined || queued.lane.edits.length === 0) continue;
    const edits = within(queued.lane.edits, queued.start, queued.end);
    if (edits.length === 0) continue;
    all ??= [];
    all.push({ part, edits });
  }
  return all ?? UNEDITED;
}

/** The edits as a part of the lane sees them: the replacement stands where the edit begins, what follows of it is taken out. */
function within(edits: readonly TextEdit[], start: number, end: number): readonly TextEdit[] {
  const seen: TextEdit[] = [];
  for (let i = firstEndingAfter(edits, start); i < edits.length; i += 1) {
    const edit = edits[i];
    if (edit === undefined || edit.start >= end) break;
    const begins = edit.start >= start;
    seen.push({
      start: Math.max(edit.start, start) - start,
      end: Math.min(edit.end, end) - start,
      text: begins ? edit.text : '',
    });
  }
  return seen;
}

function firstEndingAfter(edits: readonly TextEdit[], offset: number): number {
  let low = 0;
  let high = edits.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edits[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
