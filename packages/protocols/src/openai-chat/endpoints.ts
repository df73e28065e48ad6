import type { Endpoint, RequestHead } from '@sallyport/core';
import { isPlainQuery, modelsEndpoint, openaiPath, postEndpoint } from '../openai/paths.ts';

/** The endpoints of this protocol; everything else is not ours. */
export function matchEndpoint(head: RequestHead): Endpoint | undefined {
  const chat = postEndpoint(head, 'chat.completions', '/chat/completions');
  if (chat !== undefined) return chat;
  return head.method === 'GET' && isPlainQuery(head.query) ? modelsEndpoint(openaiPath(head), '/v1') : undefined;
}
