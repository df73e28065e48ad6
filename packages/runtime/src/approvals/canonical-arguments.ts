import { isFault } from '@sallyport/core';
import { type JsonNode, parseJson } from '@sallyport/wire';

const MAX_DEPTH = 64;

/**
 * What an approval of a call binds: the same text for arguments that every reader of JSON reads alike. Members are sorted and
 * white space is gone; numbers stay as they are written, because readers differ in how many of their digits they keep. What
 * is no JSON, or could be read in two ways (a member twice, deep nesting), is bound as it stands.
 * Cost: O(length).
 */
export function canonicalArguments(text: string): string {
  const node = parseJson(text, { maxDepth: MAX_DEPTH, strict: true });
  return isFault(node) ? `text:${text}` : `json:${canonical(node, text)}`;
}

function canonical(node: JsonNode, source: string): string {
  switch (node.kind) {
    case 'object': {
      const members = node.members
        .map(({ key, value }) => `${JSON.stringify(key.value)}:${canonical(value, source)}`)
        .sort();
      return `{${members.join(',')}}`;
    }
    case 'array':
      return `[${node.items.map((item) => canonical(item, source)).join(',')}]`;
    case 'string':
      return JSON.stringify(node.value);
    default:
      return source.slice(node.start, node.end);
  }
}
