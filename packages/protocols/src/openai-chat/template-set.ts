import type { Buffer } from 'node:buffer';
import { bufferOf, type JsonNode, memberOf } from '@sallyport/wire';
import { EventTemplate, type TemplateMatch } from './event-template.ts';
import { isTextField } from './fields.ts';
import type { ChatEvent, LaneBook } from './lane-book.ts';

/** Templates kept at once: streams take turns between few shapes. */
const KEPT_MAX = 4;
/** Templates made in a row that matched nothing, after which no more are made: this stream repeats nothing. */
const FRUITLESS_MAX = 16;

export interface Learnable {
  readonly event: ChatEvent;
  readonly data: string;
  readonly node: JsonNode;
  readonly book: LaneBook;
}

/** The shapes of the events of one stream. */
export class TemplateSet {
  #kept: EventTemplate[] = [];
  #fruitless = 0;

  match(chunk: Buffer, from: number): TemplateMatch | undefined {
    for (const [at, template] of this.#kept.entries()) {
      const match = template.lane.closed ? undefined : template.match(chunk, from);
      if (match === undefined) continue;
      this.#fruitless = 0;
      if (at > 0) this.#kept = [template, ...this.#kept.filter((each) => each !== template)];
      return match;
    }
    return undefined;
  }

  /** Keeps the shape of an event that said nothing but one more text of an open lane. */
  learn({ event, data, node, book }: Learnable): void {
    if (this.#fruitless >= FRUITLESS_MAX) return;
    const { parts, places, opens, closes, unseen, facts, terminal, marks } = event;
    const [part, place, mark] = [parts[0], places[0], marks[0]];
    if (part === undefined || place?.kind !== 'literal' || mark?.says !== 'text') return;
    if (parts.length > 1 || marks.length > 1 || opens.length + closes.length + unseen.length > 0) return;
    if (part.echo !== undefined || facts !== undefined || terminal) return;
    const lane = book.openLane(part.lane);
    if (lane === undefined || !isTextField(lane.lane.origin.field)) return;
    // An event that a chunk cut in two is read the long way, whether its shape is known or not.
    const raw = bufferOf(event.raw);
    if (this.#kept.some((template) => template.lane === lane && template.match(raw, 0) !== undefined)) return;
    const padding = memberOf(node, 'obfuscation');
    const template = EventTemplate.of({
      event,
      data,
      lane,
      choice: mark.choice,
      text: place,
      padding: padding?.kind === 'string' ? padding : undefined,
    });
    if (template === undefined) return;
    this.#fruitless += 1;
    this.#kept = [template, ...this.#kept.slice(0, KEPT_MAX - 1)];
  }
}
