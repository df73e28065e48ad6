import { ERRORS, type ErrorCode, type Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';

/** The body of an error of this protocol, and the line of a stream that reports one: a sentence and nothing else. */
export interface ErrorBody {
  readonly error: string;
}

export function errorBody(code: ErrorCode, exchange?: string): ErrorBody {
  const { message } = ERRORS[code];
  return { error: exchange === undefined ? message : `${message} (exchange ${exchange})` };
}

export function faultReply(code: ErrorCode, exchange: string): Reply {
  return jsonReply(ERRORS[code].status, errorBody(code, exchange));
}
