import type { McpMessage, McpRequest } from '../message/message.ts';
import { writeError } from '../message/write-message.ts';
import { claimedVersion, type Envelope } from '../revision/envelope.ts';
import { ERROR_CODES } from '../revision/error-codes.ts';
import { maySay } from '../revision/methods.ts';
import { MODERN } from '../revision/revisions.ts';
import { refusal } from './answers.ts';

/** Why a request is none of 2026-07-28, as the answer to it. */
export function modernRefusal(
  { id, method, params }: McpRequest,
  envelope: Envelope | undefined,
): McpMessage | undefined {
  const claimed = claimedVersion(params);
  if (claimed !== undefined && claimed !== MODERN) {
    return writeError(id, {
      code: ERROR_CODES.unsupportedProtocolVersion,
      message: 'protocol version is not supported',
      data: { supported: [MODERN], requested: claimed },
    });
  }
  if (envelope === undefined)
    return refusal(id, ERROR_CODES.invalidParams, 'what a request says of its client is missing');
  return maySay(MODERN, 'client', { kind: 'request', method })
    ? undefined
    : refusal(id, ERROR_CODES.methodNotFound, 'method is not known');
}
