import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { DiscoveryFailure } from './discover.ts';
import { OutboundFailure } from './outbound.ts';

/** What authorization servers may say that is told on (RFC 6749, sections 4.1.2.1 and 5.2; RFC 8707, section 2; RFC 7591, section 3.2.2). */
const KNOWN_ERRORS = new Set([
  'access_denied',
  'invalid_client',
  'invalid_client_metadata',
  'invalid_grant',
  'invalid_redirect_uri',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
]);

/**
 * Why an authorization server is not gone on with, for operators; undefined for what is no fault of its own. Errors of the library hold the answer
 * itself, with tokens in it: of them only the kind is told.
 */
export function whyFailed(error: unknown): string | undefined {
  if (error instanceof DiscoveryFailure || error instanceof OutboundFailure) return error.message;
  if (error instanceof WWWAuthenticateChallengeError) return 'authorization server does not take the client';
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    return KNOWN_ERRORS.has(error.error)
      ? `authorization server says \`${error.error}\``
      : 'authorization server says an error';
  }
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) {
    return `answer of the authorization server cannot be used (${error.code ?? 'unknown'})`;
  }
  return undefined;
}
