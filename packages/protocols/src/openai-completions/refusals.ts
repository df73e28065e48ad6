import { Buffer } from 'node:buffer';
import type { AnswerFacts, Refusal, Reply, WireEvent } from '@sallyport/core';
import type { AnswerVoice } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { HEARTBEAT, SSE_HEADERS, sseData } from '../answer/sse.ts';
import { jsonReply } from '../json-reply.ts';
import { DONE, errorEvents, refusalError } from '../openai/errors.ts';
import { errorBody } from '../openai/faults.ts';
import type { CompletionReader } from './completion-reader.ts';
import type { CompletionRequest } from './parse-request.ts';

interface Frame {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** A choice that is refused; `continues`: the client has text of it already. */
interface Refused {
  readonly index: number;
  readonly continues: boolean;
}

/** What the gateway says in the place of an answer in one piece. */
export function wholeVoice(request: CompletionRequest): AnswerVoice {
  return {
    refuse: (refusal) => Buffer.from(JSON.stringify(bodyOf(refusal, request))),
    fault: (code) => Buffer.from(JSON.stringify(errorBody(code))),
  };
}

/** What it says in a stream. */
export function streamVoice(request: CompletionRequest, book: LaneBook, reader: CompletionReader): AnswerVoice {
  return {
    heartbeat: HEARTBEAT,
    refuse: (refusal, held) => refuseRest(refusal, { request, book, reader, held }),
    fault: (code) => errorEvents(errorBody(code)),
  };
}

/** A whole answer that refuses, JSON or stream as the request asked. */
export function refuseReply(refusal: Refusal, request: CompletionRequest): Reply {
  if (refusal.form === 'error') return jsonReply(400, refusalError(refusal), { 'x-should-retry': 'false' });
  if (!request.facts.stream) return jsonReply(200, bodyOf(refusal, request));
  const body = eventsOf(refusal, { frame: frameOf(request, refusal), refused: freshOf(request), request });
  return { status: 200, headers: SSE_HEADERS, body };
}

interface Rest {
  readonly request: CompletionRequest;
  readonly book: LaneBook;
  readonly reader: CompletionReader;
  readonly held: readonly WireEvent[];
}

function refuseRest(refusal: Refusal, { request, book, reader, held }: Rest): Uint8Array {
  if (refusal.form === 'error') return errorEvents(refusalError(refusal));
  const told = book.told(held);
  const indexes = new Set([...freshOf(request).map(({ index }) => index), ...told.keys()]);
  const refused = [...indexes].flatMap((index) => {
    const said = told.get(index);
    return (said?.get('end') ?? 0) > 0 ? [] : [{ index, continues: (said?.get('text') ?? 0) > 0 }];
  });
  // Every choice has ended at the client: only an error can still say that this answer was refused.
  if (refused.length === 0) return errorEvents(refusalError(refusal));
  const { facts, created } = reader;
  const fresh = frameOf(request, refusal);
  const frame = { id: facts.id ?? fresh.id, model: facts.model ?? fresh.model, created: created ?? fresh.created };
  return eventsOf(refusal, { frame, refused, request, usage: facts.usage });
}

function bodyOf(refusal: Refusal, request: CompletionRequest): object {
  if (refusal.form === 'error') return refusalError(refusal);
  const choices = freshOf(request).map(({ index }) => choiceOf(index, refusal.message, 'content_filter'));
  return { ...frameOf(request, refusal), object: 'text_completion', choices, usage: usageOf(undefined) };
}

interface Events {
  readonly frame: Frame;
  readonly refused: readonly Refused[];
  readonly request: CompletionRequest;
  readonly usage?: AnswerFacts['usage'];
}

function eventsOf({ message }: Refusal, { frame, refused, request, usage }: Events): Uint8Array {
  const head = { ...frame, object: 'text_completion' };
  const none = request.includeUsage ? { usage: null } : {};
  const events = refused.flatMap(({ index, continues }) => [
    { ...head, choices: [choiceOf(index, continues ? `\n\n${message}` : message, null)], ...none },
    { ...head, choices: [choiceOf(index, '', 'content_filter')], ...none },
  ]);
  const last = request.includeUsage ? [{ ...head, choices: [], usage: usageOf(usage) }] : [];
  return Buffer.from(`${[...events, ...last].map((event) => sseData(event)).join('')}${DONE}`);
}

function choiceOf(index: number, text: string, reason: string | null): object {
  return { text, index, logprobs: null, finish_reason: reason };
}

function freshOf({ facts: { choices } }: CompletionRequest): readonly Refused[] {
  return Array.from({ length: choices }, (_, index) => ({ index, continues: false }));
}

function frameOf({ facts }: CompletionRequest, { exchange }: Refusal): Frame {
  return { id: `cmpl-${exchange}`, model: facts.model, created: Math.floor(Date.now() / 1_000) };
}

function usageOf(usage: AnswerFacts['usage']): object {
  const [prompt, completion] = [usage?.inputTokens ?? 0, usage?.outputTokens ?? 0];
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
