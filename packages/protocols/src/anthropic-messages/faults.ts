import { ERRORS, type ErrorCode, type Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';
import table from './faults.json' with { type: 'json' };

interface ErrorShape {
  readonly type?: string;
  /** What SDKs act on beyond the type (SDK 1.14.0): a helper that keeps its conversation at the provider sends all of it again. */
  readonly details?: Readonly<Record<string, string>>;
}

const SHAPES: Readonly<Partial<Record<ErrorCode, ErrorShape>>> = table;

/** The body of an error of this protocol. */
export interface ErrorBody {
  readonly type: 'error';
  readonly error: { readonly type: string; readonly message: string; readonly details?: ErrorShape['details'] };
  readonly request_id: string | null;
}

/** The body of an error. @param exchange stands for the id that the provider gives a request */
export function errorOf(error: ErrorBody['error'], exchange: string | undefined): ErrorBody {
  const { message } = error;
  const said = exchange === undefined ? message : `${message} (exchange ${exchange})`;
  return { type: 'error', error: { ...error, message: said }, request_id: exchange ?? null };
}

/** What the table doesn't name is the caller's mistake, or else ours or the provider's failure. */
export function errorBody(code: ErrorCode, exchange?: string): ErrorBody {
  const { status, message } = ERRORS[code];
  const { type = status < 500 ? 'invalid_request_error' : 'api_error', details } = SHAPES[code] ?? {};
  return errorOf({ type, message, ...(details !== undefined && { details }) }, exchange);
}

export function faultReply(code: ErrorCode, exchange: string): Reply {
  const { status, retryable } = ERRORS[code];
  return jsonReply(status, errorBody(code, exchange), { 'x-should-retry': String(retryable) });
}
