import type { Check, CheckRun } from '../check-run.ts';
import type { SchemaSite } from '../schema-site.ts';

const TYPES = new Set(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']);

/** `type`, `const`, `enum`. */
export function readValues(site: SchemaSite): Check[] {
  const checks: Check[] = [];
  const types = typesOf(site);
  if (types !== undefined) checks.push((value, run) => isOfType(value, types) || run.fail('type'));
  const constant = site.given('const');
  if (constant !== undefined) checks.push(among([constant], site, 'const'));
  const listed = site.list('enum');
  if (listed !== undefined) checks.push(among(listed, site, 'enum'));
  return checks;
}

function typesOf(site: SchemaSite): ReadonlySet<unknown> | undefined {
  const given = site.given('type');
  if (given === undefined) return undefined;
  const types: readonly unknown[] = Array.isArray(given) ? given.slice(0, TYPES.size + 1) : [given];
  const known = types.length > 0 && types.length <= TYPES.size && types.every(isTypeName);
  return known ? new Set(types) : site.refuse('type');
}

function isTypeName(type: unknown): boolean {
  return typeof type === 'string' && TYPES.has(type);
}

function isOfType(value: unknown, types: ReadonlySet<unknown>): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return types.has(typeof value);
    case 'number':
      return types.has('number') || (types.has('integer') && Number.isInteger(value));
    case 'bigint':
      return types.has('number') || types.has('integer');
    case 'object':
      return types.has(value === null ? 'null' : Array.isArray(value) ? 'array' : 'object');
    default:
      return false;
  }
}

function among(values: readonly unknown[], site: SchemaSite, keyword: 'const' | 'enum'): Check {
  const listed = site.values(values);
  return (value: unknown, run: CheckRun) => listed.has(value, run) || run.fail(keyword);
}
