import type { Endpoint, RequestHead } from '@sallyport/core';

const MODELS = '/v1/models';

/** What a query may say: it would reach the provider unread, and be logged by every proxy on the way. */
const QUERY = /^(?:\?(?:api-version=[\w.-]{1,32})?)?$/;

/** The endpoints of this protocol; everything else is not ours. */
export function matchEndpoint({ method, path, query }: RequestHead): Endpoint | undefined {
  if (!QUERY.test(query)) return undefined;
  if (method === 'POST' && path === '/v1/chat/completions') {
    const upstreamPath = `/chat/completions${query}`;
    return { kind: 'exchange', operation: 'chat.completions', method: 'POST', upstreamPath };
  }
  if (method !== 'GET') return undefined;
  if (path === MODELS) return { kind: 'models', operation: 'models.list' };
  if (!path.startsWith(`${MODELS}/`)) return undefined;
  const model = decodePath(path.slice(MODELS.length + 1));
  return model === undefined || model === '' ? undefined : { kind: 'models', operation: 'models.retrieve', model };
}

/** The paths of OpenAI and of those that are compatible with it. */
export function ownsPath({ path }: RequestHead): boolean {
  return path.startsWith('/v1/');
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
