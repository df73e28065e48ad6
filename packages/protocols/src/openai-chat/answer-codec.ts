import { Buffer, isUtf8 } from 'node:buffer';
import type {
  AnswerCodec,
  AnswerHead,
  ErrorCode,
  Fault,
  Lane,
  LaneLeaf,
  ParseLimits,
  PartEdits,
  Refusal,
  WireEvent,
} from '@sallyport/core';
import { isFault } from '@sallyport/core';
import { ByteAccumulator, decodeUtf8, type JsonNode, parseJson } from '@sallyport/wire';
import { ChunkReader } from './chunk-reader.ts';
import { errorBody } from './faults.ts';
import { type ChatEvent, LaneBook } from './lane-book.ts';
import type { ChatRequest } from './parse-request.ts';
import { frameOf, freshChoices, refusalBody, refusalError } from './refusals.ts';
import { rewriteEvent } from './rewrite-event.ts';
import { StreamCodec } from './stream-codec.ts';

/** What an answer codec is made from. */
export interface AnswerParts {
  readonly request: ChatRequest;
  readonly head: AnswerHead;
  readonly limits: ParseLimits;
}

export function answerCodec(parts: AnswerParts): AnswerCodec {
  const { contentType, status } = parts.head;
  return contentType === 'text/event-stream' && status < 300 ? new StreamCodec(parts) : new WholeCodec(parts);
}

/** An answer in one piece: a completion, or the body of an error, whatever that is. */
class WholeCodec implements AnswerCodec {
  readonly #parts: AnswerParts;
  readonly #book = new LaneBook();
  readonly #reader: ChunkReader;
  readonly #bytes = new ByteAccumulator();

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.#reader = new ChunkReader(this.#book, { logprobs: parts.request.logprobs, carrier: 'message' });
  }

  push(chunk: Uint8Array): readonly WireEvent[] | Fault {
    this.#bytes.append(chunk);
    return this.#bytes.length > this.#parts.limits.maxBodyBytes ? { fault: 'UPSTREAM_TOO_LARGE' } : [];
  }

  end(): readonly WireEvent[] | Fault {
    const { status } = this.#parts.head;
    // A client that followed would hand the request, as it was before it was inspected, to whom the provider names.
    if (status >= 300 && status < 400) return { fault: 'UPSTREAM_GARBAGE' };
    const event = this.#read(this.#bytes.take());
    if (isFault(event)) return event;
    return this.#book.broken ? { fault: 'UPSTREAM_GARBAGE' } : [event];
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#reader.calls.leaves(lane, text);
  }

  rewrite(event: WireEvent, edits: readonly PartEdits[]): Uint8Array {
    return isChatEvent(event) ? rewriteEvent(event, edits) : event.raw;
  }

  refuse(refusal: Refusal): Uint8Array {
    const { request } = this.#parts;
    if (refusal.form === 'error') return Buffer.from(JSON.stringify(refusalError(refusal)));
    const body = refusalBody(refusal, frameOf(request, refusal.exchange), freshChoices(request));
    return Buffer.from(JSON.stringify(body));
  }

  fault(code: ErrorCode): Uint8Array {
    return Buffer.from(JSON.stringify(errorBody(code)));
  }

  #read(raw: Uint8Array): ChatEvent | Fault {
    const { head, limits } = this.#parts;
    const isJson = head.contentType === 'application/json' || head.contentType.endsWith('+json');
    const text = decodeUtf8(raw);
    const node = typeof text === 'string' ? parseJson(text, { maxDepth: limits.maxDepth, strict: true }) : text;
    if (typeof text === 'string' && !isFault(node)) return this.#readJson(raw, text, node);
    // A client of this protocol takes what is no JSON for a stream, whatever its type says: it was not read as one.
    if ((isJson || raw.length > 0) && head.status < 400) return { fault: 'UPSTREAM_GARBAGE' };
    return this.#readText(raw);
  }

  #readJson(raw: Uint8Array, data: string, node: JsonNode): ChatEvent {
    const isCompletion = node.kind === 'object';
    const facts = isCompletion ? this.#reader.read(node, data) : undefined;
    if (!isCompletion) this.#reader.readOther(node);
    this.#book.close(() => true);
    return this.#book.take({ raw, pieces: [{ offset: 0, start: 0, end: raw.length }], facts }, true);
  }

  #readText(raw: Uint8Array): ChatEvent {
    const data = isUtf8(raw) ? Buffer.from(raw).toString('utf8') : '';
    if (data !== '') {
      const lane = this.#book.lane({ id: 'body', field: 'body' });
      this.#book.text(lane, data, { kind: 'raw', start: 0, end: data.length });
    } else if (raw.length > 0) this.#book.see({ kind: 'unknown', at: '', bytes: raw.length });
    this.#book.close(() => true);
    return this.#book.take({ raw, pieces: [{ offset: 0, start: 0, end: raw.length }], facts: undefined }, true);
  }
}

function isChatEvent(event: WireEvent): event is ChatEvent {
  return 'places' in event;
}
