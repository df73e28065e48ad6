import type { Endpoint, RequestHead } from '@sallyport/core';

const MODELS = '/v1/models';
const BEARER = /^Bearer +([^\s]{1,4096}) *$/i;

/** What a query may say: it would reach the provider unread, and be logged by every proxy on the way. */
const QUERY = /^(?:\?(?:api-version=[\w.-]{1,32})?)?$/;

/** The endpoints of this protocol; everything else is not ours. */
export function matchEndpoint({ method, path, query }: RequestHead): Endpoint | undefined {
  if (!QUERY.test(query)) return undefined;
  if (method === 'POST' && path === '/v1/chat/completions') {
    return { kind: 'exchange', operation: 'chat.completions', upstreamPath: '/chat/completions' };
  }
  if (method !== 'GET') return undefined;
  if (path === MODELS) return { kind: 'models', operation: 'models.list' };
  if (!path.startsWith(`${MODELS}/`)) return undefined;
  const model = decodePath(path.slice(MODELS.length + 1));
  return model === undefined || model === '' ? undefined : { kind: 'models', operation: 'models.retrieve', model };
}

/** The gateway key: `Authorization: Bearer …`. */
export function credentialOf({ headers }: RequestHead): string | undefined {
  const { authorization } = headers;
  return typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
