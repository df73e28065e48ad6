import type { McpMessage, RequestId } from '../message/message.ts';
import { writeError, writeResult } from '../message/write-message.ts';
import { ERROR_CODES } from '../revision/error-codes.ts';

/** A request that a bridge cannot bring to its end, in the form that its method has for that: tools say so in their result. */
export function failure(id: RequestId, method: string, sentence: string): McpMessage {
  return method === 'tools/call'
    ? writeResult(id, { content: [{ type: 'text', text: sentence }], isError: true })
    : writeError(id, { code: ERROR_CODES.internal, message: sentence });
}

export function refusal(id: RequestId, code: number, message: string): McpMessage {
  return writeError(id, { code, message });
}

/** Methods whose results may ask for more first. Source: SDK 2.4.0, `encodeContract.ts`. */
export const ASKING_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** Results that say how long they hold. Source: SDK 2.4.0, `resultCacheHints.ts`. */
export const CACHEABLE_METHODS: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'server/discover',
]);
