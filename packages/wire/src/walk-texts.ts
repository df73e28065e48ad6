import type { JsonNode, JsonNumber, JsonString } from './json-node.ts';
import { LONG_NUMBER_CHARS } from './parse-json.ts';

/** A text inside a JSON value. */
export interface TextPlace {
  readonly node: JsonString | JsonNumber;
  /** The member that holds it, however many arrays lie between; for a key, the member that holds its object. */
  readonly field: string;
  /** JSON pointer of the value; for a key, of the member that it names. */
  readonly path: string;
  readonly isKey: boolean;
}

/** Where a walk begins. */
export interface WalkFrom {
  readonly field: string;
  readonly path: string;
}

/** Visits every string, every key and every whole number of many digits, in document order. */
export function walkTexts(node: JsonNode, from: WalkFrom, visit: (place: TextPlace) => void): void {
  const { field, path } = from;
  switch (node.kind) {
    case 'string':
      visit({ node, field, path, isKey: false });
      return;
    case 'number':
      if (node.end - node.start >= LONG_NUMBER_CHARS && Number.isInteger(node.value)) {
        visit({ node, field, path, isKey: false });
      }
      return;
    case 'array':
      for (const [index, item] of node.items.entries()) walkTexts(item, { field, path: `${path}/${index}` }, visit);
      return;
    case 'object':
      for (const { key, value } of node.members) {
        const inner = `${path}/${pointerToken(key.value)}`;
        visit({ node: key, field, path: inner, isKey: true });
        walkTexts(value, { field: key.value, path: inner }, visit);
      }
      return;
    case 'word':
      return;
  }
}

/** A member's name as JSON pointers write it (RFC 6901). */
export function pointerToken(name: string): string {
  return name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;
}
