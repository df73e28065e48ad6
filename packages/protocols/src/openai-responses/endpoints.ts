import type { Endpoint, ExchangeEndpoint, RequestHead } from '@sallyport/core';
import { isPlainQuery, openaiPath } from '../openai/paths.ts';

const ID = /^[A-Za-z]{2,16}[_-][\w-]{1,120}$/;
/** What may be asked of something stored: how much of it, and from where on. */
const STORED_QUERY =
  /^(?:\?(?:(?:stream|include_obfuscation)=(?:true|false)|(?:starting_after|limit)=\d{1,9}|order=(?:asc|desc)|(?:after|before)=[\w-]{1,128}|include(?:%5B%5D|\[\])?=[\w.]{1,64}|api-version=[\w.-]{1,32})(?:&(?:(?:stream|include_obfuscation)=(?:true|false)|(?:starting_after|limit)=\d{1,9}|order=(?:asc|desc)|(?:after|before)=[\w-]{1,128}|include(?:%5B%5D|\[\])?=[\w.]{1,64}|api-version=[\w.-]{1,32})){0,15})?$/;

/** What a path asks for; `ids` are those of stored things that it names. */
export interface ResponsesEndpoint extends ExchangeEndpoint {
  readonly ids: readonly string[];
}

const FIXED: ReadonlyMap<string, string> = new Map([
  ['/v1/responses', 'responses.create'],
  ['/v1/responses/input_tokens', 'responses.input_tokens'],
  ['/v1/responses/compact', 'responses.compact'],
  ['/v1/conversations', 'conversations.create'],
]);

const METHODS: Readonly<Record<string, readonly string[]>> = {
  'responses/id': ['GET', 'DELETE'],
  'responses/id/cancel': ['POST'],
  'responses/id/input_items': ['GET'],
  'conversations/id': ['GET', 'POST', 'DELETE'],
  'conversations/id/items': ['GET', 'POST'],
  'conversations/id/items/id': ['GET', 'DELETE'],
};

/** The endpoints of this protocol; everything else is not ours. */
export function matchEndpoint(head: RequestHead): Endpoint | undefined {
  const { method, query } = head;
  const path = openaiPath(head);
  const fixed = FIXED.get(path);
  if (fixed !== undefined) {
    if (method !== 'POST' || !isPlainQuery(query)) return undefined;
    return endpointOf({ operation: fixed, method, path, query, ids: [] });
  }
  const [, version, family, id = '', part, item] = path.split('/');
  const named = path.split('/').length;
  if (version !== 'v1' || (family !== 'responses' && family !== 'conversations') || named > 6) return undefined;
  const ids = item === undefined ? [id] : [id, item];
  if (!ids.every((each) => ID.test(each)) || !STORED_QUERY.test(query)) return undefined;
  const shape = `${family}/id${part === undefined ? '' : `/${part}`}${item === undefined ? '' : '/id'}`;
  if (!(METHODS[shape] ?? []).includes(method)) return undefined;
  return endpointOf({ operation: shape.replaceAll('/', '.'), method, path, query, ids });
}

interface Called extends Pick<ResponsesEndpoint, 'operation' | 'method' | 'ids'> {
  readonly path: string;
  readonly query: string;
}

function endpointOf({ operation, method, path, query, ids }: Called): ResponsesEndpoint {
  const stream = /[?&]stream=true\b/.test(query);
  const upstreamPath = `${path.slice('/v1'.length)}${fromTheStart(query)}`;
  return { kind: 'exchange', operation, method, upstreamPath, ids, ...(stream && { stream }) };
}

/**
 * A stream that is taken up again is read from its start: of a value that was cut in two there, the rest would show in
 * nothing. Its events are numbered, so that a client knows which ones it has.
 */
function fromTheStart(query: string): string {
  const kept = query
    .slice(1)
    .split('&')
    .filter((member) => member !== '' && !member.startsWith('starting_after='));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

/** Ids of stored things that an endpoint's path names. */
export function idsOf(endpoint: ExchangeEndpoint): readonly string[] {
  return 'ids' in endpoint ? (endpoint as ResponsesEndpoint).ids : [];
}
