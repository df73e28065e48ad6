import { Buffer } from 'node:buffer';

const FIRST_CAPACITY_BYTES = 1024;

/**
 * Bytes that arrive in pieces of any size. One piece is kept as it is; more are copied together, so that many tiny pieces
 * hold neither an object nor a network buffer each. Cost: amortised O(1) a byte, at most twice the bytes in memory.
 */
export class ByteAccumulator {
  #single: Uint8Array | undefined;
  #buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#length === 0) this.#single = bytes;
    else {
      const single = this.#single;
      this.#single = undefined;
      this.#reserve(this.#length + bytes.length);
      if (single !== undefined) this.#buffer.set(single, 0);
      this.#buffer.set(bytes, this.#length);
    }
    this.#length += bytes.length;
  }

  /** All bytes so far, which are then forgotten. */
  take(): Uint8Array {
    const bytes = this.#single ?? this.#buffer.subarray(0, this.#length);
    this.#single = undefined;
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(bytes, this.#buffer.length * 2, FIRST_CAPACITY_BYTES));
    grown.set(this.#buffer, 0);
    this.#buffer = grown;
  }
}
