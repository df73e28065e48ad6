import { isUtf8 } from 'node:buffer';
import { type Fault, isFault } from '@sallyport/core';
import { ByteAccumulator } from './byte-accumulator.ts';
import { bufferOf } from './parse-json.ts';

/** One block of a stream of server-sent events, up to and with the blank line that ends it. */
export interface SseEvent {
  /** Its bytes as they came. The raw bytes of all events of a stream, one after the other, are the stream. */
  readonly raw: Uint8Array;
  /** The `data` lines joined by line feeds; `undefined` when the block has none (a heartbeat, a blank line). */
  readonly data: string | undefined;
  /** Where each data line's value stands. */
  readonly pieces: readonly SsePiece[];
  /** Every line that is not data: comments (name empty), `event`, `id`, `retry` and names that nobody knows. */
  readonly fields: readonly SseField[];
}

export interface TakenEvent {
  readonly event: SseEvent;
  readonly end: number;
}

/** One data line's value: from `offset` (UTF-16, in `data`) on, it stands at bytes `start`..`end` of `raw`. */
export interface SsePiece {
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

/** `start`..`end`: bytes of the value in `raw`. */
export interface SseField {
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const BOM = [0xef, 0xbb, 0xbf] as const;

/**
 * Cuts a byte stream into server-sent events: LF, CRLF and CR ends, a byte order mark, comments, several data lines,
 * chunks cut anywhere. A block is handed out as soon as its blank line is there. A carriage return that ends a chunk ends
 * the block too, unless the line before it ended with CRLF: then its line feed is waited for.
 * Cost: O(bytes), whatever the chunks. Source: WHATWG HTML, section 9.2, "Server-sent events".
 */
export class SseParser {
  readonly #maxEventBytes: number;
  readonly #pending = new ByteAccumulator();
  #lineHasBytes = false;
  #afterCr = false;
  #usesCrlf = false;
  #awaitsLf = false;
  #first = true;

  /** @param maxEventBytes the largest event taken, in bytes; a larger one is `UPSTREAM_TOO_LARGE` */
  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  /** @returns the events that this chunk completes; `UPSTREAM_GARBAGE` for one that is not UTF-8 */
  push(chunk: Uint8Array): readonly SseEvent[] | Fault {
    const events: SseEvent[] = [];
    for (let from = 0; from < chunk.length; ) {
      const taken = this.take(chunk, from);
      if (taken === undefined) break;
      if (isFault(taken)) return taken;
      events.push(taken.event);
      from = taken.end;
    }
    return events;
  }

  /**
   * Takes one event from a chunk, and no byte behind it; without its end, takes all and waits for more.
   * @returns the event and the offset behind it in the chunk
   */
  take(chunk: Uint8Array, from: number): TakenEvent | Fault | undefined {
    const end = this.#blockEnd(chunk, from);
    if (end < 0) return this.#keep(chunk.subarray(from));
    const event = this.#complete(chunk.subarray(from, end));
    return isFault(event) ? event : { event, end };
  }

  /** Nothing of an event is pending: the next byte begins one, and a stream of line feeds may be looked at directly. */
  get idle(): boolean {
    return this.#pending.length === 0 && !this.#lineHasBytes && !this.#afterCr && !this.#usesCrlf && !this.#first;
  }

  /** What the stream left unfinished, or `undefined`: a block without its blank line is no event by the book. */
  end(): SseEvent | Fault | undefined {
    return this.#pending.length === 0 ? undefined : this.#complete(new Uint8Array(0));
  }

  /** Offset behind the next blank line of the chunk, or -1. */
  #blockEnd(chunk: Uint8Array, from: number): number {
    if (this.#awaitsLf && from < chunk.length) {
      this.#awaitsLf = false;
      this.#afterCr = false;
      this.#usesCrlf = chunk[from] === LF;
      return this.#usesCrlf ? from + 1 : from;
    }
    for (let i = from; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (byte !== LF && byte !== CR) {
        this.#lineHasBytes = true;
        if (this.#afterCr) this.#usesCrlf = false;
        this.#afterCr = false;
      } else if (byte === LF && this.#afterCr) {
        this.#afterCr = false;
        this.#usesCrlf = true;
      } else {
        if (byte === LF || this.#afterCr) this.#usesCrlf = false;
        this.#afterCr = byte === CR;
        if (this.#lineHasBytes) this.#lineHasBytes = false;
        else if (byte === LF) return i + 1;
        else if (chunk[i + 1] === LF) {
          this.#afterCr = false;
          this.#usesCrlf = true;
          return i + 2;
        } else if (i + 1 < chunk.length || !this.#usesCrlf) return i + 1;
        else this.#awaitsLf = true;
      }
    }
    return -1;
  }

  #keep(tail: Uint8Array): Fault | undefined {
    if (tail.length === 0) return undefined;
    this.#pending.append(tail);
    return this.#pending.length > this.#maxEventBytes ? { fault: 'UPSTREAM_TOO_LARGE' } : undefined;
  }

  #complete(tail: Uint8Array): SseEvent | Fault {
    this.#pending.append(tail);
    const raw = this.#pending.take();
    const skip = this.#first && BOM.every((byte, at) => raw[at] === byte) ? BOM.length : 0;
    this.#first = false;
    if (raw.length > this.#maxEventBytes) return { fault: 'UPSTREAM_TOO_LARGE' };
    if (!isUtf8(raw)) return { fault: 'UPSTREAM_GARBAGE' };
    return readBlock(raw, skip);
  }
}

function readBlock(raw: Uint8Array, skip: number): SseEvent {
  const bytes = bufferOf(raw);
  const pieces: SsePiece[] = [];
  const fields: SseField[] = [];
  let data: string | undefined;
  let at = skip;
  while (at < bytes.length) {
    const end = lineEnd(bytes, at);
    if (end > at) {
      const colon = bytes.subarray(at, end).indexOf(COLON);
      const nameEnd = colon < 0 ? end : at + colon;
      let start = Math.min(nameEnd + 1, end);
      if (start < end && bytes[start] === SPACE) start += 1;
      const value = bytes.toString('utf8', start, end);
      if (isData(bytes, at, nameEnd)) {
        pieces.push({ offset: data === undefined ? 0 : data.length + 1, start, end });
        data = data === undefined ? value : `${data}\n${value}`;
      } else {
        fields.push({ name: bytes.toString('utf8', at, nameEnd), value, start, end });
      }
    }
    at = end + 1;
  }
  return { raw, data, pieces, fields };
}

/** Offset of the first line feed or carriage return from `at` on, or the end. */
function lineEnd(bytes: Uint8Array, at: number): number {
  let i = at;
  while (i < bytes.length && bytes[i] !== LF && bytes[i] !== CR) i += 1;
  return i;
}

function isData(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    bytes[start] === 0x64 &&
    bytes[start + 1] === 0x61 &&
    bytes[start + 2] === 0x74 &&
    bytes[start + 3] === 0x61
  );
}
