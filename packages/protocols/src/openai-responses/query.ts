/** What a query asks for, and how much of it goes on. */
export interface Query {
  /** With its question mark; empty when nothing goes on. */
  readonly upstream: string;
  readonly stream: boolean;
  readonly startingAfter: number | undefined;
}

const QUERY_MAX_CHARS = 2_048;
/** Words, numbers and ids: whatever else stands in a query would reach the provider unread. */
const VALUE = /^[\w.-]{1,128}$/;
const NUMBER = /^(?:0|[1-9][0-9]{0,8})$/;
/** `include`, `include[]` and `include[0]` are one list to OpenAI; every other name stands once. */
const LIST = /^include(?:\[\d{0,3}\])?$/;
const EVERYWHERE: ReadonlySet<string> = new Set(['api-version']);

/**
 * Reads a query whose names are known. `starting_after` does not go on: a stream that is taken up again is read from its
 * beginning, so that no text is cut in two by where its client says that it stopped.
 * @returns `undefined` for a query that holds anything else, or says one thing twice
 */
export function readQuery(query: string, names: readonly string[]): Query | undefined {
  if (query.length > QUERY_MAX_CHARS) return undefined;
  const seen = new Map<string, string>();
  const kept: string[] = [];
  for (const pair of query.slice(1).split('&')) {
    if (pair === '') continue;
    const [name, value] = named(pair);
    if (name === undefined || value === undefined || !VALUE.test(value)) return undefined;
    const plain = LIST.test(name) ? 'include' : name;
    if (!names.includes(plain) && !EVERYWHERE.has(plain)) return undefined;
    if (plain !== 'include' && seen.has(plain)) return undefined;
    seen.set(plain, value);
    if (plain !== 'starting_after') kept.push(`${plain === 'include' ? 'include[]' : plain}=${value}`);
  }
  const after = seen.get('starting_after');
  if (after !== undefined && !NUMBER.test(after)) return undefined;
  const stream = seen.get('stream') ?? 'false';
  if (stream !== 'true' && stream !== 'false') return undefined;
  const upstream = kept.length === 0 ? '' : `?${kept.join('&')}`;
  return { upstream, stream: stream === 'true', startingAfter: after === undefined ? undefined : Number(after) };
}

function named(pair: string): readonly [string | undefined, string | undefined] {
  const cut = pair.indexOf('=');
  try {
    return [decodeURIComponent(pair.slice(0, cut)), decodeURIComponent(pair.slice(cut + 1))];
  } catch {
    return [undefined, undefined];
  }
}
