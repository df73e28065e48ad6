import type {
  AnswerCodec,
  BodyFacts,
  ParsedRequest,
  ProtocolAdapter,
  Slice,
  SliceContent,
  WireEvent,
} from '@sallyport/core';

/** An adapter for what nobody can read, in the name of the protocol whose clients ask for it: bytes pass, and are counted. */
export function uninspected(owner: ProtocolAdapter): ProtocolAdapter {
  return {
    ...owner,
    request: (body) => ({ body, slices: [new UnreadSlice(body)], facts: FACTS }),
    patch: ({ body }: ParsedRequest) => body,
    answer: () => new PassingCodec(),
    // There is no refusal of an endpoint that nobody knows: its clients understand an error.
    refuse: ({ exchange }) => owner.fault('ACCESS_DENIED', exchange),
  };
}

/** What stands for the model in questions and records. */
const FACTS: BodyFacts = { model: 'uninspected', stream: false, tools: [], messages: 0, structured: false, choices: 1 };

class UnreadSlice implements Slice {
  readonly kind = 'rest';
  readonly member = '';
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  open(): SliceContent {
    return { segments: [], unseen: [{ kind: 'unknown', at: '', bytes: this.bytes.length }] };
  }
}

/** An answer of which nothing is known but its size. Each chunk leaves as it comes. */
class PassingCodec implements AnswerCodec {
  readonly streams = true;
  #first = true;
  #countedBytes = 0;
  #bytes = 0;

  push(chunk: Uint8Array): readonly WireEvent[] {
    this.#bytes += chunk.length;
    return [this.#event(chunk, this.#first)];
  }

  end(): readonly WireEvent[] {
    return [{ ...this.#event(NOTHING, this.#bytes > this.#countedBytes || this.#first), terminal: true }];
  }

  leaves(): readonly [] {
    return [];
  }

  rewrite(event: WireEvent): Uint8Array {
    return event.raw;
  }

  refuse(): Uint8Array {
    return NOTHING;
  }

  fault(): Uint8Array {
    // Bytes of ours in the middle of a file or a sound would be taken for a part of it.
    return NOTHING;
  }

  /** What was not seen is said at once, and at the end with the rest of its bytes. */
  #event(raw: Uint8Array, says: boolean): WireEvent {
    this.#first = false;
    const bytes = this.#bytes - this.#countedBytes;
    if (says) this.#countedBytes = this.#bytes;
    const unseen = says ? [{ kind: 'unknown' as const, at: '', bytes }] : [];
    return { raw, opens: [], parts: [], closes: [], unseen, terminal: false };
  }
}

const NOTHING = new Uint8Array(0);
