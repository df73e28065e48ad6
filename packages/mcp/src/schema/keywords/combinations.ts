import type { Check, CheckRun, SchemaNode } from '../check-run.ts';
import { isObject } from '../is-object.ts';
import type { Marks } from '../marks.ts';
import type { SchemaSite } from '../schema-site.ts';

/** `allOf`, `anyOf`, `oneOf`, `not`, `if` with `then` and `else`, and schemas that depend on a member. */
export function readCombinations(site: SchemaSite): Check[] {
  const checks: Check[] = [];
  const all = listOf(site, 'allOf');
  const any = listOf(site, 'anyOf');
  const one = listOf(site, 'oneOf');
  if (all !== undefined) checks.push((value, run, marks) => all.every((node) => run.holds(node, value, marks)));
  if (any !== undefined) checks.push((value, run, marks) => anyHolds(any, value, { run, marks }) || run.fail('anyOf'));
  if (one !== undefined) checks.push((value, run, marks) => oneHolds(one, value, { run, marks }) || run.fail('oneOf'));
  const not = site.inner('not');
  if (not !== undefined) {
    checks.push((value, run) => (!run.holdsQuietly(not, value) && !run.isStopped) || run.fail('not'));
  }
  return [...checks, ...readCondition(site), ...readDependentSchemas(site)];
}

function listOf(site: SchemaSite, keyword: 'allOf' | 'anyOf' | 'oneOf'): readonly SchemaNode[] | undefined {
  const given = site.list(keyword);
  if (given === undefined) return undefined;
  if (given.length === 0) return site.refuse(keyword);
  const nodes = given.map((schema, index) => site.read(schema, keyword, `${keyword}/${index}`));
  for (const node of nodes) site.inPlace.push({ node });
  return nodes;
}

interface Course {
  readonly run: CheckRun;
  readonly marks: Marks | undefined;
}

/** Where marks are wanted, each branch that holds adds its own. */
function anyHolds(nodes: readonly SchemaNode[], value: unknown, { run, marks }: Course): boolean {
  let held = false;
  for (const node of nodes) {
    held = run.holdsQuietly(node, value, marks) || held;
    if (run.isStopped) return false;
    if (held && marks === undefined) return true;
  }
  return held;
}

function oneHolds(nodes: readonly SchemaNode[], value: unknown, { run, marks }: Course): boolean {
  let held = 0;
  for (const node of nodes) {
    if (run.holdsQuietly(node, value, marks)) held += 1;
    if (run.isStopped || held > 1) return false;
  }
  return held === 1;
}

function readCondition(site: SchemaSite): Check[] {
  const condition = site.inner('if');
  const then = site.inner('then');
  const otherwise = site.inner('else');
  if (condition === undefined) return [];
  return [
    (value, run, marks) => {
      const branch = run.holdsQuietly(condition, value, marks) ? then : otherwise;
      return !run.isStopped && (branch === undefined || run.holds(branch, value, marks));
    },
  ];
}

/** `dependentSchemas`, and what `dependencies` says in schemas. */
function readDependentSchemas(site: SchemaSite): Check[] {
  const checks: Check[] = [];
  for (const keyword of ['dependentSchemas', 'dependencies'] as const) {
    for (const [name, given] of site.members(keyword) ?? []) {
      if (keyword === 'dependencies' && Array.isArray(given)) continue;
      const node = site.read(given, keyword, `${keyword}/*`);
      site.inPlace.push({ node });
      checks.push(
        (value, run, marks) => !isObject(value) || !Object.hasOwn(value, name) || run.holds(node, value, marks),
      );
    }
  }
  return checks;
}
