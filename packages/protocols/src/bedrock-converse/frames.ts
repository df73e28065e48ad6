import { encodeEventFrame } from '@sallyport/wire';

/** Of a stream that the gateway makes itself. */
export const STREAM_TYPE = 'application/vnd.amazon.eventstream';

/** One event of a stream. */
export function eventFrame(type: string, payload: object): Uint8Array {
  return encodeEventFrame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(payload),
  );
}

/** An error in the place of an event, which the SDK throws. */
export function exceptionFrame(type: string, message: string): Uint8Array {
  return encodeEventFrame(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message }),
  );
}
