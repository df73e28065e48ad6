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
import { ByteAccumulator, decodeUtf8, type JsonNode, type JsonRules, parseJson } from '@sallyport/wire';
import type { AnswerReader, AnswerVoice } from './answer-reader.ts';
import { type BookedEvent, isBooked, type LaneBook } from './lane-book.ts';
import { rewriteEvent } from './rewrite-event.ts';

export interface WholeParts {
  readonly book: LaneBook;
  readonly reader: AnswerReader;
  readonly voice: AnswerVoice;
  readonly head: AnswerHead;
  readonly limits: ParseLimits;
  /** Whether it holds vectors that nobody reads. */
  readonly skipVectors?: JsonRules['skipVectors'];
}

/** An answer in one piece: what was asked for, or the body of an error, whatever that is. */
export class WholeCodec implements AnswerCodec {
  readonly streams = false;
  readonly #parts: WholeParts;
  readonly #bytes = new ByteAccumulator();

  constructor(parts: WholeParts) {
    this.#parts = parts;
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
    return this.#parts.book.broken ? { fault: 'UPSTREAM_GARBAGE' } : [event];
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#parts.reader.leaves(lane, text);
  }

  rewrite(event: WireEvent, edits: readonly PartEdits[]): Uint8Array {
    return isBooked(event) ? rewriteEvent(event, edits) : event.raw;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[] = []): Uint8Array {
    return this.#parts.voice.refuse(refusal, held);
  }

  fault(code: ErrorCode): Uint8Array {
    return this.#parts.voice.fault(code);
  }

  #read(raw: Uint8Array): BookedEvent | Fault {
    const { head, limits, skipVectors } = this.#parts;
    const isJson = head.contentType === 'application/json' || head.contentType.endsWith('+json');
    const text = decodeUtf8(raw);
    const rules = { maxDepth: limits.maxDepth, maxNodes: limits.maxNodes, strict: true, skipVectors };
    const node = typeof text === 'string' ? parseJson(text, rules) : text;
    if (typeof text === 'string' && !isFault(node)) return this.#readJson(raw, text, node);
    // A client would read what was not looked at here.
    if (isFault(node) && node.fault === 'BODY_TOO_MANY_VALUES') return { fault: 'UPSTREAM_TOO_LARGE' };
    // A client of this protocol takes what is no JSON for a stream, whatever its type says: it was not read as one.
    if ((isJson || raw.length > 0) && head.status < 400) return { fault: 'UPSTREAM_GARBAGE' };
    return this.#readText(raw);
  }

  #readJson(raw: Uint8Array, data: string, node: JsonNode): BookedEvent {
    const { book, reader } = this.#parts;
    const facts = node.kind === 'object' ? reader.read({ node, data, name: undefined, fields: [] }) : undefined;
    if (node.kind !== 'object') reader.readOther(node);
    book.close(() => true);
    return book.take({ raw, pieces: [{ offset: 0, start: 0, end: raw.length }], facts }, true);
  }

  #readText(raw: Uint8Array): BookedEvent {
    const { book } = this.#parts;
    const data = isUtf8(raw) ? Buffer.from(raw).toString('utf8') : '';
    if (data !== '') {
      book.text(book.lane({ id: 'body', field: 'body' }), data, { kind: 'raw', start: 0, end: data.length });
    } else if (raw.length > 0) book.see({ kind: 'unknown', at: '', bytes: raw.length });
    book.close(() => true);
    return book.take({ raw, pieces: [{ offset: 0, start: 0, end: raw.length }], facts: undefined }, true);
  }
}
