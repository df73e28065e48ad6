import {
  calledName,
  claimedVersion,
  decodeHeaderValue,
  ERROR_CODES,
  HEADERS,
  isLegacy,
  isRevision,
  type McpMessage,
  type McpRequest,
  MODERN,
  type Revision,
  readEnvelope,
} from '@sallyport/mcp';
import { reject } from './check-head.ts';
import { type ClientRequest, hasHeader, headerOf, type Rejection } from './client-request.ts';

/** Whether a message, or the header beside it, says that each request stands for itself. */
export function isModern(request: ClientRequest, message: McpMessage): boolean {
  if (message.kind === 'request' && claimedVersion(message.params) !== undefined) return true;
  return headerOf(request, HEADERS.protocolVersion) === MODERN;
}

/**
 * Looks at a request that stands for itself: that it says all that it must, in a revision that is spoken here, and that its
 * headers, by which others may have let it pass, say the same.
 */
export function checkEnvelope(
  request: ClientRequest,
  message: McpRequest,
  revisions: readonly Revision[],
): Rejection | undefined {
  const claimed = claimedVersion(message.params);
  if (claimed === undefined || readEnvelope(message.params) === undefined) {
    return reject(400, 'request lacks a part of its envelope in `_meta`', ERROR_CODES.invalidParams);
  }
  const header = headerOf(request, HEADERS.protocolVersion);
  if (header !== claimed) return mismatch(HEADERS.protocolVersion);
  if (headerOf(request, HEADERS.method) !== message.method) return mismatch(HEADERS.method);
  const name = calledName(message);
  const named = headerOf(request, HEADERS.name);
  if (
    name === undefined ? hasHeader(request, HEADERS.name) : named === undefined || decodeHeaderValue(named) !== name
  ) {
    return mismatch(HEADERS.name);
  }
  if (isRevision(claimed) && !isLegacy(claimed) && revisions.includes(claimed)) return undefined;
  return unsupported(claimed, revisions);
}

/** Looks at the handshake of a session. Which revision it ends in is for others to say. */
export function checkHandshake(revisions: readonly Revision[]): Rejection | undefined {
  return revisions.some(isLegacy) ? undefined : unsupported(undefined, revisions);
}

function unsupported(requested: string | undefined, revisions: readonly Revision[]): Rejection {
  return {
    ...reject(400, 'revision of the protocol is not one that is spoken here', ERROR_CODES.unsupportedProtocolVersion),
    data: { supported: revisions, ...(requested !== undefined && { requested }) },
  };
}

/** @param name of the header */
export function mismatch(name: string): Rejection {
  return reject(400, `header \`${name}\` does not say what the body says`, ERROR_CODES.headerMismatch);
}
