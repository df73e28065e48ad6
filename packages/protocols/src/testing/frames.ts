import { type AnswerHead, type Fault, isFault, type WireEvent } from '@sallyport/core';
import { EventStreamParser, type Frame, SseParser, takeFrames } from '@sallyport/wire';

/** What the bytes of one event say, framing apart: its JSON values, and texts beside them. */
export interface EventContent {
  readonly values: readonly unknown[];
  readonly texts: readonly string[];
}

const FRAME_MAX_BYTES = 1_000_000;

/** Reads an event as a client would: the whole body, a server-sent event, a line, a frame, an element of an array. */
export function contentOf({ contentType }: AnswerHead, { raw }: WireEvent): EventContent {
  if (raw.length === 0) return { values: [], texts: [] };
  switch (contentType) {
    case 'text/html':
      return { values: [], texts: [new TextDecoder().decode(raw)] };
    case 'text/event-stream':
      return framed(takeFrames(new SseParser(FRAME_MAX_BYTES), raw));
    case 'application/vnd.amazon.eventstream':
      return framed(takeFrames(new EventStreamParser(FRAME_MAX_BYTES), raw));
    default:
      return { values: parsed(new TextDecoder().decode(raw)), texts: [] };
  }
}

function framed(frames: readonly Frame[] | Fault): EventContent {
  if (isFault(frames)) throw new Error(frames.fault);
  return {
    values: frames.flatMap(({ data }) => (data?.startsWith('{') ? [JSON.parse(data)] : [])),
    texts: frames.flatMap(({ fields }) => fields.map(({ value }) => value)),
  };
}

/** A JSON value, or an element of an array with what separates it from the others. */
function parsed(text: string): readonly unknown[] {
  const element = text.trim().replace(/^[[,]\s*/, '');
  if (element === '' || element === ']') return [];
  try {
    return [JSON.parse(text)];
  } catch {
    return [JSON.parse(element)];
  }
}
