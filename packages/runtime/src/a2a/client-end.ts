import { Buffer } from 'node:buffer';
import type { TraceContext } from '@sallyport/core';
import type { RequestId } from '@sallyport/mcp';
import {
  type Incoming,
  type McpAnswer,
  type McpEnd,
  type McpMessage,
  withId,
  writeError,
  writeNotification,
} from '@sallyport/mcp';
import { encodeLiteral, memberOf, stringOf } from '@sallyport/wire';
import type { ClientWriter } from '../mcp/transport/client-request.ts';
import { IncomingQueue } from '../mcp/transport/incoming-queue.ts';
import type { HeldAnswer } from './held-answer.ts';
import { A2A_CODES } from './methods.ts';

/** Number of the one request towards the wall. */
export const ASKED = 1;

export interface AgentClientParts {
  readonly writer: ClientWriter;
  /** What is asked, as a call of a tool, under the id `ASKED`. */
  readonly asked: McpMessage;
  /** The id that the client knows it by. */
  readonly id: RequestId;
  /** It wants a stream. */
  readonly streams: boolean;
  /** What comes back, on its way through the wall. */
  readonly answer: HeldAnswer;
  /** It asked for the card, by HTTP. */
  readonly wantsCard: boolean;
  /** Where in a distributed trace it stands. */
  readonly trace?: TraceContext;
}

const NOTHING = { headers: { 'cache-control': 'no-store' } };

/** A client of an agent as the wall knows clients: one request, and what comes back for it. */
export class AgentClientEnd implements McpEnd {
  readonly #parts: AgentClientParts;
  readonly #queue = new IncomingQueue(1);
  #hasBegun = false;
  #hasEnded = false;

  constructor(parts: AgentClientParts) {
    this.#parts = parts;
    const { asked: message, trace } = parts;
    this.#queue.push({ kind: 'message', message, ...(trace !== undefined && { trace }) });
  }

  get incoming(): AsyncIterable<Incoming> {
    return this.#queue;
  }

  async send(message: McpMessage): Promise<void> {
    if (this.#hasEnded) return;
    if (message.kind === 'notification') return this.#event(message);
    if (message.kind === 'request') return;
    await this.#answer(message);
    this.#end();
  }

  async close(): Promise<void> {
    this.#end();
  }

  /** The client is gone: nobody waits for an answer. */
  leave(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#begin(503);
    this.#parts.writer.end();
    const message = writeNotification('notifications/cancelled', { requestId: ASKED });
    this.#queue.push({ kind: 'message', message });
    this.#queue.push({ kind: 'ended', reason: 'gone' });
  }

  async #event(message: Extract<McpMessage, { kind: 'notification' }>): Promise<void> {
    const data = memberOf(message.params, 'data');
    if (!this.#parts.streams || data === undefined) return;
    for (const event of this.#parts.answer.arrived(data, message.text)) await this.#write(this.#result(event));
  }

  async #answer(message: McpAnswer): Promise<void> {
    const { wantsCard, id, answer: held } = this.#parts;
    const refusal = message.kind === 'result' ? refusalIn(message, held) : message;
    if (refusal !== undefined) return this.#write(withId(refusal, id).bytes, wantsCard ? 403 : 200);
    const content = message.kind === 'result' ? memberOf(message.result, 'structuredContent') : undefined;
    if (content === undefined) return this.#write(this.#result('null'));
    if (wantsCard) return this.#write(Buffer.from(message.text.slice(content.start, content.end)));
    // All that a stream brought was told as it came.
    if (held.isStream) return this.#begin();
    const [answer = 'null'] = held.arrived(content, message.text);
    return this.#write(this.#result(answer));
  }

  #result(text: string): Uint8Array {
    const { id } = this.#parts;
    return Buffer.from(`{"jsonrpc":"2.0","id":${typeof id === 'string' ? encodeLiteral(id) : id},"result":${text}}`);
  }

  #begin(status = 200): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { writer, streams } = this.#parts;
    const type = streams ? 'text/event-stream' : 'application/json';
    writer.head(status, { 'content-type': type, ...NOTHING.headers });
  }

  async #write(bytes: Uint8Array, status?: number): Promise<void> {
    const { writer, streams } = this.#parts;
    this.#begin(status);
    if (!streams) return writer.write(bytes);
    // A line break outside of a literal means nothing, and one inside of it is escaped.
    const line = Buffer.from(bytes)
      .toString('utf8')
      .replaceAll(/[\r\n]/g, ' ');
    return writer.write(Buffer.from(`data: ${line}\n\n`));
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#begin();
    this.#parts.writer.end();
    this.#queue.push({ kind: 'ended', reason: 'closed' });
  }
}

/** The wall's own word in the place of a result: in A2A it is an error. What an agent says never looks like one. */
function refusalIn(message: Extract<McpAnswer, { kind: 'result' }>, held: HeldAnswer): McpAnswer | undefined {
  const isError = memberOf(message.result, 'isError');
  if (isError?.kind !== 'word' || isError.value !== true) {
    return held.isStopped ? writeError(message.id, { code: A2A_CODES.refused, message: REFUSED }) : undefined;
  }
  const content = memberOf(message.result, 'content');
  const text = content?.kind === 'array' ? stringOf(content.items[0], 'text') : undefined;
  const meta = memberOf(message.result, '_meta');
  const data: unknown = meta === undefined ? undefined : JSON.parse(message.text.slice(meta.start, meta.end));
  return writeError(message.id, { code: A2A_CODES.refused, message: text ?? REFUSED, data });
}

const REFUSED = 'refused by policy';
