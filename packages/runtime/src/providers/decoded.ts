import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { SallyportError } from '@sallyport/core';

/**
 * The bytes of an answer without its content coding. Providers are asked for `identity`; some compress all the same.
 * @throws {SallyportError} `UPSTREAM_GARBAGE` for a coding that is not known or does not hold
 */
export function decoded(body: Readable, coding: string | string[] | undefined): AsyncIterable<Uint8Array> {
  const name = (Array.isArray(coding) ? coding.join(',') : (coding ?? '')).trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  return inflated(body, name);
}

async function* inflated(body: Readable, name: string): AsyncGenerator<Uint8Array> {
  const decoder = decoderFor(name);
  let broken: unknown;
  body.on('error', (error) => {
    broken = error;
    decoder.destroy(error);
  });
  body.pipe(decoder);
  try {
    for await (const chunk of decoder) yield chunk as Uint8Array;
  } catch (error) {
    throw broken ?? new SallyportError('UPSTREAM_GARBAGE', { cause: error });
  }
}

function decoderFor(name: string) {
  if (name === 'gzip' || name === 'x-gzip') return createGunzip();
  if (name === 'deflate') return createInflate();
  if (name === 'br') return createBrotliDecompress();
  throw new SallyportError('UPSTREAM_GARBAGE', { detail: 'content coding is not supported' });
}
