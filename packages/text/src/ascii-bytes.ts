/** Longest text that is copied, UTF-16 units. */
export const ASCII_BYTES_MAX_CHARS = 65_536;
/** No unit takes more bytes in UTF-8, so that every text that is tried fits whole. */
const UTF8_BYTES_MAX_PER_UNIT = 3;

/** One for all: whoever asks is done with the bytes before anyone else can ask. */
const scratch = Buffer.alloc(ASCII_BYTES_MAX_CHARS * UTF8_BYTES_MAX_PER_UNIT);

/**
 * The units of a text, when all are ASCII, at the beginning of an array that is longer: a loop over bytes takes a third
 * of the time of one over `charCodeAt`. Valid until the next call; `undefined` when there is another unit or the text is
 * longer than `ASCII_BYTES_MAX_CHARS`.
 * Cost: 0.2 us per KB.
 */
export function asciiBytes(text: string): Uint8Array | undefined {
  if (text.length > ASCII_BYTES_MAX_CHARS) return undefined;
  return scratch.write(text, 'utf8') === text.length ? scratch : undefined;
}
