import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { SallyportError } from '@sallyport/core';

/**
 * The bytes of an answer without its content coding. Providers are asked for `identity`; some compress all the same.
 * @param maxBytes of the decoded body; the iterator throws `UPSTREAM_TOO_LARGE` beyond
 * @throws {SallyportError} `UPSTREAM_GARBAGE` for a coding that is not known, or (from the iterator) does not hold
 */
export function decoded(
  body: AsyncIterable<Uint8Array>,
  coding: string | string[] | undefined,
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  const name = (Array.isArray(coding) ? coding.join(',') : (coding ?? '')).trim().toLowerCase();
  return name === '' || name === 'identity' ? body : inflated(body, decoderFor(name), maxBytes);
}

async function* inflated(
  body: AsyncIterable<Uint8Array>,
  decoder: ReturnType<typeof decoderFor>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let broken: unknown;
  const source = Readable.from(body, { objectMode: false });
  source.on('error', (error) => {
    broken = error;
    decoder.destroy(error);
  });
  source.pipe(decoder);
  let left = maxBytes;
  try {
    for await (const chunk of decoder as AsyncIterable<Uint8Array>) {
      left -= chunk.length;
      if (left < 0) throw new SallyportError('UPSTREAM_TOO_LARGE');
      yield chunk;
    }
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    throw broken ?? new SallyportError('UPSTREAM_GARBAGE', { cause: error });
  } finally {
    source.destroy();
  }
}

function decoderFor(name: string) {
  if (name === 'gzip' || name === 'x-gzip') return createGunzip();
  if (name === 'deflate') return createInflate();
  if (name === 'br') return createBrotliDecompress();
  throw new SallyportError('UPSTREAM_GARBAGE', { detail: 'content coding is not supported' });
}
