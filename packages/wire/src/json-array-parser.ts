import { type Fault, isFault } from '@sallyport/core';
import type { Frame, Framing, TakenFrame } from './framing.ts';
import { bufferOf } from './parse-json.ts';
import { PendingFrame } from './pending-frame.ts';

export interface JsonArrayRules {
  /** The largest frame taken, in bytes: an element with the separator before it. A larger one is `UPSTREAM_TOO_LARGE`. */
  readonly maxFrameBytes: number;
  /** Containers within containers of one element: `{}` is one deep. A deeper element is `UPSTREAM_GARBAGE`. */
  readonly maxDepth: number;
}

/** Where the stream stands: before `[`, behind it, in an element, behind one, behind a comma, behind `]`, beyond repair. */
type State = 'before' | 'opened' | 'inside' | 'between' | 'next' | 'closed' | 'broken';

const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const NOTHING = new Uint8Array(0);

/**
 * Cuts one streamed JSON array of objects, `[{...}\n,\r\n{...}]`, into its elements. A frame is an element with what stands
 * between it and the one before; its last byte completes it. The closing bracket is a frame without data, and so is what
 * white space stands behind it at the end. Whatever else stands outside the elements is `UPSTREAM_GARBAGE`.
 *
 * INVARIANT: when every element is one valid JSON value, then the stream is one valid JSON array of them: objects and strings
 * end where they end whatever follows, and what stands between them is checked here. So nobody need read it as a whole.
 * Cost: O(bytes), whatever the chunks: each byte is looked at once.
 * Source: Google's `streamGenerateContent` without `alt=sse`.
 */
export class JsonArrayParser implements Framing {
  readonly endsOpen = true;
  readonly #pending: PendingFrame;
  readonly #maxDepth: number;
  #state: State = 'before';
  /** Offset in the frame at which its element begins. */
  #elementStart = 0;
  #depth = 0;
  #quoted = false;
  #escaped = false;

  constructor({ maxFrameBytes, maxDepth }: JsonArrayRules) {
    this.#pending = new PendingFrame(maxFrameBytes);
    this.#maxDepth = maxDepth;
  }

  take(chunk: Uint8Array, from: number): TakenFrame | Fault | undefined {
    const end = this.#frameEnd(chunk, from);
    if (this.#state === 'broken') return { fault: 'UPSTREAM_GARBAGE' };
    if (end < 0) return this.#pending.keep(chunk.subarray(from));
    const frame = this.#complete(chunk.subarray(from, end));
    return isFault(frame) ? frame : { frame, end };
  }

  get idle(): boolean {
    return this.#state === 'between' && this.#pending.length === 0;
  }

  /** The closing bracket was seen, and nothing but white space behind it. */
  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** The white space behind the array, if any; `UPSTREAM_BROKEN` when the array was not closed. */
  end(): Frame | Fault | undefined {
    if (!this.closed) return { fault: 'UPSTREAM_BROKEN' };
    return this.#pending.length === 0 ? undefined : this.#complete(NOTHING);
  }

  #complete(tail: Uint8Array): Frame | Fault {
    const raw = this.#pending.completeText(tail);
    if (isFault(raw)) return raw;
    if (this.closed) return { raw, data: undefined, pieces: [], fields: [] };
    const start = this.#elementStart;
    const data = bufferOf(raw).toString('utf8', start);
    return { raw, data, pieces: [{ offset: 0, start, end: raw.length }], fields: [] };
  }

  /** Offset behind the next element or the closing bracket, or -1. */
  #frameEnd(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      if (this.#state === 'inside') return this.#elementEnd(chunk, at);
      const byte = chunk[at];
      if (byte === SPACE || byte === LF || byte === CR || byte === TAB) continue;
      this.#state = stateAfter(this.#state, byte);
      if (this.#state === 'closed' || this.#state === 'broken') return at + 1;
      if (this.#state === 'inside') {
        this.#elementStart = this.#pending.length + at - from;
        return this.#elementEnd(chunk, at);
      }
    }
    return -1;
  }

  /** Offset behind the bracket that ends the element, or -1: when it has not come, and when the element is too deep. */
  #elementEnd(chunk: Uint8Array, from: number): number {
    let at = from;
    for (;;) {
      if (this.#quoted) at = this.#quoteEnd(chunk, at);
      if (at >= chunk.length) return -1;
      const byte = chunk[at];
      at += 1;
      if (byte === QUOTE) this.#quoted = true;
      else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
        this.#depth += 1;
        if (this.#depth <= this.#maxDepth) continue;
        this.#state = 'broken';
        return -1;
      } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#state = 'between';
        return at;
      }
    }
  }

  /** Within a string; offset behind its closing quote, or the chunk's length. */
  #quoteEnd(chunk: Uint8Array, from: number): number {
    let at = this.#escaped && from < chunk.length ? from + 1 : from;
    this.#escaped = this.#escaped && at === from;
    while (at < chunk.length) {
      const byte = chunk[at];
      at += 1;
      if (byte === QUOTE) {
        this.#quoted = false;
        return at;
      }
      if (byte !== BACKSLASH) continue;
      this.#escaped = at === chunk.length;
      at += 1;
    }
    return chunk.length;
  }
}

/** What a byte that is no white space leads to, outside the elements. */
function stateAfter(state: State, byte: number | undefined): State {
  if (state === 'before') return byte === OPENING_BRACKET ? 'opened' : 'broken';
  if (byte === OPENING_BRACE && (state === 'opened' || state === 'next')) return 'inside';
  if (byte === CLOSING_BRACKET && (state === 'opened' || state === 'between')) return 'closed';
  return byte === COMMA && state === 'between' ? 'next' : 'broken';
}
