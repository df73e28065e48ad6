import {
  type AnswerCodec,
  type ExchangeEndpoint,
  isFault,
  type Lane,
  type LaneId,
  oneByOne,
  type ParsedRequest,
  type RequestHead,
  type WireEvent,
} from '@sallyport/core';
import { openaiResponses } from '../adapter.ts';

export const LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };
export const SSE = { status: 200, contentType: 'text/event-stream' };
export const JSON_HEAD = { status: 200, contentType: 'application/json' };

export function endpointAt(method: string, path: string, query = ''): ExchangeEndpoint {
  const head: RequestHead = { method, path, query, headers: {} };
  const endpoint = openaiResponses.match(head);
  if (endpoint?.kind !== 'exchange') throw new RangeError(`${method} ${path}${query} is not known`);
  return endpoint;
}

/** A parsed request: one that creates a response, unless it is said where it goes. */
export function asked(fields: object = {}, endpoint = endpointAt('POST', '/v1/responses')): ParsedRequest {
  const body = Buffer.from(JSON.stringify({ model: 'm', input: 'hi', ...fields }));
  const parsed = openaiResponses.request(body, endpoint, LIMITS);
  if (isFault(parsed)) throw new RangeError(`${parsed.fault} at ${parsed.at}`);
  return parsed;
}

/** A stream whose events number themselves. */
export function streamOf(
  events: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[],
): Uint8Array {
  const lines = events.map((event, at) => {
    const { type, ...rest } = event;
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest, sequence_number: at })}\n\n`;
  });
  return Buffer.from(lines.join(''));
}

export function responseOf(fields: object = {}): object {
  return { id: 'resp_1', object: 'response', created_at: 1, status: 'in_progress', model: 'm', output: [], ...fields };
}

export function eventsOf(codec: AnswerCodec, bytes: Uint8Array): readonly WireEvent[] {
  const events = codec.push(bytes);
  if (isFault(events)) throw new RangeError(events.fault);
  return events.flatMap(oneByOne);
}

export function codecFor(request = asked({ stream: true }), head = SSE): AnswerCodec {
  return openaiResponses.answer(request, head, LIMITS);
}

/** What is new in each lane: repetitions are not. */
export function saidIn(events: readonly WireEvent[]): Readonly<Record<LaneId, string>> {
  const said: Record<LaneId, string> = {};
  for (const { lane, text, echo } of events.flatMap(({ parts }) => parts)) {
    if (echo === undefined) said[lane] = (said[lane] ?? '') + text;
  }
  return said;
}

export function lanesIn(events: readonly WireEvent[]): Readonly<Record<LaneId, Lane>> {
  return Object.fromEntries(events.flatMap(({ opens }) => opens.map((lane) => [lane.id, lane])));
}

/** The data of each event. */
export function dataIn(bytes: Uint8Array): readonly Readonly<Record<string, unknown>>[] {
  return Buffer.from(bytes)
    .toString()
    .split(/\r?\n\r?\n/)
    .flatMap((event) => {
      const data = /(?:^|\n)data: ([^\r\n]*)/.exec(event)?.[1];
      return data === undefined ? [] : [JSON.parse(data)];
    });
}
