import type { IncomingHttpHeaders } from 'node:http';
import { type Annotations, type Fault, readTraceContext } from '@sallyport/core';

/** Which messages are documents: `x-sallyport-documents: 0, 3`, zero-based in the list that the protocol sends. */
const DOCUMENTS = 'x-sallyport-documents';
/** Characters of the header. */
export const DOCUMENTS_MAX_CHARS = 8_192;
const DOCUMENTS_FORM = /^\s*\d{1,6}\s*(?:,\s*\d{1,6}\s*)*$/;

/** What the client calls its session: `x-sallyport-session: chat-17`, or the id that an answer gave. */
const SESSION = 'x-sallyport-session';
/** Characters of the name. */
export const SESSION_MAX_CHARS = 128;
const SESSION_FORM = /^[!-~]+$/;

/** What a client says of its request in headers of the gateway. What cannot be read is refused: it was meant to protect. */
export function readAnnotations(headers: IncomingHttpHeaders): Annotations | Fault {
  const documents = headers[DOCUMENTS] ?? '';
  const named = headers[SESSION];
  if (typeof documents !== 'string' || documents.length > DOCUMENTS_MAX_CHARS) return UNREADABLE;
  if (headers[DOCUMENTS] !== undefined && !DOCUMENTS_FORM.test(documents)) return UNREADABLE;
  // One that is not well-formed is the provider's to judge.
  const trace = readTraceContext({ traceparent: headers.traceparent, tracestate: headers.tracestate });
  const told = {
    documents: new Set(headers[DOCUMENTS] === undefined ? [] : documents.split(',').map(Number)),
    ...(trace !== undefined && { trace }),
  };
  if (named === undefined) return told;
  if (typeof named !== 'string' || named.length > SESSION_MAX_CHARS || !SESSION_FORM.test(named)) return UNREADABLE;
  return { ...told, session: named };
}

const UNREADABLE: Fault = { fault: 'ANNOTATION_SHAPE' };
