import { ERRORS, type ErrorCode, type Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';
import table from './faults.json' with { type: 'json' };

const TYPES: Readonly<Partial<Record<ErrorCode, string>>> = table;

/** The body of an error of this protocol. */
export interface ErrorBody {
  readonly type: 'error';
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id: string | null;
}

/** The body of an error. @param exchange stands for the id that the provider gives a request */
export function errorOf(type: string, message: string, exchange: string | undefined): ErrorBody {
  const said = exchange === undefined ? message : `${message} (exchange ${exchange})`;
  return { type: 'error', error: { type, message: said }, request_id: exchange ?? null };
}

/** What the table doesn't name is the caller's mistake, or else ours or the provider's failure. */
export function errorBody(code: ErrorCode, exchange?: string): ErrorBody {
  const { status, message } = ERRORS[code];
  return errorOf(TYPES[code] ?? (status < 500 ? 'invalid_request_error' : 'api_error'), message, exchange);
}

export function faultReply(code: ErrorCode, exchange: string): Reply {
  const { status, retryable } = ERRORS[code];
  return jsonReply(status, errorBody(code, exchange), { 'x-should-retry': String(retryable) });
}
