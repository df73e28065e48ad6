import { isFault } from '@sallyport/core';
import { canonicalNode } from './canonical-node.ts';
import { parseJson } from './parse-json.ts';

const MAX_DEPTH = 64;

/**
 * What tells two calls of a tool apart: the same text for arguments that every reader of JSON reads alike. Members are sorted and
 * white space is gone; numbers stay as they are written, because readers differ in how many of their digits they keep. What
 * is no JSON, or could be read in two ways (a member twice, deep nesting), is bound as it stands.
 * Cost: O(length).
 */
export function canonicalArguments(text: string): string {
  const node = parseJson(text, { maxDepth: MAX_DEPTH, strict: true });
  return isFault(node) ? `text:${text}` : `json:${canonicalNode(node, text)}`;
}
