import type { Incoming, McpEnd, McpMessage, SendContext } from '@sallyport/mcp';

/** An end of which the first thing that comes is known before anybody reads it: what a client says first tells what it speaks. */
export class PeekedEnd implements McpEnd {
  readonly incoming: AsyncIterable<Incoming>;
  readonly first: Promise<Incoming | undefined>;
  readonly #end: McpEnd;

  constructor(end: McpEnd) {
    this.#end = end;
    const reader = end.incoming[Symbol.asyncIterator]();
    const begun = reader.next();
    this.first = begun.then(({ value, done }) => (done === true ? undefined : value));
    this.incoming = {
      [Symbol.asyncIterator]: async function* () {
        for (let next = await begun; next.done !== true; next = await reader.next()) yield next.value;
      },
    };
  }

  send(message: McpMessage, context?: SendContext): Promise<void> {
    return this.#end.send(message, context);
  }

  close(): Promise<void> {
    return this.#end.close();
  }
}
