import type { McpMessage } from '@sallyport/mcp';

/** What a message weighs beside its bytes. */
const ENTRY_BYTES = 256;
const MARK = /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})$/;

interface Entry {
  /** Which stream it belongs to: 0 is what the server says of its own accord. */
  readonly stream: number;
  /** Counted over all streams of the session. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

export interface LoggedEvent {
  readonly mark: string;
  readonly bytes: Uint8Array;
}

/** The newest messages of a session, for a client whose stream broke. A mark says in which stream, and behind which message. */
export class EventLog {
  readonly #maxBytes: number;
  #entries: Entry[] = [];
  #bytes = 0;
  #last = 0;
  /** Number of the newest that is kept no more. */
  #forgotten = 0;

  /** @param maxBytes of messages that are kept; with 0 nothing is, and there are no marks */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Mark of the place behind all that was said by now; none where nothing is kept. */
  markOf(stream: number): string | undefined {
    return this.#maxBytes === 0 ? undefined : `${stream}.${this.#last}`;
  }

  append(stream: number, { bytes }: Pick<McpMessage, 'bytes'>): string | undefined {
    this.#last += 1;
    // A copy, and nothing that was read in it: that weighs many times as much, and so may whatever it was cut from.
    this.#entries.push({ stream, number: this.#last, bytes: new Uint8Array(bytes) });
    this.#bytes += bytes.length + ENTRY_BYTES;
    while (this.#bytes > this.#maxBytes) this.#forget();
    return this.markOf(stream);
  }

  /** What was said in a stream behind a mark. @returns undefined where the mark is none, or too old to say */
  since(mark: string): { readonly stream: number; readonly events: readonly LoggedEvent[] } | undefined {
    const found = MARK.exec(mark);
    if (found === null) return undefined;
    const [stream, number] = [Number(found[1]), Number(found[2])];
    if (number > this.#last || number < this.#forgotten) return undefined;
    return { stream, events: this.behind(stream, number) };
  }

  /** What is known of a stream behind a number. */
  behind(stream: number, number: number): readonly LoggedEvent[] {
    return this.#entries
      .filter((entry) => entry.stream === stream && entry.number > number)
      .map((entry) => ({ mark: `${stream}.${entry.number}`, bytes: entry.bytes }));
  }

  get last(): number {
    return this.#last;
  }

  #forget(): void {
    const oldest = this.#entries.shift();
    if (oldest === undefined) return;
    this.#forgotten = oldest.number;
    this.#bytes -= oldest.bytes.length + ENTRY_BYTES;
  }
}
