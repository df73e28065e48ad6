/** An event of a stream: its id, what it is, and what it says. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** More of one event than any that the gateway sends, characters. */
export const EVENT_MAX_CHARS = 1_048_576;

/**
 * Reads server-sent events out of text that comes in pieces (WHATWG HTML, "server-sent events"), as far as the gateway writes them.
 */
export class EventReader {
  #rest = '';
  #lastId = '';

  /** The last id that came, also with an event that says nothing. */
  get lastId(): string {
    return this.#lastId;
  }

  /** @throws {RangeError} at an event that is too long */
  push(text: string): readonly StreamEvent[] {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    if (this.#rest.length > EVENT_MAX_CHARS) throw new RangeError('an event is too long');
    return blocks.flatMap((block) => this.#read(block) ?? []);
  }

  #read(block: string): StreamEvent | undefined {
    let [event, data]: [string, string | undefined] = ['message', undefined];
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      const value = line.slice(colon + 1).replace(/^ /, '');
      const name = line.slice(0, colon);
      if (name === 'id') this.#lastId = value;
      if (name === 'event') event = value;
      if (name === 'data') data = value;
    }
    return data === undefined ? undefined : { id: this.#lastId, event, data };
  }
}
