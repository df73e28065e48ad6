import type { Check, CheckRun } from '../check-run.ts';
import type { SchemaSite } from '../schema-site.ts';

const OBJECT = 1;
const ARRAY = 2;
const STRING = 4;
const BOOLEAN = 8;
const NULL = 16;
const INTEGER = 32;
const FRACTION = 64;

/** Kinds of values as a set of bits, by the name of a type. */
const TYPES: ReadonlyMap<unknown, number> = new Map([
  ['object', OBJECT],
  ['array', ARRAY],
  ['string', STRING],
  ['boolean', BOOLEAN],
  ['null', NULL],
  ['integer', INTEGER],
  ['number', INTEGER | FRACTION],
]);

/** `type`, `const`, `enum`. */
export function readValues(site: SchemaSite): Check[] {
  const checks: Check[] = [];
  const types = typesOf(site);
  if (types !== undefined) checks.push((value, run) => (kindOf(value) & types) !== 0 || run.fail('type'));
  const constant = site.given('const');
  if (constant !== undefined) checks.push(among([constant], site, 'const'));
  const listed = site.list('enum');
  if (listed !== undefined) checks.push(among(listed, site, 'enum'));
  return checks;
}

function typesOf(site: SchemaSite): number | undefined {
  const given = site.given('type');
  if (given === undefined) return undefined;
  const names: readonly unknown[] = Array.isArray(given) ? given.slice(0, TYPES.size + 1) : [given];
  if (names.length === 0 || names.length > TYPES.size) return site.refuse('type');
  let types = 0;
  for (const name of names) {
    const kinds = TYPES.get(name);
    if (kinds === undefined) return site.refuse('type');
    types |= kinds;
  }
  return types;
}

/** 0 for what is no JSON. */
function kindOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return STRING;
    case 'boolean':
      return BOOLEAN;
    case 'number':
      return Number.isInteger(value) ? INTEGER : FRACTION;
    case 'bigint':
      return INTEGER;
    case 'object':
      if (value === null) return NULL;
      return Array.isArray(value) ? ARRAY : OBJECT;
    default:
      return 0;
  }
}

function among(values: readonly unknown[], site: SchemaSite, keyword: 'const' | 'enum'): Check {
  const listed = site.values(values);
  return (value: unknown, run: CheckRun) => listed.has(value, run) || run.fail(keyword);
}
