import { type Fault, isFault } from '@sallyport/core';
import type { Frame, Framing, TakenFrame } from './framing.ts';
import { bufferOf } from './parse-json.ts';
import { PendingFrame } from './pending-frame.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const NOTHING = new Uint8Array(0);

/**
 * Cuts a byte stream into lines, each of which holds one JSON value: LF and CRLF ends. A line of white space carries nothing.
 * A byte order mark stays in the data, where no JSON parser takes it. Cost: O(bytes), whatever the chunks; line ends are
 * searched natively. Source: the `application/x-ndjson` streams of Ollama's API, and its media type's description.
 */
export class NdjsonParser implements Framing {
  readonly endsOpen = true;
  readonly #pending: PendingFrame;

  /** @param maxFrameBytes the largest line taken, its end included, in bytes; a larger one is `UPSTREAM_TOO_LARGE` */
  constructor(maxFrameBytes: number) {
    this.#pending = new PendingFrame(maxFrameBytes);
  }

  take(chunk: Uint8Array, from: number): TakenFrame | Fault | undefined {
    const end = chunk.indexOf(LF, from) + 1;
    if (end === 0) return this.#pending.keep(chunk.subarray(from));
    const frame = this.#complete(chunk.subarray(from, end));
    return isFault(frame) ? frame : { frame, end };
  }

  get idle(): boolean {
    return this.#pending.length === 0;
  }

  /** The last line when it has no end: whole or cut short, only its JSON can tell. */
  end(): Frame | Fault | undefined {
    return this.#pending.length === 0 ? undefined : this.#complete(NOTHING);
  }

  #complete(tail: Uint8Array): Frame | Fault {
    const raw = this.#pending.completeText(tail);
    if (isFault(raw)) return raw;
    let end = raw.length;
    if (raw[end - 1] === LF) end -= raw[end - 2] === CR ? 2 : 1;
    if (isBlank(raw, end)) return { raw, data: undefined, pieces: [], fields: [] };
    return { raw, data: bufferOf(raw).toString('utf8', 0, end), pieces: [{ offset: 0, start: 0, end }], fields: [] };
  }
}

function isBlank(bytes: Uint8Array, end: number): boolean {
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at];
    if (byte !== SPACE && byte !== TAB && byte !== CR) return false;
  }
  return true;
}
