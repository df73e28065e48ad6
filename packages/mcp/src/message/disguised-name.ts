import type { JsonNode, JsonObject } from '@sallyport/wire';
import table from './decisive.json' with { type: 'json' };

interface Names {
  readonly exact: ReadonlySet<string>;
  readonly folded: ReadonlySet<string>;
}

const OF_MESSAGE = namesOf(table.message);
const OF_PARAMS = namesOf(table.params);
const OF_RESULT = namesOf(table.result);
const OF_ITEM = namesOf(table.item);

/**
 * JSON pointer of a member whose name some parsers take for one that decides what a message means, and others don't: Go's compare
 * names without case, as Unicode folds it. Whoever reads `Name` as `name` calls another tool than the one that was judged.
 * Looked at are the message, its params or result, and the items of a result's lists; what lies deeper is somebody's own.
 */
export function disguisedName(root: JsonObject): string | undefined {
  for (const { key, value } of root.members) {
    if (isDisguised(key.value, OF_MESSAGE)) return '';
    const names = key.value === 'params' ? OF_PARAMS : key.value === 'result' ? OF_RESULT : undefined;
    if (names !== undefined && holdsDisguised(value, names)) return `/${key.value}`;
    if (key.value === 'result' && listsDisguised(value)) return '/result';
  }
  return undefined;
}

function listsDisguised(result: JsonNode): boolean {
  if (result.kind !== 'object') return false;
  return result.members.some(
    ({ value }) => value.kind === 'array' && value.items.some((item) => holdsDisguised(item, OF_ITEM)),
  );
}

function holdsDisguised(node: JsonNode, names: Names): boolean {
  return node.kind === 'object' && node.members.some(({ key }) => isDisguised(key.value, names));
}

function isDisguised(name: string, { exact, folded }: Names): boolean {
  return !exact.has(name) && folded.has(fold(name));
}

function namesOf(names: readonly string[]): Names {
  return { exact: new Set(names), folded: new Set(names.map(fold)) };
}

function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}
