import type { JsonNode } from './json-node.ts';

/**
 * The same text for JSON that every reader reads alike: members are sorted and white space is gone; numbers stay as they
 * are written, because readers differ in how many of their digits they keep.
 * @param source the text that the node was parsed from
 * Cost: O(length), and the sorting of members.
 */
export function canonicalNode(node: JsonNode, source: string): string {
  switch (node.kind) {
    case 'object': {
      const members = node.members
        .map(({ key, value }) => `${JSON.stringify(key.value)}:${canonicalNode(value, source)}`)
        .sort();
      return `{${members.join(',')}}`;
    }
    case 'array':
      return `[${node.items.map((item) => canonicalNode(item, source)).join(',')}]`;
    case 'string':
      return JSON.stringify(node.value);
    default:
      return source.slice(node.start, node.end);
  }
}
