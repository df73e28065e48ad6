import { isFault } from '@sallyport/core';
import { ByteAccumulator, type Frame, SseParser, takeFrames } from '@sallyport/wire';
import type { ByteBudget } from './byte-budget.ts';

/** Why an answer is read no further. */
export type Unreadable = 'unreadable' | 'too-large';

export interface ReadingBounds {
  /** Of one message. */
  readonly maxBytes: number;
  /** What all answers that are read at the same time may hold of messages that are not whole. */
  readonly budget: ByteBudget;
}

/** The whole body, or why not. Rejects where the body does. */
export async function readWhole(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, budget }: ReadingBounds,
): Promise<Uint8Array | Unreadable> {
  const bytes = new ByteAccumulator();
  let heldBytes = 0;
  try {
    for await (const chunk of body) {
      if (heldBytes + chunk.length > maxBytes || !budget.take(chunk.length)) return 'too-large';
      heldBytes += chunk.length;
      bytes.append(chunk);
    }
    return bytes.take();
  } finally {
    budget.giveBack(heldBytes);
  }
}

/** One event of a stream, as far as MCP looks at it. */
export interface ServerEvent {
  /** Empty where it has none. */
  readonly data: string;
  readonly id: string | undefined;
  /** Milliseconds after which a broken stream may be asked for again. */
  readonly retryMs: number | undefined;
}

/** Room for the names of fields around the data of an event. */
const FIELDS_BYTES = 4_096;

/** The events of a body, each when it is whole; last, why nothing more is read, if that is not its end. Rejects where the body does. */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, budget }: ReadingBounds,
): AsyncGenerator<ServerEvent | Unreadable> {
  const parser = new SseParser(maxBytes + FIELDS_BYTES);
  let heldBytes = 0;
  try {
    for await (const chunk of body) {
      if (!budget.take(chunk.length)) return yield 'too-large';
      heldBytes += chunk.length;
      const frames = takeFrames(parser, chunk);
      if (isFault(frames)) return yield frames.fault === 'UPSTREAM_TOO_LARGE' ? 'too-large' : 'unreadable';
      for (const frame of frames) {
        heldBytes -= frame.raw.length;
        budget.giveBack(frame.raw.length);
        yield eventOf(frame);
      }
    }
  } finally {
    budget.giveBack(heldBytes);
  }
}

function eventOf({ data = '', fields }: Frame): ServerEvent {
  const field = (name: string) => fields.findLast((one) => one.name === name)?.value;
  const kind = field('event') ?? 'message';
  const retry = field('retry');
  const id = field('id');
  return {
    // Other kinds of events are nobody's messages.
    data: kind === 'message' ? data : '',
    // It goes into a header.
    id: id !== undefined && /^[!-~]{1,1024}$/.test(id) ? id : undefined,
    retryMs: retry !== undefined && /^\d{1,9}$/.test(retry) ? Number(retry) : undefined,
  };
}
