import type { Incoming, LostReason, McpEnd, McpMessage } from '@sallyport/mcp';

/** The end of a server that could not be reached: every request to it is lost, and said to be. */
export class NoServer implements McpEnd {
  private readonly queue: Incoming[] = [];
  readonly reason: LostReason;
  private wake: (() => void) | undefined;
  private isClosed = false;
  readonly incoming: AsyncIterable<Incoming> = { [Symbol.asyncIterator]: () => this.read() };

  constructor(reason: LostReason) {
    this.reason = reason;
  }

  async send(message: McpMessage): Promise<void> {
    if (this.isClosed || message.kind !== 'request') return;
    this.queue.push({ kind: 'lost', id: message.id, reason: this.reason });
    this.wake?.();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.queue.push({ kind: 'ended', reason: 'closed' });
    this.wake?.();
  }

  private async *read(): AsyncGenerator<Incoming> {
    for (;;) {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
        yield next;
        if (next.kind === 'ended') return;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
