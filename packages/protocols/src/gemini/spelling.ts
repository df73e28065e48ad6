import { type JsonNode, memberOf } from '@sallyport/wire';

const HUMPS = /[A-Z]/g;
const SNAKE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/;

/** Google's servers take the name that JSON gives a member (`fileData`) and the one of its definition (`file_data`). */
export function bothSpellings(name: string): readonly string[] {
  const snake = snakeCase(name);
  return snake === name ? [name] : [name, snake];
}

/** The name that JSON gives a member, whichever of its two was written. */
export function camelCase(name: string): string {
  return SNAKE.test(name) ? name.replace(/_([a-z0-9])/g, (_, first: string) => first.toUpperCase()) : name;
}

/** The value of a member, in either spelling; who looks has refused objects with both. @param name as JSON spells it */
export function memberIn(node: JsonNode | undefined, name: string): JsonNode | undefined {
  const own = memberOf(node, name);
  return own === undefined ? memberOf(node, snakeCase(name)) : own;
}

/** The string value of a member, in either spelling. */
export function stringIn(node: JsonNode | undefined, name: string): string | undefined {
  const value = memberIn(node, name);
  return value?.kind === 'string' ? value.value : undefined;
}

/** The elements of a list; where one object stands in its place, Google's servers take it for a list of one. */
export function itemsOf(value: JsonNode | undefined): readonly JsonNode[] {
  if (value?.kind === 'array') return value.items;
  return value?.kind === 'object' ? [value] : [];
}

function snakeCase(name: string): string {
  return name.replace(HUMPS, (hump) => `_${hump.toLowerCase()}`);
}
