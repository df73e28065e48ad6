import { Buffer } from 'node:buffer';
import type { Refusal } from '@sallyport/core';
import { sseData } from '../answer/sse.ts';
import type { ErrorBody } from './faults.ts';

/** The last event of a stream. */
export const DONE = 'data: [DONE]\n\n';

/** An error in the stream, which the SDK throws. */
export function errorEvents(body: ErrorBody): Uint8Array {
  return Buffer.from(sseData(body) + DONE);
}

export function refusalError({ message, effect, exchange }: Refusal): ErrorBody {
  return {
    error: {
      message: `${message} (exchange ${exchange})`,
      type: 'invalid_request_error',
      param: null,
      code: effect === 'ask' ? 'approval_required' : 'invalid_prompt',
    },
  };
}
