import type { ToolCall } from '@sallyport/core';
import { type JsonNode, parseJson } from '@sallyport/wire';
import { wordsOfName } from './sink-role.ts';

/** Names of arguments that say which document is meant. */
const DOCUMENT_NAMES: ReadonlySet<string> = new Set(
  'path paths file files filename filepath uri uris url urls link href document page site website resource'.split(' '),
);
/** Characters of such a name that are kept. */
export const DOCUMENT_MAX_CHARS = 256;
const BOUNDS = { maxDepth: 4, strict: false } as const;

/** The document that a call asks for: the first path or address among its arguments; of a list its first. Cost: O(arguments). */
export function namedDocument({ arguments: given }: Pick<ToolCall, 'arguments'>): string | undefined {
  const node = parseJson(given, BOUNDS);
  if ('fault' in node || node.kind !== 'object') return undefined;
  for (const { key, value } of node.members) {
    if (!wordsOfName(key.value).some((word) => DOCUMENT_NAMES.has(word))) continue;
    const named = firstText(value);
    if (named !== undefined) return named.slice(0, DOCUMENT_MAX_CHARS).toWellFormed();
  }
  return undefined;
}

function firstText(node: JsonNode): string | undefined {
  if (node.kind === 'array') return node.items[0]?.kind === 'string' ? firstText(node.items[0]) : undefined;
  if (node.kind !== 'string' || node.value.trim() === '') return undefined;
  return node.value;
}
