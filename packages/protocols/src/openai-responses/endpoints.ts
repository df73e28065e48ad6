import type { ExchangeEndpoint, RequestHead } from '@sallyport/core';
import { openaiPath } from '../openai/paths.ts';
import table from './endpoints.json' with { type: 'json' };
import { type Query, readQuery } from './query.ts';

/** One row of `endpoints.json`. */
interface EndpointRow {
  readonly operation: string;
  readonly method: string;
  /** Behind the version; `{response}` and `{conversation}` are ids that must be the caller's, `{item}` is one of their items. */
  readonly path: string;
  /** Names that its query may have. */
  readonly query: readonly string[];
}

const ROWS: readonly EndpointRow[] = table;
/** An id as this protocol makes them. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;
const VERSION = '/v1';
/** The one call that changes something and says nothing. */
const CANCEL = 'responses.cancel';

/** An endpoint of this protocol, with what its path and its query say. */
export interface ResponsesEndpoint extends ExchangeEndpoint {
  /** Ids in the path: of what the caller must own, and of items within it. */
  readonly owned: readonly string[];
  readonly items: readonly string[];
  /** The client has all events of the stream up to this number. */
  readonly startingAfter: number | undefined;
  /** Whether it says something in a body. */
  readonly hasBody: boolean;
}

export function matchEndpoint(head: RequestHead): ResponsesEndpoint | undefined {
  const path = openaiPath(head);
  if (!path.startsWith(`${VERSION}/`)) return undefined;
  const segments = path.slice(VERSION.length + 1).split('/');
  for (const row of ROWS) {
    const ids = row.method === head.method ? idsIn(row, segments) : undefined;
    const query = ids === undefined ? undefined : readQuery(head.query, row.query);
    if (ids !== undefined && query !== undefined) return endpointOf(row, ids, { segments, query });
  }
  return undefined;
}

/** An endpoint that was matched here; one that a test wrote down has no ids. */
export function asResponses(endpoint: ExchangeEndpoint): ResponsesEndpoint {
  const { method } = endpoint;
  return { owned: [], items: [], startingAfter: undefined, hasBody: method === 'POST', ...endpoint };
}

interface Asked {
  readonly segments: readonly string[];
  readonly query: Query;
}

function endpointOf({ operation, method }: EndpointRow, ids: Ids, { segments, query }: Asked): ResponsesEndpoint {
  return {
    kind: 'exchange',
    operation,
    method,
    upstreamPath: `/${segments.join('/')}${query.upstream}`,
    ...(query.stream && { stream: true }),
    ...ids,
    startingAfter: query.startingAfter,
    hasBody: method === 'POST' && operation !== CANCEL,
  };
}

type Ids = Pick<ResponsesEndpoint, 'owned' | 'items'>;

function idsIn({ path }: EndpointRow, segments: readonly string[]): Ids | undefined {
  const wanted = path.slice(1).split('/');
  if (wanted.length !== segments.length) return undefined;
  const owned: string[] = [];
  const items: string[] = [];
  for (const [at, segment] of wanted.entries()) {
    const given = segments[at] ?? '';
    if (!segment.startsWith('{')) {
      if (given !== segment) return undefined;
    } else if (!ID.test(given)) return undefined;
    else if (segment === '{item}') items.push(given);
    else owned.push(given);
  }
  return { owned, items };
}

export function isId(value: string): boolean {
  return ID.test(value);
}
