import { Buffer } from 'node:buffer';
import type { Refusal, Reply, WireEvent } from '@sallyport/core';
import type { AnswerVoice } from '../answer/answer-reader.ts';
import { isBooked, type LaneBook } from '../answer/lane-book.ts';
import { HEARTBEAT, SSE_HEADERS, sseData } from '../answer/sse.ts';
import { COUNTED } from '../answer/template-set.ts';
import { jsonReply } from '../json-reply.ts';
import { refusalError } from '../openai/errors.ts';
import { errorBody } from '../openai/faults.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { type ResponseReader, STREAM_GROUP } from './response-reader.ts';

/** Operations that generate: only they have an answer in which something can be refused. */
const GENERATES: ReadonlySet<string> = new Set(['responses.create', 'responses.id']);

/** What the gateway says in the place of an answer in one piece. */
export function wholeVoice(request: ResponsesRequest): AnswerVoice {
  return {
    refuse: (refusal) => Buffer.from(JSON.stringify(bodyOf(refusal, request))),
    fault: (code) => Buffer.from(JSON.stringify(errorBody(code))),
  };
}

/** What it says in a stream of events. */
export function streamVoice(request: ResponsesRequest, book: LaneBook, reader: ResponseReader): AnswerVoice {
  return {
    heartbeat: HEARTBEAT,
    refuse: (refusal, held) => {
      const next = nextCount(reader, held);
      if (refusal.form === 'error') return errorEvent(refusalError(refusal).error, next);
      const told = book.told(held);
      const began = (told.get(STREAM_GROUP)?.get('begin') ?? 0) > 0;
      const items = Array.from(told, ([group, said]) => ((said.get('begin') ?? 0) > 0 ? group : STREAM_GROUP));
      const shell = { ...freshResponse(refusal, request), ...reader.shell };
      return eventsOf(refusal, { shell, began, index: Math.max(STREAM_GROUP, ...items) + 1, count: next });
    },
    fault: (code) => errorEvent(errorBody(code).error, reader.counted + 1),
  };
}

/** A whole answer that refuses, JSON or stream as the request asked. */
export function refuseReply(refusal: Refusal, request: ResponsesRequest): Reply {
  if (refusal.form === 'error' || !GENERATES.has(request.operation)) {
    return jsonReply(400, refusalError(refusal), { 'x-should-retry': 'false' });
  }
  if (!request.facts.stream) return jsonReply(200, bodyOf(refusal, request));
  const body = eventsOf(refusal, { shell: freshResponse(refusal, request), began: false, index: 0, count: 0 });
  return { status: 200, headers: SSE_HEADERS, body };
}

/** The number of the first event that the client did not get. */
function nextCount(reader: ResponseReader, held: readonly WireEvent[]): number {
  for (const event of held) {
    const mark = isBooked(event) ? event.marks.find(({ says }) => says === COUNTED) : undefined;
    if (mark?.value !== undefined) return mark.value;
  }
  return reader.counted + 1;
}

function bodyOf(refusal: Refusal, request: ResponsesRequest): object {
  if (refusal.form === 'error' || !GENERATES.has(request.operation)) return refusalError(refusal);
  return ended(freshResponse(refusal, request), refusal);
}

interface Continuation {
  readonly shell: Readonly<Record<string, unknown>>;
  /** The client knows of the response. */
  readonly began: boolean;
  /** The place of the item that refuses in the output. */
  readonly index: number;
  /** Of the first event. */
  readonly count: number;
}

/** A message that refuses, behind whatever the client has already, and the end of the response. */
function eventsOf(refusal: Refusal, { shell, began, index, count }: Continuation): Uint8Array {
  const { message, exchange } = refusal;
  const id = itemId(exchange);
  const item = { output_index: index, item_id: id };
  const part = { ...item, content_index: 0 };
  const begun = { ...shell, status: 'in_progress', output: [] };
  const opening = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
  ];
  const events = [
    ...(began ? [] : opening),
    {
      type: 'response.output_item.added',
      output_index: index,
      item: { ...messageOf(refusal), status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...part, part: { type: 'refusal', refusal: '' } },
    { type: 'response.refusal.delta', ...part, delta: message },
    { type: 'response.refusal.done', ...part, refusal: message },
    { type: 'response.content_part.done', ...part, part: { type: 'refusal', refusal: message } },
    { type: 'response.output_item.done', output_index: index, item: messageOf(refusal) },
    { type: 'response.incomplete', response: ended(shell, refusal) },
  ];
  const numbered = events.map((event, at) => sseData({ ...event, sequence_number: count + at }, event.type));
  return Buffer.from(numbered.join(''));
}

function ended(shell: Readonly<Record<string, unknown>>, refusal: Refusal): object {
  return {
    ...shell,
    status: 'incomplete',
    incomplete_details: { reason: 'content_filter' },
    output: [messageOf(refusal)],
  };
}

function messageOf({ message, exchange }: Refusal): object {
  const content = [{ type: 'refusal', refusal: message }];
  return { id: itemId(exchange), type: 'message', role: 'assistant', status: 'completed', content };
}

/** Everything that the SDK's types promise of a response. */
function freshResponse({ exchange }: Refusal, { facts }: ResponsesRequest): Readonly<Record<string, unknown>> {
  return {
    id: `resp_${exchange}`,
    object: 'response',
    created_at: Math.floor(Date.now() / 1_000),
    model: facts.model,
    error: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    usage: null,
  };
}

function itemId(exchange: string): string {
  return `msg_${exchange}`;
}

/** An error in band, which the SDK throws. */
function errorEvent(
  { message, code, param }: { message: string; code: string | null; param: string | null },
  count: number,
): Uint8Array {
  return Buffer.from(sseData({ type: 'error', code, message, param, sequence_number: count }, 'error'));
}
