import type { Incoming, McpEnd } from '../end.ts';

/** Messages that a bridge keeps for a reader before it asks its sender to wait. */
export const KEPT_MAX = 1_024;

/**
 * What a bridge gives its reader: what it makes of all that comes from the end behind it, and what it has to say itself. The end
 * behind is read only when nothing is left to give.
 */
export class MergedIncoming implements AsyncIterable<Incoming> {
  readonly #inner: AsyncIterable<Incoming>;
  readonly #heard: (incoming: Incoming) => void;
  readonly #kept: Incoming[] = [];
  #arrived: IteratorResult<Incoming> | undefined;
  #isEnded = false;
  #wake: (() => void) | undefined;
  #waiting: (() => void)[] = [];

  /** @param heard takes each of what comes, in order, and answers by `give()` */
  constructor(inner: McpEnd['incoming'], heard: (incoming: Incoming) => void) {
    this.#inner = inner;
    this.#heard = heard;
  }

  /** Nothing is given after `ended`. */
  give(incoming: Incoming): void {
    if (this.#isEnded) return;
    this.#kept.push(incoming);
    if (incoming.kind === 'ended') this.#end();
    this.#wake?.();
  }

  /** Resolves when less is kept than may be. */
  async room(): Promise<void> {
    while (this.#kept.length >= KEPT_MAX && !this.#isEnded) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Incoming, void, undefined> {
    const steps = this.#inner[Symbol.asyncIterator]();
    try {
      yield* this.#all(steps);
    } finally {
      void steps.return?.();
    }
  }

  async *#all(steps: AsyncIterator<Incoming>): AsyncGenerator<Incoming, void, undefined> {
    let isAsked = false;
    for (;;) {
      const next = this.#kept.shift();
      if (next !== undefined) {
        this.#letIn();
        yield next;
        if (next.kind === 'ended') return;
      } else if (this.#arrived !== undefined) {
        const { done, value } = this.#arrived;
        this.#arrived = undefined;
        isAsked = false;
        this.#heard(done === true ? { kind: 'ended', reason: 'gone' } : value);
      } else {
        if (!isAsked) void this.#ask(steps);
        isAsked = true;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async #ask(steps: AsyncIterator<Incoming>): Promise<void> {
    this.#arrived = await steps.next();
    this.#wake?.();
  }

  #end(): void {
    this.#isEnded = true;
    this.#letIn();
  }

  #letIn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
