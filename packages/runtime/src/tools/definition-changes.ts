/** Changes of one definition that are told one by one, those of what a model reads first; of more, how many. */
export const CHANGES_TOLD_MAX = 200;

/** One place of a definition that is not what it was. */
export interface DefinitionChange {
  /** JSON pointer (RFC 6901); `''` is the whole definition. */
  readonly at: string;
  /** A string as it is, anything else as JSON; absent where the place is new. */
  readonly before?: string;
  /** The same; absent where the place is gone. */
  readonly after?: string;
}

export interface DefinitionChanges {
  readonly changes: readonly DefinitionChange[];
  /** Further ones. */
  readonly more: number;
}

/**
 * What is not the same in two definitions: what a model reads of a tool first, then what it reads of its parts, then the rest, each in the
 * order of the names. Whoever adds many members hides nothing behind them.
 * @param before canonical JSON, as `PinnedText` has it; absent: all of the other one is new
 * Cost: O(characters).
 */
export function definitionChanges(before: string | undefined, after: string): DefinitionChanges {
  const found: DefinitionChange[] = [];
  compare('', { before: before === undefined ? undefined : JSON.parse(before), after: JSON.parse(after) }, found);
  // What JSON reads alike, such as 1 and 1.0, is still another text.
  if (found.length === 0 && before !== after)
    found.push({ at: '', ...(before === undefined ? {} : { before }), after });
  const ranked = RANKS.flatMap((rank) => found.filter(({ at }) => rankOf(at) === rank));
  const changes = ranked.slice(0, CHANGES_TOLD_MAX);
  return { changes, more: found.length - changes.length };
}

/** Members whose text tells a model what something is. */
const TELLING: ReadonlySet<string> = new Set(['name', 'title', 'description']);
/** Of a tool's own such members: `/description`, `/function/description`. */
const OWN_DEPTH_MAX = 2;
const RANKS = [0, 1, 2] as const;

function rankOf(at: string): (typeof RANKS)[number] {
  const [, ...path] = at.split('/');
  if (at !== '' && !TELLING.has(path.at(-1) ?? '')) return 2;
  return path.length <= OWN_DEPTH_MAX ? 0 : 1;
}

interface Pair {
  readonly before: unknown;
  readonly after: unknown;
}

/** Depth is bounded by that of a request, size by what is kept of a definition. */
function compare(at: string, { before, after }: Pair, found: DefinitionChange[]): void {
  const left = childrenOf(before);
  const right = childrenOf(after);
  const parted = left !== undefined && right !== undefined && Array.isArray(before) === Array.isArray(after);
  if (parted || (before === undefined && right !== undefined && right.size > 0)) {
    for (const name of new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])) {
      const inner = { before: left?.get(name), after: right?.get(name) };
      compare(`${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, inner, found);
    }
    return;
  }
  const [was, is] = [wordOf(before), wordOf(after)];
  if (was === is && typeof before === typeof after) return;
  found.push({ at, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) });
}

function childrenOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function wordOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
