import { ownText } from '@sallyport/core';
import { isTextField, type JsonNode, memberOf } from '@sallyport/wire';
import { EventTemplate } from './event-template.ts';
import type { BookedEvent, LaneBook } from './lane-book.ts';
import { RepeatedEvents } from './repeated-events.ts';

/** Templates kept at once: streams take turns between few shapes. */
const KEPT_MAX = 4;
/** Templates made in a row that matched nothing, after which no more are made: this stream repeats nothing. */
const FRUITLESS_MAX = 16;

/** What a mark says with which an event counts itself, and the member that holds the number. */
export const COUNTED = 'counted';
const COUNT_FIELD = 'sequence_number';

export interface Learnable {
  readonly event: BookedEvent;
  readonly data: string;
  readonly node: JsonNode;
  readonly book: LaneBook;
}

/** The shapes of the events of one stream. */
export class TemplateSet {
  #kept: EventTemplate[] = [];
  #fruitless = 0;

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /**
   * Finds events of a known shape, one behind the other.
   * @param units the bytes of a chunk, a unit each
   */
  match(units: string, from: number): RepeatedEvents | undefined {
    for (const [at, template] of this.#kept.entries()) {
      const first = template.lane.closed ? undefined : template.match(units, from);
      if (first === undefined) continue;
      this.#fruitless = 0;
      if (at > 0) this.#kept = [template, ...this.#kept.filter((each) => each !== template)];
      const found = new RepeatedEvents(template, from);
      for (let next: typeof first | undefined = first; next !== undefined && found.add(next); ) {
        next = template.match(units, found.end);
      }
      found.text = ownText(found.text);
      return found;
    }
    return undefined;
  }

  /** Keeps the shape of an event that said nothing but one more text of an open lane. */
  learn({ event, data, node, book }: Learnable): void {
    if (this.#fruitless >= FRUITLESS_MAX) return;
    const { parts, places, opens, closes, unseen, facts, terminal, marks } = event;
    const [part, place] = [parts[0], places[0]];
    const texts = marks.filter(({ says }) => says === 'text');
    const [mark] = texts;
    if (part === undefined || place?.kind !== 'literal' || mark === undefined || texts.length > 1) return;
    const others = marks.some(({ says }) => says !== 'text' && says !== COUNTED);
    if (parts.length > 1 || others || opens.length + closes.length + unseen.length > 0) return;
    if (part.echo !== undefined || facts !== undefined || event.signals !== undefined || terminal) return;
    const lane = book.openLane(part.lane);
    if (lane === undefined || !isTextField(lane.lane.origin.field)) return;
    const padding = memberOf(node, 'obfuscation');
    const count = marks.some(({ says }) => says === COUNTED) ? memberOf(node, COUNT_FIELD) : undefined;
    const template = EventTemplate.of({
      event,
      data,
      lane,
      group: mark.group,
      text: place,
      padding: padding?.kind === 'string' ? padding : undefined,
      count: count?.kind === 'number' ? count : undefined,
    });
    if (template === undefined) return;
    this.#fruitless += 1;
    this.#kept = [template, ...this.#kept.slice(0, KEPT_MAX - 1)];
  }
}
