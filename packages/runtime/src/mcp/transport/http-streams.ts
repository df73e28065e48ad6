import { isFault } from '@sallyport/core';
import { HEADERS, type McpMessage, type McpRequest, type MessageLimits, readMessage } from '@sallyport/mcp';
import type { HttpAnswer, HttpLine } from './http-line.ts';
import type { HttpSession } from './http-session.ts';
import { mediaType } from './media-type.ts';
import { type ReadingBounds, readEvents, type ServerEvent, type Unreadable } from './read-answer.ts';
import { RestartPlan } from './restart-plan.ts';
import type { TransportClock } from './transport-clock.ts';

/** How a stream that broke is asked for again. */
const AGAIN = { firstMs: 1_000, maxMs: 30_000, tries: 5 } as const;
/** How long a stream is read on behind its answer, so that its connection can serve again, milliseconds. */
const DRAIN_MS = 1_000;

/** What a stream is for: the answer to a request, or whatever the server has to say. */
export interface StreamPurpose {
  readonly request: McpRequest | undefined;
  readonly signal: AbortSignal;
  /** Whether the answer is still to come. */
  readonly isOpen: () => boolean;
}

export interface HttpStreamsParts {
  readonly line: HttpLine;
  readonly session: HttpSession;
  readonly clock: TransportClock;
  readonly random: () => number;
  readonly json: MessageLimits;
  readonly bounds: ReadingBounds;
  /** Resolves when there is room for the next. */
  readonly onMessage: (message: McpMessage, request: McpRequest | undefined) => Promise<void>;
  /** The server knows the session no more. */
  readonly onGone: () => void;
}

/** How far a stream has come, over all its connections. */
interface Reading extends StreamPurpose {
  lastEventId: string | undefined;
  retryMs: number | undefined;
  /** Messages that came on it. */
  messages: number;
}

/** Streams of events of one server: read while they last, asked for again where they broke. */
export class HttpStreams {
  readonly #parts: HttpStreamsParts;

  constructor(parts: HttpStreamsParts) {
    this.#parts = parts;
  }

  /** Reads the stream in which a request is answered, until it is, or nothing more can come. @returns why not, if it is not */
  async follow(first: HttpAnswer, purpose: StreamPurpose): Promise<Unreadable | 'gone'> {
    const reading = begun(purpose);
    const plan = new RestartPlan(AGAIN, this.#parts.random);
    for (let answer: HttpAnswer | 'later' = first; ; ) {
      const before = reading.messages;
      const end = answer === 'later' ? 'ended' : await this.#read(answer, reading);
      if (end !== 'ended') return end;
      if (reading.lastEventId === undefined || !reading.isOpen()) return 'gone';
      const waitMs = plan.next(reading.messages > before ? AGAIN.maxMs + 1 : 0);
      if (waitMs === undefined) return 'gone';
      const again = await this.#ask(reading, waitMs);
      if (again === 'never') return 'gone';
      answer = again;
    }
  }

  /**
   * Reads what the server says of its own accord, for as long as it has something to say.
   * @param maxUnreadable of its streams, which may end in what cannot be read
   * @returns `unreadable` beyond that
   */
  async listen(purpose: StreamPurpose, maxUnreadable: number): Promise<'unreadable' | 'ended'> {
    const reading = begun(purpose);
    const plan = new RestartPlan(AGAIN, this.#parts.random);
    let unreadable = 0;
    for (let waitMs: number | undefined = 0; waitMs !== undefined; ) {
      const before = reading.messages;
      const answer = await this.#ask(reading, waitMs);
      if (answer === 'never') return 'ended';
      if (answer !== 'later' && (await this.#read(answer, reading)) !== 'ended') unreadable += 1;
      if (unreadable > maxUnreadable) return 'unreadable';
      waitMs = plan.next(reading.messages > before ? AGAIN.maxMs + 1 : 0);
    }
    return 'ended';
  }

  async #ask({ lastEventId, retryMs, signal }: Reading, plannedMs: number): Promise<HttpAnswer | 'later' | 'never'> {
    const { line, session, onGone } = this.#parts;
    if (plannedMs > 0) await this.#wait(retryMs === undefined ? plannedMs : Math.min(retryMs, AGAIN.maxMs), signal);
    if (signal.aborted) return 'never';
    const headers = {
      accept: 'text/event-stream',
      ...session.headers(),
      ...(lastEventId !== undefined && { [HEADERS.lastEvent]: lastEventId }),
    };
    const answer = await line.call({ method: 'GET', headers, signal }).catch(() => undefined);
    if (answer === undefined) return 'later';
    const { status, discard } = answer;
    if (status === 200 && mediaType(answer.headers['content-type']) === 'text/event-stream') return answer;
    discard();
    if (status === 404 && session.hasId) onGone();
    return status >= 500 && status !== 501 ? 'later' : 'never';
  }

  /** Ends early where nobody waits any more. */
  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const stop = () => {
        callOff();
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const callOff = this.#parts.clock.after(ms, stop);
      signal.addEventListener('abort', stop);
    });
  }

  /** Reads one connection to its end, or to what cannot be read. */
  async #read(answer: HttpAnswer, reading: Reading): Promise<Unreadable | 'ended'> {
    let callOff: (() => void) | undefined;
    try {
      for await (const event of readEvents(answer.body, this.#parts.bounds)) {
        if (typeof event === 'string') return event;
        // What follows an answer is nobody's.
        if (callOff !== undefined) continue;
        if (!(await this.#take(event, reading))) return 'unreadable';
        if (!reading.isOpen()) callOff = this.#parts.clock.after(DRAIN_MS, () => answer.discard());
      }
      return 'ended';
    } catch {
      return 'ended';
    } finally {
      callOff?.();
      answer.discard();
    }
  }

  /** @returns whether it could be read */
  async #take({ data, id, retryMs }: ServerEvent, reading: Reading): Promise<boolean> {
    reading.lastEventId = id ?? reading.lastEventId;
    reading.retryMs = retryMs ?? reading.retryMs;
    if (data === '') return true;
    const message = readMessage(Buffer.from(data), this.#parts.json);
    if (isFault(message)) return false;
    reading.messages += 1;
    await this.#parts.onMessage(message, reading.request);
    return true;
  }
}

function begun(purpose: StreamPurpose): Reading {
  return { ...purpose, lastEventId: undefined, retryMs: undefined, messages: 0 };
}
