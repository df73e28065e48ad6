import type { LaneId } from '@sallyport/core';
import type { EventTemplate, TemplateMatch } from './event-template.ts';
import type { LaneState, PartPlace } from './lane-book.ts';

/** Events taken as one at most: what is parted again and again must not be dear to part. */
const REPEATED_MAX = 1_024;

/** Events of one shape that stand one behind the other in a chunk, and what differs in them. */
export class RepeatedEvents {
  readonly #template: EventTemplate;
  /** Offset of the first in the chunk. */
  readonly from: number;
  /** Offset behind the last. */
  end: number;
  text = '';
  /** By event: behind it in the chunk; how much of the text it and those before it have; its literal, in its data. */
  readonly ends: number[] = [];
  readonly chars: number[] = [];
  readonly starts: number[] = [];
  readonly stops: number[] = [];
  /** What the first and the last count themselves as, where events are numbered. */
  firstCount: number | undefined;
  lastCount: number | undefined;

  constructor(template: EventTemplate, from: number) {
    this.#template = template;
    this.from = from;
    this.end = from;
  }

  get lane(): LaneState {
    return this.#template.lane;
  }

  get laneId(): LaneId {
    return this.lane.lane.id;
  }

  get group(): number {
    return this.#template.group;
  }

  get dataStart(): number {
    return this.#template.dataStart;
  }

  /** Where the first has its text. */
  get place(): PartPlace {
    return this.placeOf(0);
  }

  placeOf(index: number): PartPlace {
    return { kind: 'literal', start: this.starts[index] ?? 0, end: this.stops[index] ?? 0 };
  }

  get count(): number {
    return this.ends.length;
  }

  /** @returns whether it goes on from the last: one that counts on from elsewhere begins anew */
  add({ text, start, end, eventEnd, count }: TemplateMatch): boolean {
    if (this.count === 0) this.firstCount = count;
    else if (this.count >= REPEATED_MAX || count !== next(this.lastCount)) return false;
    this.lastCount = count;
    this.end = eventEnd;
    this.text += text;
    this.ends.push(eventEnd);
    this.chars.push(this.text.length);
    this.starts.push(start);
    this.stops.push(end);
    return true;
  }
}

function next(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count + 1;
}
