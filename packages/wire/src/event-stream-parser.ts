import { Buffer, isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { type Fault, isFault } from '@sallyport/core';
import { CHECKSUM_BYTES, PRELUDE_BYTES, PRELUDE_CHECKSUM_AT, sealEventFrame } from './encode-event-frame.ts';
import type { Frame, FrameField, Framing, TakenFrame } from './framing.ts';
import { bufferOf } from './parse-json.ts';
import { PendingFrame } from './pending-frame.ts';
import { readEventHeaders } from './read-event-headers.ts';

/** What the specification allows a message's headers, in bytes: it bounds what many small headers cost once decoded. */
const MAX_HEADERS_BYTES = 131_072;

/**
 * Cuts an `application/vnd.amazon.eventstream` into messages: the payload, which must be UTF-8, is a frame's data, the
 * headers are its fields. Both checksums are checked: a length is believed only behind the one of the prelude.
 * Cost: O(bytes), whatever the chunks; checksums are native.
 * Source: Smithy 2.0, "Amazon Event Stream Specification".
 */
export class EventStreamParser implements Framing {
  readonly endsOpen = false;
  readonly #maxFrameBytes: number;
  readonly #pending: PendingFrame;
  readonly #prelude = Buffer.alloc(PRELUDE_BYTES);
  #lastHeaders: { readonly block: Buffer; readonly fields: readonly FrameField[] } | undefined;
  /** Bytes of the message at hand, once its prelude is there. */
  #total: number | undefined;

  /** @param maxFrameBytes the largest message taken, in bytes; a larger one is `UPSTREAM_TOO_LARGE` as soon as it says so */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#pending = new PendingFrame(maxFrameBytes);
  }

  take(chunk: Uint8Array, from: number): TakenFrame | Fault | undefined {
    const fault = this.#total === undefined ? this.#readPrelude(chunk, from) : undefined;
    if (fault !== undefined) return fault;
    const missing = this.#total === undefined ? Number.POSITIVE_INFINITY : this.#total - this.#pending.length;
    const end = from + missing;
    if (end > chunk.length) return this.#pending.keep(chunk.subarray(from));
    const frame = this.#complete(chunk.subarray(from, end));
    return isFault(frame) ? frame : { frame, end };
  }

  get idle(): boolean {
    return this.#pending.length === 0;
  }

  /** `UPSTREAM_BROKEN` when the stream stopped within a message. */
  end(): Fault | undefined {
    return this.idle ? undefined : { fault: 'UPSTREAM_BROKEN' };
  }

  /** Only the payload may differ from a valid message: the headers keep their length. */
  reseal(bytes: Uint8Array): Uint8Array {
    return sealEventFrame(bytes);
  }

  /** Events of one type come one after the other, each with the same headers. */
  #headers(message: Buffer, end: number): readonly FrameField[] | undefined {
    const block = message.subarray(PRELUDE_BYTES, end);
    if (this.#lastHeaders?.block.equals(block) === true) return this.#lastHeaders.fields;
    const fields = readEventHeaders(message, end);
    this.#lastHeaders = fields === undefined ? undefined : { block: Buffer.from(block), fields };
    return fields;
  }

  #readPrelude(chunk: Uint8Array, from: number): Fault | undefined {
    const have = this.#pending.length;
    const got = chunk.subarray(from, from + PRELUDE_BYTES - have);
    this.#prelude.set(got, have);
    if (have + got.length < PRELUDE_BYTES) return undefined;
    const total = this.#prelude.readUInt32BE(0);
    const headers = this.#prelude.readUInt32BE(4);
    const checksum = this.#prelude.readUInt32BE(PRELUDE_CHECKSUM_AT);
    if (crc32(this.#prelude.subarray(0, PRELUDE_CHECKSUM_AT)) !== checksum) return { fault: 'UPSTREAM_GARBAGE' };
    if (total < PRELUDE_BYTES + headers + CHECKSUM_BYTES) return { fault: 'UPSTREAM_GARBAGE' };
    if (total > this.#maxFrameBytes || headers > MAX_HEADERS_BYTES) return { fault: 'UPSTREAM_TOO_LARGE' };
    this.#total = total;
    return undefined;
  }

  #complete(tail: Uint8Array): Frame | Fault {
    const raw = this.#pending.complete(tail);
    if (isFault(raw)) return raw;
    this.#total = undefined;
    const message = bufferOf(raw);
    const end = raw.length - CHECKSUM_BYTES;
    const start = PRELUDE_BYTES + this.#prelude.readUInt32BE(4);
    if (crc32(message.subarray(0, end)) !== message.readUInt32BE(end)) return { fault: 'UPSTREAM_GARBAGE' };
    const fields = this.#headers(message, start);
    const payload = message.subarray(start, end);
    if (fields === undefined || !isUtf8(payload)) return { fault: 'UPSTREAM_GARBAGE' };
    if (start === end) return { raw, data: undefined, pieces: [], fields };
    return { raw, data: payload.toString('utf8'), pieces: [{ offset: 0, start, end }], fields };
  }
}
