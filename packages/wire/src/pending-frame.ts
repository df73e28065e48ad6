import { isUtf8 } from 'node:buffer';
import { type Fault, isFault } from '@sallyport/core';
import { ByteAccumulator } from './byte-accumulator.ts';

/** The bytes of a frame whose end has not come yet, never more than the limit. */
export class PendingFrame {
  readonly #maxBytes: number;
  readonly #bytes = new ByteAccumulator();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** @returns `UPSTREAM_TOO_LARGE` instead of keeping more than the limit */
  keep(bytes: Uint8Array): Fault | undefined {
    if (this.#bytes.length + bytes.length > this.#maxBytes) return { fault: 'UPSTREAM_TOO_LARGE' };
    this.#bytes.append(bytes);
    return undefined;
  }

  /** The whole frame, which is then forgotten. */
  complete(tail: Uint8Array): Uint8Array | Fault {
    return this.keep(tail) ?? this.#bytes.take();
  }

  /** The whole frame; `UPSTREAM_GARBAGE` when it is not UTF-8. */
  completeText(tail: Uint8Array): Uint8Array | Fault {
    const raw = this.complete(tail);
    return isFault(raw) || isUtf8(raw) ? raw : { fault: 'UPSTREAM_GARBAGE' };
  }
}
