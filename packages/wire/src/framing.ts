import { type Fault, isFault } from '@sallyport/core';

/** One unit of a stream: a block of server-sent events, a line, an element of an array, a binary message. */
export interface Frame {
  /** Its bytes as they came. The raw bytes of all frames of a stream, one after the other, are the stream. */
  readonly raw: Uint8Array;
  /** What it carries, decoded but not parsed; `undefined` when it carries nothing (a heartbeat, a blank line). */
  readonly data: string | undefined;
  /** Where the parts of its data stand, in order. */
  readonly pieces: readonly DataPiece[];
  /** What it says beside its data, in order. */
  readonly fields: readonly FrameField[];
}

/** A part of the data: from `offset` (UTF-16, in `data`) on, it stands at bytes `start`..`end` of `raw`. */
export interface DataPiece {
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

/** `start`..`end`: bytes of the value in `raw`; empty where it does not stand there as text. */
export interface FrameField {
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface TakenFrame {
  readonly frame: Frame;
  /** Offset behind the frame in the chunk. */
  readonly end: number;
}

/**
 * Cuts a byte stream, in chunks cut anywhere, into frames. Every byte is handed out once and in order, as soon as its frame
 * is whole, and the frames say the same whatever the chunks. A fault is final: nothing can be taken behind it.
 * What a frame holds is not validated beyond what it takes to find its end; its data is UTF-8.
 */
export interface Framing {
  /**
   * Takes one frame from a chunk, and no byte behind it; without its end, takes all and waits for more.
   * @returns `UPSTREAM_TOO_LARGE` for a frame beyond the limit, finished or not; `UPSTREAM_GARBAGE` for what is no frame
   */
  take(chunk: Uint8Array, from: number): TakenFrame | Fault | undefined;
  /** What the stream left unfinished, where that can be read at all; `UPSTREAM_BROKEN` where it cannot. */
  end(): Frame | Fault | undefined;
  /** Nothing of a frame is pending: the next byte begins one, and frames that lie whole in a chunk may be taken directly. */
  readonly idle: boolean;
  /**
   * Makes a frame valid again after bytes of its data were replaced: lengths and checksums.
   * Absent where a framing has neither.
   * @param bytes the whole frame; what stands before its data is as it was
   */
  reseal?(bytes: Uint8Array): Uint8Array;
}

/** The frames that a chunk completes, or the first fault. */
export function takeFrames(framing: Framing, chunk: Uint8Array): readonly Frame[] | Fault {
  const frames: Frame[] = [];
  for (let from = 0; from < chunk.length; ) {
    const taken = framing.take(chunk, from);
    if (taken === undefined) break;
    if (isFault(taken)) return taken;
    frames.push(taken.frame);
    from = taken.end;
  }
  return frames;
}
