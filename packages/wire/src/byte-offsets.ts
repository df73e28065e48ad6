/** UTF-16 characters between two known byte offsets. */
const STRIDE_CHARS = 1024;

/**
 * Turns UTF-16 offsets of a text into byte offsets of its UTF-8 form. The text is well formed and offsets never fall
 * inside a surrogate pair. Cost: nothing for ASCII; else O(n) once and O(1024) per question.
 */
export class ByteOffsets {
  readonly #text: string;
  readonly #marks: readonly number[] | undefined;

  constructor(text: string, byteLength: number) {
    this.#text = text;
    this.#marks = byteLength === text.length ? undefined : marksOf(text);
  }

  at(offset: number): number {
    if (this.#marks === undefined) return offset;
    const stride = Math.floor(offset / STRIDE_CHARS);
    let bytes = this.#marks[stride] ?? 0;
    for (let i = stride * STRIDE_CHARS; i < offset; i += 1) bytes += unitBytes(this.#text.charCodeAt(i));
    return bytes;
  }
}

function marksOf(text: string): readonly number[] {
  const marks: number[] = [];
  let bytes = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (i % STRIDE_CHARS === 0) marks.push(bytes);
    bytes += unitBytes(text.charCodeAt(i));
  }
  marks.push(bytes);
  return marks;
}

/** Each half of a surrogate pair counts for two of its four bytes. */
function unitBytes(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff)) return 2;
  return 3;
}
