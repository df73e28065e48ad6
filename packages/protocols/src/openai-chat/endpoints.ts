import type { Endpoint, RequestHead } from '@sallyport/core';
import { decodePath } from '../decode-path.ts';
import { isPlainQuery, openaiPath, postEndpoint } from '../openai/paths.ts';

const MODELS = '/v1/models';

/** The endpoints of this protocol; everything else is not ours. */
export function matchEndpoint(head: RequestHead): Endpoint | undefined {
  const chat = postEndpoint(head, 'chat.completions', '/chat/completions');
  if (chat !== undefined) return chat;
  const path = openaiPath(head);
  if (head.method !== 'GET' || !isPlainQuery(head.query)) return undefined;
  if (path === MODELS) return { kind: 'models', operation: 'models.list' };
  if (!path.startsWith(`${MODELS}/`)) return undefined;
  const model = decodePath(path.slice(MODELS.length + 1));
  return model === undefined || model === '' ? undefined : { kind: 'models', operation: 'models.retrieve', model };
}
