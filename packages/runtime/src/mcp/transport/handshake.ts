import { type McpMessage, type McpRequest, withId } from '@sallyport/mcp';

/** What a message of a server is to the handshake: `ours` is for the client, `early` comes before the server was told who is there. */
type Heard = 'ours' | 'same' | 'different' | 'early';

/** What a client and a server agreed on at first, to be said again to a server that was started anew. */
export class Handshake {
  #initialize: McpRequest | undefined;
  /** What the server answered, as it was written. */
  #answer: string | undefined;
  #initialized: McpMessage | undefined;
  #replayId: string | undefined;

  /** Whether an answer to what was said again is waited for. */
  get isReplayed(): boolean {
    return this.#replayId !== undefined;
  }

  /** Notes what goes to the server. */
  sent(message: McpMessage): void {
    if (message.kind === 'request' && message.method === 'initialize') {
      this.#initialize = message;
      this.#answer = undefined;
      this.#initialized = undefined;
    } else if (message.kind === 'notification' && message.method === 'notifications/initialized') {
      this.#initialized = message;
    }
  }

  /** What to say to life `number` of the server, if there is anything: nothing was agreed on before an answer came. */
  replay(number: number): McpRequest | undefined {
    if (this.#initialize === undefined || this.#answer === undefined) return undefined;
    this.#replayId = `sallyport-start-${number}`;
    return withId(this.#initialize, this.#replayId);
  }

  /** Notes what comes from the server. */
  heard(message: McpMessage): Heard {
    const answered = message.kind === 'result' || message.kind === 'error' ? message.id : undefined;
    if (this.#replayId === undefined) {
      if (message.kind === 'result' && answered === this.#initialize?.id && this.#answer === undefined) {
        this.#answer = textOf(message);
      }
      return 'ours';
    }
    if (answered !== this.#replayId) return 'early';
    this.#replayId = undefined;
    return textOf(message) === this.#answer ? 'same' : 'different';
  }

  /** What follows an answer that is the same. */
  further(): readonly McpMessage[] {
    return this.#initialized === undefined ? [] : [this.#initialized];
  }
}

function textOf(message: McpMessage): string | undefined {
  return message.kind === 'result' ? message.text.slice(message.result.start, message.result.end) : undefined;
}
