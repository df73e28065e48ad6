import type { JsonNode, JsonObject } from '@sallyport/wire';

/** The id of a request: JSON-RPC's number must be an integer here, as the specification says. */
export type RequestId = string | number;

/** One message, with the exact bytes that carried it: what is not edited goes on as it came. */
export type McpMessage = McpRequest | McpNotification | McpResult | McpError;

export interface MessageBytes {
  /** One JSON object in UTF-8, without anything around it. */
  readonly bytes: Uint8Array;
  /** The same, decoded. */
  readonly text: string;
  /** Offsets are UTF-16 in `text`. */
  readonly root: JsonObject;
}

/** What comes back for a request. */
export type McpAnswer = McpResult | McpError;

export interface McpRequest extends MessageBytes {
  readonly kind: 'request';
  readonly id: RequestId;
  readonly method: string;
  readonly params?: JsonObject;
}

export interface McpNotification extends MessageBytes {
  readonly kind: 'notification';
  readonly method: string;
  readonly params?: JsonObject;
}

export interface McpResult extends MessageBytes {
  readonly kind: 'result';
  readonly id: RequestId;
  readonly result: JsonObject;
}

export interface McpError extends MessageBytes {
  readonly kind: 'error';
  /** Absent where the other side could not tell which request it answers. */
  readonly id?: RequestId;
  readonly code: number;
  /** Whatever the other side wrote: content. */
  readonly message: string;
  readonly data?: JsonNode;
}
