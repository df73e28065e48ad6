import type { AnswerCodec, ErrorCode, Fault, Lane, LaneLeaf, PartEdits, Refusal, WireEvent } from '@sallyport/core';
import { isFault, oneByOne } from '@sallyport/core';
import { countOf } from './count-of.ts';

const NOTHING = new Uint8Array(0);

/**
 * A stream that its client takes up again behind an event that it has. The provider tells it from its beginning, and all of it
 * is read: what the client has already is inspected with what follows it, and does not leave a second time.
 */
export class ResumedCodec implements AnswerCodec {
  readonly streams = true;
  readonly heartbeat: Uint8Array;
  readonly #codec: AnswerCodec;
  readonly #after: number;
  readonly #passed = new WeakMap<WireEvent, WireEvent>();

  /** @param after number of the last event that the client has */
  constructor(codec: AnswerCodec, after: number) {
    this.#codec = codec;
    this.#after = after;
    this.heartbeat = codec.heartbeat ?? NOTHING;
  }

  push(chunk: Uint8Array): readonly WireEvent[] | Fault {
    return this.#withoutPassed(this.#codec.push(chunk));
  }

  end(): readonly WireEvent[] | Fault {
    return this.#withoutPassed(this.#codec.end());
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#codec.leaves(lane, text);
  }

  rewrite(event: WireEvent, edits: readonly PartEdits[]): Uint8Array {
    const passed = this.#passed.get(event);
    if (passed === undefined) return this.#codec.rewrite(event, edits);
    this.#codec.rewrite(passed, edits);
    return NOTHING;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[] = []): Uint8Array {
    return this.#codec.refuse(refusal, held);
  }

  fault(code: ErrorCode): Uint8Array {
    return this.#codec.fault(code);
  }

  #withoutPassed(events: readonly WireEvent[] | Fault): readonly WireEvent[] | Fault {
    if (isFault(events)) return events;
    return events.flatMap((event) => {
      const count = countOf(event);
      if (count === undefined || count > this.#after) return [event];
      return oneByOne(event).map((one) => this.#withoutBytes(one));
    });
  }

  /** An event that its client has, if it does. */
  #withoutBytes(event: WireEvent): WireEvent {
    if ((countOf(event) ?? 0) > this.#after) return event;
    const passed = { ...event, raw: NOTHING };
    this.#passed.set(passed, event);
    return passed;
  }
}
