import { Buffer } from 'node:buffer';
import type { AnswerFacts, ErrorCode, Refusal, Reply, WireEvent } from '@sallyport/core';
import type { AnswerVoice } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { jsonReply } from '../json-reply.ts';
import { isGenerated } from './endpoints.ts';
import { type ErrorBody, errorBody } from './faults.ts';
import { GROUP, type OllamaReader, SAYS_CONTENT } from './ollama-reader.ts';
import type { OllamaRequest } from './parse-request.ts';

export const STREAM_TYPE = 'application/x-ndjson';

/**
 * White space before the next line, which JSON parsers read over. Not an empty line: the official client warns of each.
 */
const HEARTBEAT: Uint8Array = Buffer.from(' ');

/** What the gateway says in a stream of lines. */
export class OllamaVoice implements AnswerVoice {
  readonly heartbeat = HEARTBEAT;
  readonly #request: OllamaRequest;
  readonly #book: LaneBook;
  readonly #reader: OllamaReader;

  constructor({ request, book, reader }: OllamaVoiceParts) {
    this.#request = request;
    this.#book = book;
    this.#reader = reader;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[]): Uint8Array {
    if (isError(refusal, this.#request)) return lines([refusalError(refusal)]);
    const continues = (this.#book.told(held).get(GROUP)?.get(SAYS_CONTENT) ?? 0) > 0;
    const text = continues ? `\n\n${refusal.message}` : freshText(refusal, this.#request);
    return refusalLines(this.#request, text, this.#reader.facts);
  }

  fault(code: ErrorCode): Uint8Array {
    return lines([errorBody(code)]);
  }
}

interface OllamaVoiceParts {
  readonly request: OllamaRequest;
  readonly book: LaneBook;
  readonly reader: OllamaReader;
}

/** What the gateway says in the place of an answer in one piece. */
export function wholeVoice(request: OllamaRequest): AnswerVoice {
  return {
    refuse: (refusal) =>
      Buffer.from(JSON.stringify(isError(refusal, request) ? refusalError(refusal) : refusalBody(refusal, request))),
    fault: (code) => Buffer.from(JSON.stringify(errorBody(code))),
  };
}

/** A whole answer that refuses, JSON or stream as the request asked. Vectors have no words to refuse in. */
export function refuseReply(refusal: Refusal, request: OllamaRequest): Reply {
  if (isError(refusal, request)) return jsonReply(400, refusalError(refusal));
  if (!request.facts.stream) return jsonReply(200, refusalBody(refusal, request));
  const body = refusalLines(request, freshText(refusal, request), {});
  return { status: 200, headers: { 'content-type': STREAM_TYPE }, body };
}

function isError({ form }: Refusal, { operation }: OllamaRequest): boolean {
  return form === 'error' || !isGenerated(operation);
}

function refusalError({ message, exchange }: Refusal): ErrorBody {
  return { error: `${message} (exchange ${exchange})` };
}

/** Where JSON was asked for, JSON: whoever parses it gets an object that says what it is, and fits no schema by chance. */
function freshText({ message }: Refusal, { facts: { structured } }: OllamaRequest): string {
  return structured ? JSON.stringify({ refusal: message }) : message;
}

function refusalBody(refusal: Refusal, request: OllamaRequest): object {
  return { ...saying(request, freshText(refusal, request), {}), ...endOf({}) };
}

function refusalLines(request: OllamaRequest, text: string, facts: AnswerFacts): Uint8Array {
  return lines([
    { ...saying(request, text, facts), done: false },
    { ...saying(request, '', facts), ...endOf(facts) },
  ]);
}

function saying(
  { operation, facts: asked }: OllamaRequest,
  text: string,
  { model = asked.model }: AnswerFacts,
): object {
  const head = { model, created_at: new Date().toISOString() };
  return operation === 'generate'
    ? { ...head, response: text }
    : { ...head, message: { role: 'assistant', content: text } };
}

/** The members of a last line; how long what took, nobody measured. */
function endOf({ usage }: AnswerFacts): object {
  return {
    done: true,
    done_reason: 'stop',
    total_duration: 0,
    load_duration: 0,
    prompt_eval_count: usage?.inputTokens ?? 0,
    prompt_eval_duration: 0,
    eval_count: usage?.outputTokens ?? 0,
    eval_duration: 0,
  };
}

function lines(values: readonly object[]): Uint8Array {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}
