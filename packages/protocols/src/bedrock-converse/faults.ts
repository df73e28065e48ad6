import { Buffer } from 'node:buffer';
import { ERRORS, type ErrorCode, type Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';
import table from './faults.json' with { type: 'json' };
import { exceptionFrame } from './frames.ts';

const TYPES: Readonly<Partial<Record<ErrorCode, string>>> = table;
const SERVICE_UNAVAILABLE = 503;

/** An error in AWS's form: the type is in a header. @param exchange stands for the id that the provider gives a request */
export function errorReply(status: number, type: string, { message, exchange }: Said): Reply {
  const headers = { 'x-amzn-errortype': type };
  if (exchange === undefined) return jsonReply(status, { message }, headers);
  return jsonReply(
    status,
    { message: `${message} (exchange ${exchange})` },
    { ...headers, 'x-amzn-requestid': exchange },
  );
}

interface Said {
  readonly message: string;
  readonly exchange?: string;
}

/** What the table doesn't name is the caller's mistake, or else ours. */
export function faultReply(code: ErrorCode, exchange?: string): Reply {
  const { status, message } = ERRORS[code];
  const type = TYPES[code] ?? (status < 500 ? 'ValidationException' : 'InternalServerException');
  return errorReply(status, type, { message, ...(exchange !== undefined && { exchange }) });
}

/** The same in the middle of a stream, in one of the few forms that a stream has for it. */
export function faultFrame(code: ErrorCode): Uint8Array {
  const { status, message } = ERRORS[code];
  if (code.startsWith('UPSTREAM_')) return exceptionFrame('modelStreamErrorException', message);
  const type = status === SERVICE_UNAVAILABLE ? 'serviceUnavailableException' : 'internalServerException';
  return exceptionFrame(type, message);
}

/** The same in the place of a whole answer. */
export function faultBody(code: ErrorCode): Uint8Array {
  return Buffer.from(JSON.stringify({ message: ERRORS[code].message }));
}
