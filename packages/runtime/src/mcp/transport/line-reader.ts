import { ByteAccumulator } from '@sallyport/wire';

const LINE_FEED = 0x0a;

/** What is returned in place of lines when one is longer than the bound: nothing can be read behind it. */
export const TOO_LARGE = 'too-large';

/** Cuts bytes, in chunks cut anywhere, into lines without their line feeds. Cost: O(bytes); line ends are searched natively. */
export class LineReader {
  readonly #maxLineBytes: number;
  readonly #pending = new ByteAccumulator();

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that a chunk completes. What is behind the last line feed waits for its end. */
  take(chunk: Uint8Array): readonly Uint8Array[] | typeof TOO_LARGE {
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      if (!this.#keep(chunk.subarray(from, end))) return TOO_LARGE;
      lines.push(this.#pending.take());
      from = end + 1;
    }
    return this.#keep(chunk.subarray(from)) ? lines : TOO_LARGE;
  }

  #keep(bytes: Uint8Array): boolean {
    if (this.#pending.length + bytes.length > this.#maxLineBytes) return false;
    this.#pending.append(bytes);
    return true;
  }
}
