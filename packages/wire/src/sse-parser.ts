import { type Fault, isFault } from '@sallyport/core';
import type { DataPiece, Frame, FrameField, Framing, TakenFrame } from './framing.ts';
import { bufferOf } from './parse-json.ts';
import { PendingFrame } from './pending-frame.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const BOM = [0xef, 0xbb, 0xbf] as const;

/**
 * Cuts a byte stream into server-sent events: LF, CRLF and CR ends, a byte order mark, comments, several data lines,
 * chunks cut anywhere. A frame is a block up to and with its blank line. Its data lines are joined by line feeds, a piece
 * each; every other line is a field: comments (name empty), `event`, `id`, `retry` and names that nobody knows.
 * A block is handed out as soon as its blank line is there. A carriage return that ends a chunk ends the block too, unless
 * the line before it ended with CRLF: then its line feed is waited for.
 * Cost: O(bytes), whatever the chunks. Source: WHATWG HTML, section 9.2, "Server-sent events".
 */
export class SseParser implements Framing {
  readonly #pending: PendingFrame;
  #lineHasBytes = false;
  #afterCr = false;
  #usesCrlf = false;
  #awaitsLf = false;
  #first = true;

  /** @param maxFrameBytes the largest block taken, in bytes; a larger one is `UPSTREAM_TOO_LARGE` */
  constructor(maxFrameBytes: number) {
    this.#pending = new PendingFrame(maxFrameBytes);
  }

  take(chunk: Uint8Array, from: number): TakenFrame | Fault | undefined {
    const end = this.#blockEnd(chunk, from);
    if (end < 0) return this.#pending.keep(chunk.subarray(from));
    const frame = this.#complete(chunk.subarray(from, end));
    return isFault(frame) ? frame : { frame, end };
  }

  get idle(): boolean {
    return this.#pending.length === 0 && !this.#lineHasBytes && !this.#afterCr && !this.#usesCrlf && !this.#first;
  }

  /** What the stream left unfinished, or `undefined`: a block without its blank line is no event by the book. */
  end(): Frame | Fault | undefined {
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

  #complete(tail: Uint8Array): Frame | Fault {
    const raw = this.#pending.completeText(tail);
    if (isFault(raw)) return raw;
    const skip = this.#first && BOM.every((byte, at) => raw[at] === byte) ? BOM.length : 0;
    this.#first = false;
    return readBlock(raw, skip);
  }
}

function readBlock(raw: Uint8Array, skip: number): Frame {
  const bytes = bufferOf(raw);
  const pieces: DataPiece[] = [];
  const fields: FrameField[] = [];
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
