import { createPublicKey, type KeyObject } from 'node:crypto';
import { type ErrorCode, isFault, type TraceContext, writeTraceContext } from '@sallyport/core';
import type { MessageLimits } from '@sallyport/mcp';
import type { AgentConfig } from '../config/index.ts';
import { ByteBudget } from '../mcp/transport/byte-budget.ts';
import { type HttpAnswer, HttpLine } from '../mcp/transport/http-line.ts';
import { mediaType } from '../mcp/transport/media-type.ts';
import { type ReadingBounds, readWhole } from '../mcp/transport/read-answer.ts';
import type { TransportClock } from '../mcp/transport/transport-clock.ts';
import { type AgentCard, readCard } from './agent-card.ts';
import { isSigned } from './card-signatures.ts';
import type { AgentVersion } from './methods.ts';
import { TaskBook } from './task-book.ts';

/** Messages, of the largest size, that may be read of one agent at the same time. */
const HELD_MESSAGES = 4;

export interface AgentLineParts {
  readonly clock: TransportClock;
  readonly json: MessageLimits;
}

/** An agent has no card that could be read, and why. */
export interface NoCard {
  readonly fault: ErrorCode;
}

/** What goes beside a message. */
export interface AgentCall {
  readonly version: AgentVersion;
  /** Where in a distributed trace it stands: messages have no place for that. */
  readonly trace?: TraceContext | undefined;
}

/** The line to one agent, for all clients: two addresses, both of configuration, and what is known of whoever is there. */
export class AgentLine {
  readonly config: AgentConfig;
  readonly json: MessageLimits;
  readonly clock: TransportClock;
  readonly bounds: ReadingBounds;
  readonly tasks = new TaskBook();
  /** Requests of all clients that are under way. */
  pending = 0;
  readonly #calls: HttpLine;
  readonly #cards: HttpLine;
  readonly #cardKeys: readonly KeyObject[];
  #card: { readonly card: AgentCard; readonly atMs: number } | undefined;
  #asking: Promise<AgentCard | NoCard> | undefined;

  constructor(config: AgentConfig, { clock, json }: AgentLineParts) {
    const { url, cardUrl, cardKeys, headers, ca, limits } = config;
    this.config = config;
    this.#cardKeys = cardKeys.map((pem) => createPublicKey(pem));
    this.clock = clock;
    this.json = json;
    this.bounds = { maxBytes: limits.maxMessageBytes, budget: new ByteBudget(HELD_MESSAGES * limits.maxMessageBytes) };
    this.#calls = new HttpLine({ url, headers, ca, limits }, undefined);
    // What shows to the agent who the gateway is goes to no other host.
    const isSame = new URL(url).origin === new URL(cardUrl).origin;
    this.#cards = new HttpLine({ url: cardUrl, headers: isSame ? headers : {}, ca, limits }, undefined);
  }

  /** What the agent says of itself, not older than `cardMs`; asked for once, however many want it. */
  card(): Promise<AgentCard | NoCard> {
    const known = this.#card;
    if (known !== undefined && this.clock.nowMs() - known.atMs < this.config.cardMs) return Promise.resolve(known.card);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Rejects where there is no answer. */
  post(body: Uint8Array, { version, trace }: AgentCall, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = {
      ...(trace !== undefined && writeTraceContext(trace)),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(version !== '0.3' && { 'a2a-version': version }),
    };
    return this.#calls.call({ method: 'POST', headers, body, signal });
  }

  /** Ends what it carries. */
  async close(): Promise<void> {
    await Promise.all([this.#calls.close(), this.#cards.close()]);
  }

  async #ask(): Promise<AgentCard | NoCard> {
    const stop = new AbortController();
    const callOff = this.clock.after(this.config.limits.silenceMs, () => stop.abort());
    try {
      const headers = { accept: 'application/json' };
      const answer = await this.#cards.call({ method: 'GET', headers, signal: stop.signal });
      const type = mediaType([answer.headers['content-type']].flat()[0]);
      if (answer.status !== 200 || !/^application\/(?:[\w.-]+\+)?json$/.test(type)) {
        answer.discard();
        return { fault: answer.status === 200 ? 'UPSTREAM_GARBAGE' : 'UPSTREAM_BROKEN' };
      }
      const bytes = await readWhole(answer.body, this.bounds);
      if (typeof bytes === 'string')
        return { fault: bytes === 'too-large' ? 'UPSTREAM_TOO_LARGE' : 'UPSTREAM_GARBAGE' };
      const card = readCard(bytes, this.json);
      if (isFault(card)) return { fault: 'UPSTREAM_GARBAGE' };
      const keys = this.#cardKeys;
      if (keys.length > 0 && !(await isSigned(card.value, keys))) return { fault: 'CARD_UNSIGNED' };
      this.#card = { card, atMs: this.clock.nowMs() };
      return card;
    } catch {
      return { fault: stop.signal.aborted ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_UNREACHABLE' };
    } finally {
      callOff();
    }
  }
}
