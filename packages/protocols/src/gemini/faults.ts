import { ERRORS, type ErrorCode, type Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';
import table from './faults.json' with { type: 'json' };

const STATUSES: ReadonlyMap<string, string> = new Map(Object.entries(table));

/** An error in Google's form. Source: `google.rpc.Status`, as Google's APIs write it in JSON. */
export interface ErrorBody {
  readonly error: { readonly code: number; readonly message: string; readonly status: string };
}

/** @param exchange stands for the id that the provider gives a request */
export function errorBody(code: number, message: string, exchange?: string): ErrorBody {
  // What the table doesn't name is the caller's mistake, or else ours.
  const status = STATUSES.get(`${code}`) ?? (code < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
  return { error: { code, message: exchange === undefined ? message : `${message} (exchange ${exchange})`, status } };
}

export function faultBody(code: ErrorCode, exchange?: string): ErrorBody {
  const { status, message } = ERRORS[code];
  return errorBody(status, message, exchange);
}

export function faultReply(code: ErrorCode, exchange: string): Reply {
  return jsonReply(ERRORS[code].status, faultBody(code, exchange));
}
