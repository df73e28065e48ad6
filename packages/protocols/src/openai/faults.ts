import { ERRORS, type ErrorCode, type Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';
import table from './faults.json' with { type: 'json' };

interface ErrorShape {
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
}

const SHAPES: Readonly<Partial<Record<ErrorCode, ErrorShape>>> = table;

/** The body of an error of this protocol. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** What the table doesn't name is ours or the provider's failure: a server error with our own code in small letters. */
export function errorBody(code: ErrorCode, exchange?: string): ErrorBody {
  const { type, code: named, param } = SHAPES[code] ?? {};
  const known = ERRORS[code];
  const message = exchange === undefined ? known.message : `${known.message} (exchange ${exchange})`;
  return {
    error: {
      message,
      type: type ?? (known.status < 500 ? 'invalid_request_error' : 'server_error'),
      param: param ?? null,
      code: named ?? code.toLowerCase(),
    },
  };
}

export function faultReply(code: ErrorCode, exchange: string): Reply {
  const { status, retryable } = ERRORS[code];
  return jsonReply(status, errorBody(code, exchange), { 'x-should-retry': String(retryable) });
}
