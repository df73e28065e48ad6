import type { Incoming } from '@sallyport/mcp';

/** What anything but a message weighs: an object and an id. */
const NOTICE_BYTES = 128;

interface Waiting {
  readonly incoming: Incoming;
  readonly bytes: number;
}

/**
 * What came from one end, until its one reader takes it. Whoever fills it asks for room before taking in more, so that no
 * more waits here than the bound and what came with it. Nothing is taken behind `ended`.
 */
export class IncomingQueue implements AsyncIterable<Incoming> {
  readonly #maxBytes: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #reader: ((step: IteratorResult<Incoming, undefined>) => void) | undefined;
  #roomers: (() => void)[] = [];
  #hasEnded = false;
  #isLeft = false;

  /** @param maxBytes of waiting messages, beyond which there is no room */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  push(incoming: Incoming): void {
    if (this.#hasEnded) return;
    this.#hasEnded = incoming.kind === 'ended';
    if (this.#isLeft) return;
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader({ value: incoming, done: false });
      return;
    }
    const bytes = incoming.kind === 'message' ? incoming.message.bytes.length : NOTICE_BYTES;
    this.#waiting.push({ incoming, bytes });
    this.#waitingBytes += bytes;
  }

  get hasRoom(): boolean {
    return this.#waitingBytes < this.#maxBytes;
  }

  /** Resolves when there is room again, or nobody will read any more. */
  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    return new Promise((resolve) => this.#roomers.push(resolve));
  }

  [Symbol.asyncIterator](): AsyncIterator<Incoming, undefined> {
    return { next: () => this.#next(), return: () => this.#leave() };
  }

  #next(): Promise<IteratorResult<Incoming, undefined>> {
    const [first] = this.#waiting;
    if (first !== undefined) {
      this.#waiting.shift();
      this.#waitingBytes -= first.bytes;
      this.#tellRoom();
      return Promise.resolve({ value: first.incoming, done: false });
    }
    if (this.#hasEnded || this.#isLeft) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  #leave(): Promise<IteratorResult<Incoming, undefined>> {
    this.#isLeft = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#tellRoom();
    return Promise.resolve({ value: undefined, done: true });
  }

  #tellRoom(): void {
    if (!this.hasRoom || this.#roomers.length === 0) return;
    const roomers = this.#roomers;
    this.#roomers = [];
    for (const resolve of roomers) resolve();
  }
}
