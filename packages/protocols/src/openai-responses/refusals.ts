import { Buffer } from 'node:buffer';
import type { ErrorCode, Refusal, Reply, WireEvent } from '@sallyport/core';
import type { AnswerVoice } from '../answer/answer-reader.ts';
import { LaneBook } from '../answer/lane-book.ts';
import { HEARTBEAT, SSE_HEADERS, sseData } from '../answer/sse.ts';
import { jsonReply } from '../json-reply.ts';
import { refusalError } from '../openai/errors.ts';
import { type ErrorBody, errorBody } from '../openai/faults.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { RefusedStream } from './refused-stream.ts';
import { type ResponseFrame, refusalItem, responseObject } from './response-object.ts';
import { ResponsesReader } from './responses-reader.ts';

/** Operations whose answer is a response, in which a refusal has a place. */
const RESPONSES: ReadonlySet<string> = new Set(['responses.create', 'responses.retrieve', 'responses.cancel']);

export interface VoiceParts {
  readonly request: ResponsesRequest;
  readonly book: LaneBook;
  readonly reader: ResponsesReader;
}

/** The id of a refusal of which the provider knows nothing. */
export function refusedId(exchange: string): string {
  return `resp_${exchange}`;
}

/** What the gateway says in a stream of events. */
export class ResponsesVoice implements AnswerVoice {
  readonly heartbeat = HEARTBEAT;
  readonly #parts: VoiceParts;

  constructor(parts: VoiceParts) {
    this.#parts = parts;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[]): Uint8Array {
    const { request, book, reader } = this.#parts;
    if (refusal.form === 'error') return errorEvent(refusalError(refusal), reader.sequence + 1);
    const stream = new RefusedStream({ book, reader, startingAfter: request.startingAfter }, held);
    const frame = frameOf(request, refusal.exchange);
    const { id, model, usage } = reader.facts;
    if (!stream.hasBegun || id === undefined) return stream.bytes(refusal, { ...frame, usage });
    const created = reader.created ?? frame.created;
    return stream.bytes(refusal, { id, model: model ?? frame.model, created, usage });
  }

  fault(code: ErrorCode): Uint8Array {
    return errorEvent(errorBody(code), this.#parts.reader.sequence + 1);
  }
}

/** What the gateway says in the place of an answer in one piece. */
export function wholeVoice(request: ResponsesRequest): AnswerVoice {
  return {
    refuse: (refusal) => Buffer.from(JSON.stringify(refusalBody(refusal, request))),
    fault: (code) => Buffer.from(JSON.stringify(errorBody(code))),
  };
}

/** A whole answer that refuses, JSON or stream as the request asked; an error where there is no response to refuse in. */
export function refuseReply(refusal: Refusal, request: ResponsesRequest): Reply {
  if (refusal.form === 'error' || !RESPONSES.has(request.operation)) {
    return jsonReply(400, refusalError(refusal), { 'x-should-retry': 'false' });
  }
  if (!request.facts.stream) return jsonReply(200, refusalBody(refusal, request));
  const stream = new RefusedStream({ ...untold(), startingAfter: request.startingAfter }, []);
  return { status: 200, headers: SSE_HEADERS, body: stream.bytes(refusal, frameOf(request, refusal.exchange)) };
}

function refusalBody(refusal: Refusal, request: ResponsesRequest): object {
  if (refusal.form === 'error') return refusalError(refusal);
  const response = responseObject(frameOf(request, refusal.exchange), 'incomplete');
  const { item } = refusalItem(refusal);
  return { ...response, incomplete_details: { reason: 'content_filter' }, output: [item] };
}

function frameOf({ facts }: ResponsesRequest, exchange: string): ResponseFrame {
  const created = Math.floor(Date.now() / 1_000);
  return { id: refusedId(exchange), model: facts.model, created, usage: undefined };
}

/** An error as an event: OpenAI's members, and beside them the one that makes the SDK throw. */
function errorEvent({ error }: ErrorBody, sequence: number): Uint8Array {
  const { code, message, param } = error;
  return Buffer.from(sseData({ type: 'error', sequence_number: sequence, code, message, param, error }, 'error'));
}

/** A stream of which nothing is out. */
function untold(): Pick<VoiceParts, 'book' | 'reader'> {
  const book = new LaneBook();
  const reading = { keeps: false, operation: 'responses.create', streams: true };
  return { book, reader: new ResponsesReader(book, reading) };
}
