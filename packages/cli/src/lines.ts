import { createReadStream } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A line longer than this is cut off and reported: nothing that is read here may take all memory. */
export const MAX_LINE_CHARS = 16 * 1_048_576;

export interface Line {
  /** One-based. */
  readonly number: number;
  /** Without its line break; empty when `tooLong`. */
  readonly text: string;
  readonly tooLong: boolean;
}

/** Opens a file, unpacking it when its name ends in `.gz`. `onBytes` hears of the bytes as they lie on disk. */
export function openText(file: string, onBytes: (bytes: number) => void = () => undefined): Readable {
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  const raw = createReadStream(file);
  raw.on('error', (error) => counter.destroy(error));
  raw.pipe(counter);
  if (!file.endsWith('.gz')) return counter;
  const unpacked = createGunzip();
  counter.on('error', (error) => unpacked.destroy(error));
  return counter.pipe(unpacked);
}

/** The lines of a stream of UTF-8, one at a time: memory does not grow with the file. Empty lines are passed over. */
export async function* linesOf(stream: Readable): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8');
  let number = 0;
  let rest = '';
  let overflow = false;
  const take = (text: string): Line | undefined => {
    number += 1;
    const tooLong = overflow || text.length > MAX_LINE_CHARS;
    overflow = false;
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    return line === '' && !tooLong ? undefined : { number, text: tooLong ? '' : line, tooLong };
  };
  for await (const chunk of stream) {
    const pieces = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      const line = take(piece);
      if (line !== undefined) yield line;
    }
    if (rest.length > MAX_LINE_CHARS) {
      overflow = true;
      rest = '';
    }
  }
  const last = take(rest + decoder.decode());
  if (last !== undefined) yield last;
}
