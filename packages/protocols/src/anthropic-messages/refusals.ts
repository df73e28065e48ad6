import { Buffer } from 'node:buffer';
import type { AnswerFacts, ErrorCode, Refusal, Reply, WireEvent } from '@sallyport/core';
import type { AnswerVoice } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { SSE_HEADERS, sseData } from '../answer/sse.ts';
import { jsonReply } from '../json-reply.ts';
import { type ErrorBody, errorBody, errorOf } from './faults.ts';
import { MESSAGE, type MessageReader } from './message-reader.ts';
import type { MessagesRequest } from './parse-request.ts';

/** What a refusal has to fit. */
interface RefusalFrame {
  readonly id: string;
  readonly model: string;
  /**
   * The answer was asked for in a schema: whatever text it has is parsed, so the refusal stands in `stop_details` alone,
   * and `parsed_output` is null.
   */
  readonly structured: boolean;
  readonly usage: AnswerFacts['usage'];
}

/** What the client has of a stream. */
interface AtClient {
  readonly begun: boolean;
  /** Blocks that began. */
  readonly blocks: number;
  /** Those of them that did not end. */
  readonly open: readonly number[];
}

const NOTHING_SENT: AtClient = { begun: false, blocks: 0, open: [] };
/** Clients read over it; the provider sends the same. */
const PING: Uint8Array = Buffer.from(eventOf({ type: 'ping' }));

/** What the gateway says in a stream of events. */
export class MessageVoice implements AnswerVoice {
  readonly heartbeat = PING;
  readonly #request: MessagesRequest;
  readonly #book: LaneBook;
  readonly #reader: MessageReader;

  constructor({ request, book, reader }: MessageVoiceParts) {
    this.#request = request;
    this.#book = book;
    this.#reader = reader;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[]): Uint8Array {
    if (refusal.form === 'error') return errorEvent(refusalError(refusal));
    const { facts } = this.#reader;
    const frame = frameOf(this.#request, refusal);
    const known = { id: facts.id ?? frame.id, model: facts.model ?? frame.model, usage: facts.usage };
    return refusalEvents(refusal, { ...frame, ...known }, this.#atClient(held));
  }

  fault(code: ErrorCode): Uint8Array {
    return errorEvent(errorBody(code));
  }

  #atClient(held: readonly WireEvent[]): AtClient {
    const told = this.#book.told(held);
    const count = (group: number, says: string) => told.get(group)?.get(says) ?? 0;
    const begun = [...told.keys()].filter((group) => group !== MESSAGE && count(group, 'begin') > 0);
    return {
      begun: count(MESSAGE, 'begin') > 0,
      blocks: begun.length,
      open: begun.filter((group) => count(group, 'end') === 0),
    };
  }
}

interface MessageVoiceParts {
  readonly request: MessagesRequest;
  readonly book: LaneBook;
  readonly reader: MessageReader;
}

/** What the gateway says in the place of an answer in one piece. */
export function wholeVoice(request: MessagesRequest): AnswerVoice {
  return {
    refuse: (refusal) =>
      Buffer.from(
        JSON.stringify(
          isError(refusal, request) ? refusalError(refusal) : refusalMessage(refusal, frameOf(request, refusal)),
        ),
      ),
    fault: (code) => Buffer.from(JSON.stringify(errorBody(code))),
  };
}

/** A whole answer that refuses, JSON or stream as the request asked; a request for a number is answered with an error. */
export function refuseReply(refusal: Refusal, request: MessagesRequest): Reply {
  if (isError(refusal, request)) return jsonReply(400, refusalError(refusal), { 'x-should-retry': 'false' });
  const frame = frameOf(request, refusal);
  if (!request.facts.stream) return jsonReply(200, refusalMessage(refusal, frame));
  return { status: 200, headers: SSE_HEADERS, body: refusalEvents(refusal, frame, NOTHING_SENT) };
}

function isError({ form }: Refusal, { countsOnly }: MessagesRequest): boolean {
  return form === 'error' || countsOnly;
}

function frameOf({ facts }: MessagesRequest, { exchange }: Refusal): RefusalFrame {
  return { id: `msg_${exchange}`, model: facts.model, structured: facts.structured, usage: undefined };
}

function refusalMessage(refusal: Refusal, frame: RefusalFrame): object {
  const content = frame.structured ? [] : [{ type: 'text', text: refusal.message }];
  return { ...messageOf(frame), content, ...stopOf(refusal, frame), usage: usageOf(frame) };
}

/** The events that end what is open at the client, say the refusal, and end the stream. */
function refusalEvents(refusal: Refusal, frame: RefusalFrame, { begun, blocks, open }: AtClient): Uint8Array {
  const events: TypedEvent[] = [];
  if (!begun) events.push({ type: 'message_start', message: { ...messageOf(frame), usage: usageOf(frame) } });
  for (const index of open) events.push({ type: 'content_block_stop', index });
  if (!frame.structured) {
    const [index, text] = [blocks, refusal.message];
    events.push({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } });
    events.push({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } });
    events.push({ type: 'content_block_stop', index });
  }
  events.push({ type: 'message_delta', delta: stopOf(refusal, frame), usage: { output_tokens: outputOf(frame) } });
  events.push({ type: 'message_stop' });
  return Buffer.from(events.map(eventOf).join(''));
}

function messageOf({ id, model }: RefusalFrame): object {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
  };
}

function stopOf({ message }: Refusal, { structured }: RefusalFrame): object {
  const stopDetails = { type: 'refusal', category: null, explanation: structured ? message : null };
  return { stop_reason: 'refusal', stop_sequence: null, stop_details: stopDetails };
}

function usageOf(frame: RefusalFrame): object {
  const { usage } = frame;
  const cached = usage?.cachedTokens ?? 0;
  return {
    input_tokens: Math.max(0, (usage?.inputTokens ?? 0) - cached),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: outputOf(frame),
  };
}

function outputOf({ usage }: RefusalFrame): number {
  return usage?.outputTokens ?? 0;
}

function errorEvent(body: ErrorBody): Uint8Array {
  return Buffer.from(eventOf(body));
}

function refusalError({ message, exchange }: Refusal): ErrorBody {
  return errorOf({ type: 'invalid_request_error', message }, exchange);
}

interface TypedEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** An event is named for what its data says that it is. */
function eventOf(event: TypedEvent | ErrorBody): string {
  return sseData(event, event.type);
}
