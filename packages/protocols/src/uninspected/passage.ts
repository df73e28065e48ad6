import type { ExchangeEndpoint, ProtocolAdapter, RequestHead } from '@sallyport/core';
import { uninspected } from './uninspected.ts';

/** A call that nobody here can read, as it may go on where a route lets such pass. */
export interface Passage {
  readonly adapter: ProtocolAdapter;
  readonly endpoint: ExchangeEndpoint;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const PATH_MAX_CHARS = 2_048;
/** Segments of the longest operation behind a base, such as `/model/<id>/converse-stream`. */
const OPERATION_SEGMENTS_MAX = 4;
/** Segments of plain characters; an escaped dot or slash, an empty segment or a final slash is another path to somebody. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))(?:[\w.~:@!$&'()*+,=-]|%(?!2[ef]|5c|00)[0-9a-f]{2})+)+$/i;
const QUERY = /^\?[\w.~:@!$&'()*+,;=/?%[\]-]*$/;
/** Query members in which clients put their key. */
const KEY_NAMES: ReadonlySet<string> = new Set(['key', 'api-key', 'api_key', 'access_token']);

/**
 * What a path that no adapter matches would be at the provider of its protocol.
 * @returns `undefined` for a path that might be one of the endpoints that are inspected, spelt so that only the provider
 * takes it for that; for one by which models could be replaced or deleted; for one that could leave the provider's base; and
 * for one of no protocol
 */
export function passageFor(head: RequestHead, adapters: readonly ProtocolAdapter[]): Passage | undefined {
  const { method, path, query } = head;
  if (!METHODS.has(method) || path.length > PATH_MAX_CHARS || !PATH.test(path)) return undefined;
  const owner = adapters.find((adapter) => adapter.owns(head));
  if (owner === undefined || !path.startsWith(`${owner.basePath}/`) || isClosed(path, adapters)) return undefined;
  const rest = withoutKeys(query);
  if (rest === undefined) return undefined;
  const upstreamPath = `${path.slice(owner.basePath.length)}${rest}`;
  const endpoint = { kind: 'exchange', operation: 'uninspected', method, upstreamPath, uninspected: true } as const;
  return { adapter: uninspected(owner), endpoint };
}

/**
 * Whether a path, read as loosely as any server may, is one that an adapter inspects, or one that manages the server, whatever
 * its method. What it ends with counts too: behind a deployment or a project, the operation is the same, whatever that is
 * called and the query says.
 */
function isClosed(path: string, adapters: readonly ProtocolAdapter[]): boolean {
  const loose = [decoded(path), decoded(path).toLowerCase()];
  const isKnown = (spelling: string) =>
    adapters.some((adapter) =>
      [...METHODS].some((method) => adapter.match({ method, path: spelling, query: '', headers: {} }) !== undefined),
    );
  if (adapters.some((adapter) => adapter.manages?.(decoded(path).toLowerCase()) === true)) return true;
  const bases = [...new Set(adapters.map(({ basePath }) => basePath))];
  return loose.some(
    (spelling) => isKnown(spelling) || endsOf(spelling).some((end) => bases.some((base) => isKnown(`${base}${end}`))),
  );
}

/** The last segments of a path, as many as an operation may have. */
function endsOf(path: string): readonly string[] {
  const segments = path.split('/').slice(1);
  const most = Math.min(OPERATION_SEGMENTS_MAX, segments.length);
  return Array.from({ length: most }, (_, at) => `/${segments.slice(segments.length - at - 1).join('/')}`);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function withoutKeys(query: string): string | undefined {
  if (query === '' || query === '?') return '';
  if (query.length > PATH_MAX_CHARS || !QUERY.test(query)) return undefined;
  const members = query.slice(1).split('&');
  const kept = members.filter((member) => !KEY_NAMES.has(decoded(member.split('=')[0] ?? '').toLowerCase()));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}
