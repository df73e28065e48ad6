import type { Check, CheckRun, SchemaNode } from '../check-run.ts';
import { isObject } from '../is-object.ts';
import type { Marks } from '../marks.ts';
import type { SchemaPattern } from '../pattern/pattern-shelf.ts';
import type { SchemaSite } from '../schema-site.ts';

type JsonObject = Readonly<Record<string, unknown>>;
type ObjectCheck = (value: JsonObject, run: CheckRun, marks: Marks | undefined) => boolean;

interface Members {
  readonly named: ReadonlyMap<string, SchemaNode>;
  readonly patterned: readonly { readonly pattern: SchemaPattern; readonly node: SchemaNode }[];
  readonly rest: SchemaNode | undefined;
  readonly restIsNone: boolean;
}

/** What a pointer says of a member that the schema doesn't name: its name is the caller's word. */
export const UNNAMED = '*';

/** Number, names and schemas of members. */
export function readObjects(site: SchemaSite): Check[] {
  const checks: ObjectCheck[] = [];
  const required = site.names('required');
  if (required !== undefined) checks.push((value, run) => hasAll(value, required, run) || run.fail('required'));
  checks.push(...readCounts(site), ...readDependentNames(site));
  const names = site.child('propertyNames');
  if (names !== undefined) {
    checks.push((value, run) => {
      const held = keysOf(value, run).every((name) => run.holdsQuietly(names, name));
      return held || run.fail('propertyNames');
    });
  }
  const members = membersOf(site);
  if (members !== undefined) checks.push((value, run, marks) => hold(members, value, { run, marks }));
  return checks.map(
    (check): Check =>
      (value, run, marks) =>
        !isObject(value) || check(value, run, marks),
  );
}

/** The names of the members that there are, which cost a step each. */
export function keysOf(value: JsonObject, run: CheckRun): readonly string[] {
  const keys = Object.keys(value);
  return run.spend(keys.length) ? keys : [];
}

function readCounts(site: SchemaSite): ObjectCheck[] {
  const checks: ObjectCheck[] = [];
  const min = site.count('minProperties');
  const max = site.count('maxProperties');
  if (min !== undefined) checks.push((value, run) => keysOf(value, run).length >= min || run.fail('minProperties'));
  if (max !== undefined) checks.push((value, run) => keysOf(value, run).length <= max || run.fail('maxProperties'));
  return checks;
}

/** `dependentRequired`, and what `dependencies` says of names. */
function readDependentNames(site: SchemaSite): ObjectCheck[] {
  const checks: ObjectCheck[] = [];
  for (const keyword of ['dependentRequired', 'dependencies'] as const) {
    for (const [name, given] of site.members(keyword) ?? []) {
      if (keyword === 'dependencies' && !Array.isArray(given)) continue;
      const needed = site.names(keyword, given);
      if (needed === undefined) continue;
      checks.push((value, run) => !Object.hasOwn(value, name) || hasAll(value, needed, run) || run.fail(keyword));
    }
  }
  return checks;
}

function hasAll(value: JsonObject, names: readonly string[], run: CheckRun): boolean {
  return run.spend(names.length) && names.every((name) => Object.hasOwn(value, name));
}

function membersOf(site: SchemaSite): Members | undefined {
  const properties = site.members('properties');
  const patterns = site.members('patternProperties');
  const rest = site.child('additionalProperties');
  if (properties === undefined && patterns === undefined && rest === undefined) return undefined;
  const named = new Map(
    properties?.map(([name, schema]) => [name, site.read(schema, 'properties', 'properties/*')] as const),
  );
  const patterned = [];
  for (const [source, schema] of patterns ?? []) {
    const pattern = site.pattern(source, 'patternProperties');
    const node = site.read(schema, 'patternProperties', 'patternProperties/*');
    if (pattern !== undefined) patterned.push({ pattern, node });
  }
  return { named, patterned, rest, restIsNone: site.given('additionalProperties') === false };
}

function hold(
  members: Members,
  value: JsonObject,
  { run, marks }: { run: CheckRun; marks: Marks | undefined },
): boolean {
  const { named, patterned, rest, restIsNone } = members;
  for (const name of keysOf(value, run)) {
    let isEvaluated = false;
    const own = named.get(name);
    if (own !== undefined) {
      if (!run.holdsAt(name, own, value[name])) return false;
      isEvaluated = true;
    }
    for (const { pattern, node } of patterned) {
      if (!pattern.matches(name, run)) continue;
      if (!run.holdsAt(own === undefined ? UNNAMED : name, node, value[name])) return false;
      isEvaluated = true;
    }
    if (!isEvaluated && rest !== undefined) {
      if (restIsNone) return run.fail('additionalProperties');
      if (!run.holdsAt(UNNAMED, rest, value[name])) return false;
      isEvaluated = true;
    }
    if (isEvaluated) marks?.names.add(name);
  }
  return !run.isStopped;
}
