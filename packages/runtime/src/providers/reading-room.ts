/** Bytes that are read at a time while there is room: each read costs, however little it brings. */
export const ROOMY_READ_BYTES = 65_536;
/** Bytes that are read at a time, and then kept for a slow client, when there is little. */
export const SMALL_READ_BYTES = 4_096;
/** The same when there is none: three reads wait for each of hundreds of slow clients. */
export const TINY_READ_BYTES = 1_024;
/** Bytes of one provider's answers that may be held before reads become small; twice as many, and they become tiny. */
export const ROOM_BYTES = 2_097_152;

/**
 * Counts what was read of a provider's answers and not yet passed on, and says how much to read at a time: a few slow clients
 * may have much waiting, thousands only a little each.
 */
export class ReadingRoom {
  #heldBytes = 0;

  get readBytes(): number {
    if (this.#heldBytes < ROOM_BYTES) return ROOMY_READ_BYTES;
    return this.#heldBytes < 2 * ROOM_BYTES ? SMALL_READ_BYTES : TINY_READ_BYTES;
  }

  /** Bytes of one answer that may wait before no more is read: half a read, since HTTP's own part of a read is not kept. */
  get waitingBytes(): number {
    return this.readBytes / 2;
  }

  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }

  letGo(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
