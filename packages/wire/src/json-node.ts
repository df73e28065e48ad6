/** A decoded JSON value that remembers where it stood. Offsets are UTF-16 in the text that was parsed, `end` exclusive. */
export type JsonNode = JsonObject | JsonArray | JsonString | JsonNumber | JsonWord;

export interface JsonObject {
  readonly kind: 'object';
  readonly start: number;
  readonly end: number;
  readonly members: readonly JsonMember[];
}

export interface JsonMember {
  readonly key: JsonString;
  readonly value: JsonNode;
}

export interface JsonArray {
  readonly kind: 'array';
  readonly start: number;
  readonly end: number;
  readonly items: readonly JsonNode[];
  /** It holds numbers and nothing else, and they were left out of the items, as `JsonRules.skipVectors` asks. */
  readonly vector?: true;
}

/** `start` and `end` include the quotes; `value` is decoded. */
export interface JsonString {
  readonly kind: 'string';
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

export interface JsonNumber {
  readonly kind: 'number';
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

export interface JsonWord {
  readonly kind: 'word';
  readonly start: number;
  readonly end: number;
  readonly value: boolean | null;
}

/** The value of the first member of that name. */
export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined;
  for (const member of node.members) if (member.key.value === name) return member.value;
  return undefined;
}

/** The string value of a member, or `undefined` when it is absent or something else. */
export function stringOf(node: JsonNode | undefined, name: string): string | undefined {
  const value = memberOf(node, name);
  return value?.kind === 'string' ? value.value : undefined;
}

/** The number value of a member, or `undefined` when it is absent or something else. */
export function numberOf(node: JsonNode | undefined, name: string): number | undefined {
  const value = memberOf(node, name);
  return value?.kind === 'number' ? value.value : undefined;
}

export function isNull(node: JsonNode): boolean {
  return node.kind === 'word' && node.value === null;
}
