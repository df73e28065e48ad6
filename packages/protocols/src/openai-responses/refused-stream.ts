import { Buffer } from 'node:buffer';
import type { Refusal, WireEvent } from '@sallyport/core';
import type { LaneBook } from '../answer/lane-book.ts';
import { sseData } from '../answer/sse.ts';
import { countOf } from './count-of.ts';
import type { ToldItem } from './output-places.ts';
import { messageItem, type Part, partOf, type ResponseFrame, refusalItem, responseObject } from './response-object.ts';
import { RESPONSE, type ResponsesReader } from './responses-reader.ts';

export interface RefusedParts {
  readonly book: LaneBook;
  readonly reader: ResponsesReader;
  /** The client has all events of the stream up to this number. */
  readonly startingAfter: number | undefined;
}

type Told = ReadonlyMap<number, ReadonlyMap<string, number>>;

/** The events that end a stream with a refusal, wherever it stands: they go on from the last event that its client got. */
export class RefusedStream {
  readonly #parts: RefusedParts;
  readonly #held: readonly WireEvent[];
  readonly #told: Told;
  #next: number;
  #text = '';

  constructor(parts: RefusedParts, held: readonly WireEvent[]) {
    this.#parts = parts;
    this.#held = held;
    const { book, reader, startingAfter = -1 } = parts;
    // What its client had before it took the stream up again need not leave once more to be there.
    const missing = held.filter((event) => (countOf(event) ?? startingAfter + 1) > startingAfter);
    this.#told = book.told(missing);
    const counts = missing.map(countOf).filter((count) => count !== undefined);
    this.#next = Math.max(counts[0] ?? reader.sequence + 1, startingAfter + 1);
  }

  bytes(refusal: Refusal, frame: ResponseFrame): Uint8Array {
    const { startingAfter } = this.#parts;
    if (startingAfter === undefined && !this.#has(RESPONSE, 'response.created')) this.#begin(frame);
    const output = this.#closeMessages();
    const said = refusalItem(refusal);
    this.#refuse(said, this.#lastIndex() + 1);
    const reason = { reason: 'content_filter' };
    const response = {
      ...responseObject(frame, 'incomplete'),
      incomplete_details: reason,
      output: [...output, said.item],
    };
    this.#say('response.incomplete', { response });
    return Buffer.from(this.#text);
  }

  /** Whether the client may take what comes now for an answer that began under the provider's own id. */
  get hasBegun(): boolean {
    return this.#parts.startingAfter !== undefined || this.#has(RESPONSE, 'response.created');
  }

  #begin(frame: ResponseFrame): void {
    for (const type of ['response.created', 'response.in_progress']) {
      this.#say(type, { response: responseObject(frame, 'in_progress') });
    }
  }

  /** Ends the messages that the client has the beginning of. @returns every message that it has anything of */
  #closeMessages(): readonly object[] {
    const messages: object[] = [];
    for (const [index, item] of this.#parts.reader.items) {
      if (item.type !== 'message' || !this.#has(index, 'item')) continue;
      const parts = [...item.parts].filter(([part]) => this.#has(index, `part/${part}`));
      const content = parts.map(([part, type]) => partOf(type, this.#textAtClient(index, part, type)));
      const message = messageItem(item.id ?? '', content);
      messages.push(message);
      if (this.#has(index, 'done')) continue;
      for (const [at, [part]] of parts.entries()) this.#closePart({ index, part, item }, content[at]);
      this.#say('response.output_item.done', { output_index: index, item: message });
    }
    return messages;
  }

  #closePart({ index, part, item }: PartPlace, said: Part | undefined): void {
    if (said === undefined || this.#has(index, `part-done/${part}`)) return;
    const at = { item_id: item.id ?? '', output_index: index, content_index: part };
    if (!this.#has(index, `said/${part}`)) {
      if (said.type === 'refusal') this.#say('response.refusal.done', { ...at, refusal: said.refusal });
      else this.#say('response.output_text.done', { ...at, text: said.text, logprobs: [] });
    }
    this.#say('response.content_part.done', { ...at, part: said });
  }

  #refuse({ id, item, part }: ReturnType<typeof refusalItem>, index: number): void {
    const at = { item_id: id, output_index: index, content_index: 0 };
    const begun = { ...item, status: 'in_progress', content: [] };
    this.#say('response.output_item.added', { output_index: index, item: begun });
    this.#say('response.content_part.added', { ...at, part: { ...part, refusal: '' } });
    this.#say('response.refusal.delta', { ...at, delta: part.refusal });
    this.#say('response.refusal.done', { ...at, refusal: part.refusal });
    this.#say('response.content_part.done', { ...at, part });
    this.#say('response.output_item.done', { output_index: index, item });
  }

  #textAtClient(index: number, part: number, type: string): string {
    const lane = this.#parts.book.get(`${index}/content/${part}/${type === 'refusal' ? 'refusal' : 'text'}`);
    return lane === undefined ? '' : this.#parts.book.atClient(lane, this.#held);
  }

  #lastIndex(): number {
    const known = [...this.#told].filter(([, said]) => [...said.values()].some((times) => times > 0));
    return Math.max(-1, ...known.map(([group]) => group));
  }

  #has(group: number, says: string): boolean {
    return (this.#told.get(group)?.get(says) ?? 0) > 0;
  }

  #say(type: string, fields: object): void {
    this.#text += sseData({ type, sequence_number: this.#next, ...fields }, type);
    this.#next += 1;
  }
}

interface PartPlace {
  readonly index: number;
  readonly part: number;
  readonly item: ToldItem;
}
