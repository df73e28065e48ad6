import type { IncomingHttpHeaders } from 'node:http';
import type { Annotations, Fault } from '@sallyport/core';

/** Which messages are documents: `x-sallyport-documents: 0, 3`, zero-based in the list that the protocol sends. */
const DOCUMENTS = 'x-sallyport-documents';
/** Characters of the header. */
export const DOCUMENTS_MAX_CHARS = 8_192;
const FORM = /^\s*\d{1,6}\s*(?:,\s*\d{1,6}\s*)*$/;

/** What a client says of its request in headers of the gateway. What cannot be read is refused: it was meant to protect. */
export function readAnnotations(headers: IncomingHttpHeaders): Annotations | Fault {
  const value = headers[DOCUMENTS];
  if (value === undefined) return { documents: new Set() };
  if (typeof value !== 'string' || value.length > DOCUMENTS_MAX_CHARS || !FORM.test(value)) {
    return { fault: 'ANNOTATION_SHAPE' };
  }
  return { documents: new Set(value.split(',').map(Number)) };
}
