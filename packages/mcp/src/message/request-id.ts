import type { JsonNode } from '@sallyport/wire';
import type { RequestId } from './message.ts';

/** Longest id that is a string, UTF-16 characters. */
export const ID_MAX_CHARS = 1_024;

/** The one spelling of each integer: of `1.0`, `1e2` and `-0`, some parsers give back another id. */
const INTEGER = /^(?:0|-?[1-9][0-9]{0,15})$/;

/** @param text what the node was parsed from */
export function idOf(node: JsonNode | undefined, text: string): RequestId | undefined {
  if (node?.kind === 'string') return node.value.length <= ID_MAX_CHARS ? node.value : undefined;
  if (node?.kind !== 'number' || !Number.isSafeInteger(node.value)) return undefined;
  return INTEGER.test(text.slice(node.start, node.end)) ? node.value : undefined;
}

/** One text for each id: `1` and `"1"` are two. */
export function idKey(id: RequestId): string {
  return typeof id === 'string' ? `s${id}` : `n${id}`;
}
