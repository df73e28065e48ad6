import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import {
  type Incoming,
  type LostReason,
  type McpAnswer,
  type McpEnd,
  type McpMessage,
  type McpRequest,
  readMessage,
  withId,
  writeResult,
} from '@sallyport/mcp';
import { type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { traceOf } from '../mcp/links/call-claim.ts';
import { IncomingQueue } from '../mcp/transport/incoming-queue.ts';
import { mediaType } from '../mcp/transport/media-type.ts';
import { readEvents, readWhole } from '../mcp/transport/read-answer.ts';
import { type AgentCard, definitionsOf, offeredCard } from './agent-card.ts';
import type { AgentLine } from './agent-line.ts';
import { joinedParams } from './carried-members.ts';
import type { HeldAnswer } from './held-answer.ts';
import type { AgentVersion } from './methods.ts';
import { withOwnTasks } from './own-tasks.ts';
import { namedIn } from './task-book.ts';

/** One request of a client, as the agent is asked. */
export interface AgentQuestion {
  readonly version: AgentVersion;
  readonly method: string;
  /** What the method is to policy. */
  readonly tool: string;
  readonly streams: boolean;
  /** Whose request it is. */
  readonly owner: string;
  /** Address of the agent at the gateway. */
  readonly address: string;
  readonly card: AgentCard;
  /** What comes back, until the wall has let it through. */
  readonly answer: HeldAnswer;
}

/** Member of `_meta` in which the wall is given what goes beside the arguments. */
export const CARRIED_MEMBER = 'io.sallyport/message';

/**
 * An agent as the wall knows servers: its card is a list of tools, a message a call of one, what it streams is told in the middle of
 * the call when its texts are whole, and all of it once more at the end, as what the call brought. Carries one request.
 */
export class AgentEnd implements McpEnd {
  readonly #line: AgentLine;
  readonly #question: AgentQuestion;
  readonly #queue: IncomingQueue;
  readonly #stop = new AbortController();
  #callOff: (() => void) | undefined;
  #isLate = false;
  #callOffHold: (() => void) | undefined;

  constructor(line: AgentLine, question: AgentQuestion) {
    this.#line = line;
    this.#question = question;
    this.#queue = new IncomingQueue(line.config.limits.maxMessageBytes);
  }

  get incoming(): AsyncIterable<Incoming> {
    return this.#queue;
  }

  async send(message: McpMessage): Promise<void> {
    if (message.kind === 'notification') this.#stop.abort();
    if (message.kind !== 'request') return;
    const { card, address } = this.#question;
    if (message.method === 'tools/list') return this.#answer(writeResult(message.id, { tools: definitionsOf(card) }));
    if (stringOf(message.params, 'name') === 'get_card') {
      return this.#answer(writeResult(message.id, { structuredContent: offeredCard(card, address) }));
    }
    void this.#ask(message);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#callOff?.();
    this.#callOffHold?.();
    this.#queue.push({ kind: 'ended', reason: 'closed' });
  }

  #answer(message: McpAnswer): void {
    this.#queue.push({ kind: 'message', message });
  }

  async #ask(request: McpRequest): Promise<void> {
    const lost = await this.#call(request).catch((): LostReason => (this.#isLate ? 'silent' : 'gone'));
    this.#callOff?.();
    this.#callOffHold?.();
    if (lost === undefined) return;
    this.#stop.abort();
    this.#queue.push({ kind: 'lost', id: request.id, reason: lost });
  }

  /** @returns why there is no answer */
  async #call(request: McpRequest): Promise<LostReason | undefined> {
    const { version, method, streams } = this.#question;
    const given = memberOf(request.params, 'arguments');
    const carried = memberOf(memberOf(request.params, '_meta'), CARRIED_MEMBER);
    const beside = carried?.kind === 'object' ? carried : undefined;
    const params = given?.kind === 'object' ? joinedParams(given, beside, request.text) : '{}';
    const body = `{"jsonrpc":"2.0","id":${request.id},"method":${JSON.stringify(method)},"params":${params}}`;
    this.#heard();
    const answer = await this.#line.post(
      Buffer.from(body),
      { version, trace: traceOf(request.params) },
      this.#stop.signal,
    );
    this.#heard();
    const type = mediaType([answer.headers['content-type']].flat()[0]);
    if (streams && answer.status === 200 && type === 'text/event-stream') return this.#follow(request, answer.body);
    if (answer.status === 401 || answer.status === 403 || type !== 'application/json') {
      answer.discard();
      return type === 'application/json' ? 'refused' : 'unreadable';
    }
    const bytes = await readWhole(this.#heeded(answer.body), this.#line.bounds);
    if (typeof bytes === 'string') return bytes;
    const read = this.#read(bytes, request);
    if (read === undefined) return 'unreadable';
    if (read.kind === 'result') {
      const { answer, owner, tool } = this.#question;
      const { tasks } = this.#line;
      const kept = tool === 'list_tasks' ? rewritten(withOwnTasks(read, (named) => tasks.mayName(named, owner))) : read;
      if (kept.kind === 'result') answer.take(kept.result, kept.text);
    }
    this.#answer(read.kind === 'error' ? read : brought(request, this.#question.answer.whole()));
    return undefined;
  }

  /** A stream: each event is told as soon as nothing more comes of its texts. */
  async #follow(request: McpRequest, body: AsyncIterable<Uint8Array>): Promise<LostReason | undefined> {
    const { maxBytes } = this.#line.bounds;
    const { answer } = this.#question;
    let bytes = 0;
    for await (const event of readEvents(this.#heeded(body), this.#line.bounds)) {
      if (typeof event === 'string') return event;
      if (event.data === '') continue;
      const own = Buffer.from(event.data);
      bytes += own.length;
      if (bytes > maxBytes) return 'too-large';
      const read = this.#read(own, request);
      if (read === undefined) return 'unreadable';
      if (read.kind === 'error') {
        this.#answer(read);
        return undefined;
      }
      answer.take(read.result, read.text);
      if (answer.isOpen) this.#hold(request);
      else this.#tell(request);
      await this.#queue.room();
    }
    // Nothing more comes of any text.
    this.#tell(request);
    this.#answer(brought(request, answer.whole()));
    return undefined;
  }

  /** Some text isn't whole: it is waited for, and not for long. */
  #hold(request: McpRequest): void {
    const { holdMs, holdPosture } = this.#line.config.limits;
    this.#callOffHold ??= this.#line.clock.after(holdMs, () => {
      this.#callOffHold = undefined;
      if (holdPosture === 'open') return this.#tell(request);
      this.#isLate = true;
      this.#stop.abort();
    });
  }

  #tell({ id }: McpRequest): void {
    const { answer } = this.#question;
    this.#callOffHold?.();
    this.#callOffHold = undefined;
    if (!answer.holds && answer.isStream) return;
    const text = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${answer.tell()}}}`;
    this.#queue.push({ kind: 'message', message: rewritten(text), relatedTo: id });
  }

  /** The answer of the agent; undefined for one to something else, or of which a part is somebody else's. */
  #read(bytes: Uint8Array, request: McpRequest): McpAnswer | undefined {
    const { owner } = this.#question;
    const read = readMessage(bytes, this.#line.json);
    if (isFault(read) || read.kind === 'request' || read.kind === 'notification') return undefined;
    if (read.kind === 'error') return read.id === request.id ? read : withId(read, request.id);
    if (read.id !== request.id) return undefined;
    return this.#line.tasks.claim(namedIn(read.result), owner) ? read : undefined;
  }

  async *#heeded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#heard();
      yield chunk;
    }
  }

  /** It said something: its silence begins anew. */
  #heard(): void {
    this.#callOff?.();
    this.#callOff = this.#line.clock.after(this.#line.config.limits.silenceMs, () => {
      this.#isLate = true;
      this.#stop.abort();
    });
  }
}

/** What a call brought. @param content JSON that was read already */
function brought({ id }: McpRequest, content: string): McpAnswer {
  const text = `{"jsonrpc":"2.0","id":${id},"result":{"resultType":"complete","structuredContent":${content}}}`;
  return rewritten(text) as McpAnswer;
}

/** Deeper than what was read by the few containers around it. */
const REWRITTEN = { maxDepth: 2_000, maxNodes: Number.MAX_SAFE_INTEGER };

function rewritten(text: string): McpMessage & { readonly root: JsonObject } {
  const message = readMessage(Buffer.from(text), REWRITTEN);
  if (isFault(message)) throw new Error('what was read once is read no more');
  return message;
}
