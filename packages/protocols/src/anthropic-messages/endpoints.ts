import type { Endpoint, RequestHead } from '@sallyport/core';
import { decodePath } from '../decode-path.ts';

const MESSAGES = '/v1/messages';
const MODELS = '/v1/models';
/** The operation that asks how many tokens a request has. */
export const COUNT_TOKENS = 'messages.count_tokens';

const OPERATIONS: ReadonlyMap<string, string> = new Map([
  [MESSAGES, 'messages'],
  [`${MESSAGES}/count_tokens`, COUNT_TOKENS],
]);

/** What a query may say: it would reach the provider unread, and be logged by every proxy on the way. */
const QUERY = /^(?:\?(?:beta=true)?)?$/;
/** All models fit on one page, so that no page is asked for by its neighbour. */
const LIST_QUERY = /^(?:\?(?:(?:beta=true|limit=\d{1,4})(?:&(?:beta=true|limit=\d{1,4}))?)?)?$/;

/** The endpoints of this protocol; everything else is not ours. Lists of models are, when the client names its version. */
export function matchEndpoint(head: RequestHead): Endpoint | undefined {
  const { method, path, query } = head;
  const operation = OPERATIONS.get(path);
  if (method === 'POST' && operation !== undefined && QUERY.test(query)) {
    return { kind: 'exchange', operation, method: 'POST', upstreamPath: `${path}${query}` };
  }
  if (method !== 'GET' || !hasVersion(head) || !LIST_QUERY.test(query)) return undefined;
  if (path === MODELS) return { kind: 'models', operation: 'models.list' };
  if (!path.startsWith(`${MODELS}/`)) return undefined;
  const model = decodePath(path.slice(MODELS.length + 1));
  return model === undefined || model === '' ? undefined : { kind: 'models', operation: 'models.retrieve', model };
}

/** Every path below `/v1/messages`, and whatever a client asks for that names this protocol's version. */
export function ownsPath(head: RequestHead): boolean {
  return head.path === MESSAGES || head.path.startsWith(`${MESSAGES}/`) || hasVersion(head);
}

function hasVersion({ headers }: RequestHead): boolean {
  return headers['anthropic-version'] !== undefined;
}
