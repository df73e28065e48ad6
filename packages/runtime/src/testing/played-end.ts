import type { Incoming, McpAnswer, McpEnd, McpMessage, McpRequest, SendContext } from '@sallyport/mcp';

/** One thing that was sent to an end. */
export interface Sent extends SendContext {
  readonly message: McpMessage;
  /** The same as a value. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** An end whose other side a test plays. */
export class PlayedEnd implements McpEnd {
  readonly sent: Sent[] = [];
  isClosed = false;
  private readonly queue: Incoming[] = [];
  private wake: () => void = () => undefined;
  private readonly waiting: ((sent: Sent) => void)[] = [];
  private taken = 0;
  /** Plays a side that answers at once. */
  answers: ((request: McpRequest) => McpAnswer | undefined) | undefined;

  readonly incoming: AsyncIterable<Incoming> = { [Symbol.asyncIterator]: () => this.read() };

  /** Something comes from the other side. */
  arrive(incoming: McpMessage | Exclude<Incoming, { kind: 'message' }>): void {
    const isMessage = incoming.kind !== 'lost' && incoming.kind !== 'ended';
    this.queue.push(isMessage ? { kind: 'message', message: incoming } : incoming);
    this.wake();
  }

  /** The next message that the other side gets. */
  next(): Promise<Sent> {
    const at = this.taken;
    this.taken += 1;
    const here = this.sent[at];
    return here !== undefined ? Promise.resolve(here) : new Promise((resolve) => this.waiting.push(resolve));
  }

  async send(message: McpMessage, context: SendContext = {}): Promise<void> {
    if (this.isClosed) return;
    const answer = message.kind === 'request' ? this.answers?.(message) : undefined;
    const sent = { ...context, message, json: JSON.parse(message.text) };
    this.sent.push(sent);
    this.waiting.shift()?.(sent);
    if (answer !== undefined) this.arrive(answer);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.arrive({ kind: 'ended', reason: 'closed' });
  }

  private async *read(): AsyncGenerator<Incoming> {
    for (;;) {
      const next = this.queue.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      yield next;
      if (next.kind === 'ended') return;
    }
  }
}
