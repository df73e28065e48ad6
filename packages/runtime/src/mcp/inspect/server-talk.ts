import {
  ERROR_CODES,
  type Incoming,
  type LostReason,
  type McpAnswer,
  type McpEnd,
  type McpMessage,
  type McpRequest,
  type RequestId,
  writeError,
  writeNotification,
  writeRequest,
  writeResult,
} from '@sallyport/mcp';

type Answered = (answer: McpAnswer | LostReason) => void;

/** Asks a server, and lets it ask nothing: what it wants of its client it is refused. */
export class ServerTalk {
  readonly #end: McpEnd;
  readonly #waiting = new Map<RequestId, Answered>();
  #asked = 0;
  #ended: LostReason | undefined;

  constructor(end: McpEnd) {
    this.#end = end;
    void this.#read();
  }

  /** @returns the answer, or why there is none. It never takes longer than the limits of the server allow. */
  ask(method: string, params: Readonly<Record<string, unknown>>): Promise<McpAnswer | LostReason> {
    if (this.#ended !== undefined) return Promise.resolve(this.#ended);
    this.#asked += 1;
    const id = this.#asked;
    const answer = new Promise<McpAnswer | LostReason>((resolve) => this.#waiting.set(id, resolve));
    void this.#end.send(writeRequest(id, method, params));
    return answer;
  }

  tell(method: string): void {
    void this.#end.send(writeNotification(method));
  }

  close(): Promise<void> {
    return this.#end.close();
  }

  async #read(): Promise<void> {
    for await (const incoming of this.#end.incoming) this.#take(incoming);
    this.#ended ??= 'gone';
    for (const id of [...this.#waiting.keys()]) this.#settle(id, this.#ended);
  }

  #take(incoming: Incoming): void {
    if (incoming.kind === 'lost') this.#settle(incoming.id, incoming.reason);
    else if (incoming.kind === 'ended') this.#ended = incoming.reason === 'closed' ? 'gone' : incoming.reason;
    else this.#hear(incoming.message);
  }

  #hear(message: McpMessage): void {
    if (message.kind === 'request') this.#refuse(message);
    else if (message.kind !== 'notification') this.#settle(message.id, message);
  }

  #settle(id: RequestId | undefined, answer: McpAnswer | LostReason): void {
    if (id === undefined) return;
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  #refuse({ id, method }: McpRequest): void {
    const refusal = { code: ERROR_CODES.methodNotFound, message: 'not while tools are inspected' };
    void this.#end.send(method === 'ping' ? writeResult(id, {}) : writeError(id, refusal));
  }
}
