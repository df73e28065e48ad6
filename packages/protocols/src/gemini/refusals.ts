import { Buffer } from 'node:buffer';
import type { AnswerFacts, ErrorCode, Refusal, Reply, WireEvent } from '@sallyport/core';
import type { AnswerVoice } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { HEARTBEAT, SSE_HEADERS } from '../answer/sse.ts';
import { jsonReply } from '../json-reply.ts';
import { isGenerated } from './endpoints.ts';
import { errorBody, faultBody } from './faults.ts';
import type { GeminiRequest } from './parse-request.ts';

/** Marks of the answer itself stand in a group of their own. */
export const ANSWER = -1;
/** Says in a mark that the client got one more element of the stream. */
export const SAYS_ELEMENT = 'element';
/** Says in a mark that the client got text of a candidate. */
export const SAYS_TEXT = 'text';
/** Says in a mark that the client was told why a candidate ended. */
export const SAYS_END = 'end';

const REFUSED = 'SAFETY';
const BAD_REQUEST = 400;

export interface GeminiVoiceParts {
  readonly request: GeminiRequest;
  readonly book: LaneBook;
  readonly facts: () => AnswerFacts;
}

/** What the gateway says in a stream: of server-sent events, or of the elements of an array, which it closes. */
export class GeminiVoice implements AnswerVoice {
  readonly heartbeat?: Uint8Array;
  readonly #parts: GeminiVoiceParts;

  constructor(parts: GeminiVoiceParts) {
    this.#parts = parts;
    // Nothing may stand between the elements of an array but white space, which clients hand to their JSON parser.
    if (parts.request.sse) this.heartbeat = HEARTBEAT;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[]): Uint8Array {
    const { request, book, facts } = this.#parts;
    const told = book.told(held);
    const count = (group: number, says: string) => told.get(group)?.get(says) ?? 0;
    const begun = count(ANSWER, SAYS_ELEMENT) > 0;
    if (refusal.form === 'error') return this.#last(refusalError(refusal), begun);
    const known = Math.max(request.facts.choices, ...[...told.keys()].map((index) => index + 1));
    const all = Array.from({ length: known }, (_, index) => index);
    const open = all.filter((index) => count(index, SAYS_END) === 0);
    const candidates = (open.length === 0 ? [0] : open).map((index) =>
      candidate(index, count(index, SAYS_TEXT) > 0 ? `\n\n${refusal.message}` : freshText(refusal, request)),
    );
    return this.#last({ candidates, ...about(request, facts()) }, begun);
  }

  fault(code: ErrorCode): Uint8Array {
    const { book } = this.#parts;
    return this.#last(faultBody(code), (book.told([]).get(ANSWER)?.get(SAYS_ELEMENT) ?? 0) > 0);
  }

  #last(element: object, begun: boolean): Uint8Array {
    if (this.#parts.request.sse) return event(element);
    return Buffer.from(`${begun ? ',\r\n' : '['}${JSON.stringify(element)}\n]`);
  }
}

/** What the gateway says in the place of an answer in one piece. */
export function wholeVoice(request: GeminiRequest): AnswerVoice {
  return {
    refuse: (refusal) =>
      Buffer.from(JSON.stringify(isError(refusal, request) ? refusalError(refusal) : refusalBody(refusal, request))),
    fault: (code) => Buffer.from(JSON.stringify(faultBody(code))),
  };
}

/** A whole answer that refuses, JSON or stream as the request asked. Vectors and numbers of tokens have no words to refuse in. */
export function refuseReply(refusal: Refusal, request: GeminiRequest): Reply {
  if (isError(refusal, request)) return jsonReply(BAD_REQUEST, refusalError(refusal));
  const body = refusalBody(refusal, request);
  if (!request.facts.stream) return jsonReply(200, body);
  if (!request.sse) return jsonReply(200, [body]);
  return { status: 200, headers: SSE_HEADERS, body: event(body) };
}

function isError({ form }: Refusal, { operation }: GeminiRequest): boolean {
  return form === 'error' || !isGenerated(operation);
}

function refusalError({ message, exchange }: Refusal): object {
  return errorBody(BAD_REQUEST, message, exchange);
}

function refusalBody(refusal: Refusal, request: GeminiRequest): object {
  const text = freshText(refusal, request);
  const candidates = Array.from({ length: request.facts.choices }, (_, index) => candidate(index, text));
  return { candidates, ...about(request, {}) };
}

/** Where JSON was asked for, JSON: whoever parses it gets an object that says what it is, and fits no schema by chance. */
function freshText({ message }: Refusal, { facts: { structured } }: GeminiRequest): string {
  return structured ? JSON.stringify({ refusal: message }) : message;
}

function candidate(index: number, text: string): object {
  return { content: { parts: [{ text }], role: 'model' }, finishReason: REFUSED, index };
}

function about({ facts }: GeminiRequest, { model = facts.model, id, usage }: AnswerFacts): object {
  const promptTokenCount = usage?.inputTokens ?? 0;
  const candidatesTokenCount = usage?.outputTokens ?? 0;
  return {
    usageMetadata: {
      promptTokenCount,
      candidatesTokenCount,
      totalTokenCount: promptTokenCount + candidatesTokenCount,
    },
    modelVersion: model,
    ...(id !== undefined && { responseId: id }),
  };
}

/** Google ends its lines with CRLF. */
function event(element: object): Uint8Array {
  return Buffer.from(`data: ${JSON.stringify(element)}\r\n\r\n`);
}
