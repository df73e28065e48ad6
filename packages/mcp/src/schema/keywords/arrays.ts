import type { AssertingKeyword, Check, CheckRun, SchemaNode } from '../check-run.ts';
import type { Marks } from '../marks.ts';
import type { SchemaSite } from '../schema-site.ts';
import { ValueSet } from '../value-set.ts';

interface Items {
  readonly first: readonly SchemaNode[];
  readonly firstKeyword: AssertingKeyword;
  readonly rest: SchemaNode | undefined;
}

/** Number, sameness and schemas of items, and `contains`. */
export function readArrays(site: SchemaSite): Check[] {
  const checks: Check[] = [];
  const min = site.count('minItems');
  const max = site.count('maxItems');
  if (min !== undefined) {
    checks.push((value, run) => !Array.isArray(value) || value.length >= min || run.fail('minItems'));
  }
  if (max !== undefined) {
    checks.push((value, run) => !Array.isArray(value) || value.length <= max || run.fail('maxItems'));
  }
  const items = itemsOf(site);
  if (items !== undefined)
    checks.push((value, run, marks) => !Array.isArray(value) || hold(items, value, { run, marks }));
  const contains = containsOf(site);
  if (contains !== undefined) checks.push(contains);
  const unique = site.given('uniqueItems');
  if (unique === true) checks.push((value, run) => !Array.isArray(value) || areUnique(value, run));
  else if (unique !== undefined && unique !== false) site.refuse('uniqueItems');
  return checks;
}

/** `prefixItems` and `items`; or, as drafts before 2020-12 write it, `items` and `additionalItems`. */
function itemsOf(site: SchemaSite): Items | undefined {
  const prefix = site.list('prefixItems');
  const older = site.given('items');
  if (!Array.isArray(older)) {
    const first = prefix?.map((schema, index) => site.read(schema, 'prefixItems', `prefixItems/${index}`)) ?? [];
    const rest = site.child('items');
    return first.length > 0 || rest !== undefined ? { first, firstKeyword: 'prefixItems', rest } : undefined;
  }
  // Two lists for the first items: no draft says which one counts.
  if (prefix !== undefined) return site.refuse('items');
  const first = older.map((schema: unknown, index) => site.read(schema, 'items', `items/${index}`));
  return { first, firstKeyword: 'items', rest: site.child('additionalItems') };
}

function hold(
  items: Items,
  value: readonly unknown[],
  { run, marks }: { run: CheckRun; marks: Marks | undefined },
): boolean {
  const { first, rest } = items;
  const end = rest === undefined ? Math.min(first.length, value.length) : value.length;
  for (let index = 0; index < end; index++) {
    const node = first[index] ?? rest;
    if (node !== undefined && !run.holdsAt(index, node, value[index])) return false;
  }
  if (marks !== undefined) marks.firstItems = Math.max(marks.firstItems, end);
  return true;
}

function containsOf(site: SchemaSite): Check | undefined {
  const node = site.child('contains');
  const min = site.count('minContains') ?? 1;
  const max = site.count('maxContains') ?? Number.POSITIVE_INFINITY;
  if (node === undefined) return undefined;
  const { containsMarks } = site.document.dialect;
  return (value, run, marks) => {
    if (!Array.isArray(value)) return true;
    let found = 0;
    for (let index = 0; index < value.length && !run.isStopped; index++) {
      if (!run.holdsQuietly(node, value[index])) continue;
      found += 1;
      if (containsMarks) marks?.items.add(index);
      if (found > max) return run.fail('maxContains');
    }
    return found >= min || run.fail(min === 1 ? 'contains' : 'minContains');
  };
}

/** Cost: O(value). */
function areUnique(items: readonly unknown[], run: CheckRun): boolean {
  const seen = new ValueSet();
  for (const item of items) {
    const isNew = seen.add(item, run);
    if (isNew !== true) return isNew === false && run.fail('uniqueItems');
  }
  return true;
}
