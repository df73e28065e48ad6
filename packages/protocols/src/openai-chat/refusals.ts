import { Buffer } from 'node:buffer';
import type { AnswerFacts, ErrorCode, Refusal, Reply, WireEvent } from '@sallyport/core';
import type { AnswerVoice } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { HEARTBEAT, SSE_HEADERS, sseData } from '../answer/sse.ts';
import { jsonReply } from '../json-reply.ts';
import { DONE, errorEvents, refusalError } from '../openai/errors.ts';
import { errorBody } from '../openai/faults.ts';
import type { ChatReader } from './chat-reader.ts';
import type { ChatRequest } from './parse-request.ts';

/** What a refusal has to fit. */
export interface RefusalFrame {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly includeUsage: boolean;
  readonly usage: AnswerFacts['usage'];
}

/** How one choice ends. */
export interface RefusedChoice {
  readonly index: number;
  /** `message.refusal` and `stop`, which a structured parser takes for an answer; else text and `content_filter`. */
  readonly structured: boolean;
  /** Text that the client may have: the refusal begins a paragraph of its own. */
  readonly continues: boolean;
}

const USAGE_NONE = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

export function frameOf({ facts, includeUsage }: ChatRequest, exchange: string): RefusalFrame {
  const created = Math.floor(Date.now() / 1000);
  return { id: `chatcmpl-${exchange}`, model: facts.model, created, includeUsage, usage: undefined };
}

/** What the gateway says in a stream of chunks. */
export class ChatVoice implements AnswerVoice {
  readonly heartbeat = HEARTBEAT;
  readonly #request: ChatRequest;
  readonly #book: LaneBook;
  readonly #reader: ChatReader;

  constructor({ request, book, reader }: ChatVoiceParts) {
    this.#request = request;
    this.#book = book;
    this.#reader = reader;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[]): Uint8Array {
    if (refusal.form === 'error') return errorEvents(refusalError(refusal));
    const { facts, created } = this.#reader;
    const { facts: asked } = this.#request;
    const ends: RefusedChoice[] = [];
    for (const [index, { texts, ended }] of this.#atClient(held)) {
      // Half an answer in a schema cannot be parsed any more: there `content_filter` is the error that says why.
      if (!ended) ends.push({ index, continues: texts, structured: asked.structured && !texts });
    }
    // Every choice has ended at the client: only an error can still say that this answer was refused.
    if (ends.length === 0) return errorEvents(refusalError(refusal));
    const frame = frameOf(this.#request, refusal.exchange);
    const known = { id: facts.id ?? frame.id, model: facts.model ?? frame.model, created: created ?? frame.created };
    return refusalEvents(refusal, { ...frame, ...known, usage: facts.usage }, ends);
  }

  fault(code: ErrorCode): Uint8Array {
    return errorEvents(errorBody(code));
  }

  /** What the client was told of each choice, asked for or seen. */
  #atClient(held: readonly WireEvent[]): ReadonlyMap<number, { readonly texts: boolean; readonly ended: boolean }> {
    const told = new Map<number, { texts: boolean; ended: boolean }>();
    for (let index = 0; index < this.#request.facts.choices; index += 1)
      told.set(index, { texts: false, ended: false });
    for (const [index, said] of this.#book.told(held)) {
      told.set(index, { texts: (said.get('text') ?? 0) > 0, ended: (said.get('end') ?? 0) > 0 });
    }
    return told;
  }
}

interface ChatVoiceParts {
  readonly request: ChatRequest;
  readonly book: LaneBook;
  readonly reader: ChatReader;
}

/** What the gateway says in the place of an answer in one piece. */
export function wholeVoice(request: ChatRequest): AnswerVoice {
  return {
    refuse: (refusal) =>
      Buffer.from(
        JSON.stringify(
          refusal.form === 'error'
            ? refusalError(refusal)
            : refusalBody(refusal, frameOf(request, refusal.exchange), freshChoices(request)),
        ),
      ),
    fault: (code) => Buffer.from(JSON.stringify(errorBody(code))),
  };
}

/** The choices of an answer of which nothing is out. */
export function freshChoices({ facts: { choices, structured } }: ChatRequest): readonly RefusedChoice[] {
  return Array.from({ length: choices }, (_, index) => ({ index, structured, continues: false }));
}

/** A whole answer that refuses, JSON or stream as the request asked. */
export function refuseReply(refusal: Refusal, request: ChatRequest): Reply {
  if (refusal.form === 'error') return jsonReply(400, refusalError(refusal), { 'x-should-retry': 'false' });
  const frame = frameOf(request, refusal.exchange);
  const choices = freshChoices(request);
  if (!request.facts.stream) return jsonReply(200, refusalBody(refusal, frame, choices));
  return { status: 200, headers: SSE_HEADERS, body: refusalEvents(refusal, frame, choices) };
}

/** A completion that refuses in every choice. */
export function refusalBody(refusal: Refusal, frame: RefusalFrame, choices: readonly RefusedChoice[]): object {
  return {
    id: frame.id,
    object: 'chat.completion',
    created: frame.created,
    model: frame.model,
    choices: choices.map(({ index, structured }) => ({
      index,
      message: {
        role: 'assistant',
        content: structured ? null : refusal.message,
        refusal: structured ? refusal.message : null,
      },
      logprobs: null,
      finish_reason: structured ? 'stop' : 'content_filter',
    })),
    usage: usageOf(frame),
  };
}

/** The events that end every choice with a refusal, and the stream. */
export function refusalEvents(refusal: Refusal, frame: RefusalFrame, choices: readonly RefusedChoice[]): Uint8Array {
  const base = { id: frame.id, object: 'chat.completion.chunk', created: frame.created, model: frame.model };
  const events: object[] = [];
  const usage = frame.includeUsage ? { usage: null } : {};
  for (const { index, structured, continues } of choices) {
    const text = continues ? `\n\n${refusal.message}` : refusal.message;
    const delta = structured ? { role: 'assistant', refusal: text } : { role: 'assistant', content: text };
    const reason = structured ? 'stop' : 'content_filter';
    events.push({ ...base, choices: [{ index, delta, logprobs: null, finish_reason: null }], ...usage });
    events.push({ ...base, choices: [{ index, delta: {}, logprobs: null, finish_reason: reason }], ...usage });
  }
  if (frame.includeUsage) events.push({ ...base, choices: [], usage: usageOf(frame) });
  return Buffer.from(`${events.map((event) => sseData(event)).join('')}${DONE}`);
}

function usageOf({ usage }: RefusalFrame): object {
  if (usage === undefined) return USAGE_NONE;
  const prompt = usage.inputTokens ?? 0;
  const completion = usage.outputTokens ?? 0;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
