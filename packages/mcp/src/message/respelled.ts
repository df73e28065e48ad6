import { lateError, lateNotification, lateRequest, lateResult } from './late-message.ts';
import type { McpMessage, RequestId } from './message.ts';

export interface Respelling {
  readonly bytes: Uint8Array;
  /** Default: as before. */
  readonly id?: RequestId;
}

/** The same message in other bytes, which hold the same members. */
export function respelled(message: McpMessage, { bytes, id }: Respelling): McpMessage {
  switch (message.kind) {
    case 'request': {
      const { kind, method } = message;
      return lateRequest({ kind, id: id ?? message.id, method, bytes, has: 'params' in message });
    }
    case 'notification': {
      const { kind, method } = message;
      return lateNotification({ kind, method, bytes, has: 'params' in message });
    }
    case 'result':
      return lateResult({ kind: message.kind, id: id ?? message.id, bytes });
    case 'error': {
      const { kind, code, message: said } = message;
      const known = id ?? message.id;
      const head = { kind, ...(known !== undefined && { id: known }), code, message: said, bytes };
      return lateError({ ...head, has: 'data' in message });
    }
  }
}
