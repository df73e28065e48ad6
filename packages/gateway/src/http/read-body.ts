import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { ErrorCode, Fault } from '@sallyport/core';

export interface BodyLimits {
  /** Of the body as it is after decoding, bytes. */
  readonly maxBodyBytes: number;
  /** From the end of the head to the end of the body, milliseconds. */
  readonly bodyTimeoutMs: number;
  /** The body is not read here: it may be of any type. */
  readonly anyType: boolean;
}

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/**
 * Reads a request's body whole, decoded. What is too large, too slow, cut short or in an unknown coding is a fault, found
 * before more than the limit was kept in memory.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Uint8Array | Fault> {
  const fault = headFault(request, limits);
  if (fault !== undefined) return { fault };
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return collect(request, request, limits);
  const create = Object.hasOwn(DECODERS, coding) ? DECODERS[coding as keyof typeof DECODERS] : undefined;
  if (create === undefined) return { fault: 'CONTENT_ENCODING' };
  const decoder = create();
  request.on('aborted', () => decoder.destroy(new Error('request ended early')));
  return collect(request, request.pipe(decoder), limits);
}

function headFault({ headers }: IncomingMessage, { maxBodyBytes, anyType }: BodyLimits): ErrorCode | undefined {
  if (Number(headers['content-length'] ?? 0) > maxBodyBytes) return 'BODY_TOO_LARGE';
  if (anyType) return undefined;
  const [type = '', ...parameters] = (headers['content-type'] ?? 'application/json').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  const json = type.trim() === 'application/json' || type.trim().endsWith('+json');
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return json && utf8 ? undefined : 'CONTENT_TYPE';
}

function collect(
  request: IncomingMessage,
  body: NodeJS.ReadableStream,
  limits: BodyLimits,
): Promise<Uint8Array | Fault> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => finish({ fault: 'BODY_TIMEOUT' }), limits.bodyTimeoutMs);
    const finish = (result: Uint8Array | Fault) => {
      clearTimeout(timer);
      body.removeAllListeners('data');
      body.on('error', () => undefined);
      if (body !== request) request.unpipe();
      resolve(result);
    };
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.maxBodyBytes) finish({ fault: 'BODY_TOO_LARGE' });
      else chunks.push(chunk);
    });
    body.on('end', () => {
      const [first] = chunks;
      finish(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size));
    });
    body.on('error', () => finish({ fault: request.complete ? 'CONTENT_ENCODING' : 'BODY_TRUNCATED' }));
    request.on('aborted', () => finish({ fault: 'BODY_TRUNCATED' }));
  });
}
