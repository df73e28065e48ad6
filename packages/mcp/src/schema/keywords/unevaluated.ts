import type { Check } from '../check-run.ts';
import { isObject } from '../is-object.ts';
import type { SchemaSite } from '../schema-site.ts';
import { keysOf, UNNAMED } from './objects.ts';

/** `unevaluatedProperties` and `unevaluatedItems`. INVARIANT: they are asked after everything else of their schema. */
export function readUnevaluated(site: SchemaSite): Check[] {
  return [...readMembers(site), ...readItems(site)];
}

function readMembers(site: SchemaSite): Check[] {
  const node = site.child('unevaluatedProperties');
  const isNone = site.given('unevaluatedProperties') === false;
  if (node === undefined) return [];
  return [
    (value, run, marks) => {
      if (!isObject(value) || marks === undefined) return true;
      for (const name of keysOf(value, run)) {
        if (marks.hasName(name)) continue;
        if (isNone) return run.fail('unevaluatedProperties');
        if (!run.holdsAt(UNNAMED, node, value[name])) return false;
      }
      marks.allNames = true;
      return true;
    },
  ];
}

function readItems(site: SchemaSite): Check[] {
  const node = site.child('unevaluatedItems');
  const isNone = site.given('unevaluatedItems') === false;
  if (node === undefined) return [];
  return [
    (value, run, marks) => {
      if (!Array.isArray(value) || marks === undefined) return true;
      if (!run.spend(value.length)) return false;
      for (let index = marks.firstItems; index < value.length; index++) {
        if (marks.hasItem(index)) continue;
        if (isNone) return run.fail('unevaluatedItems');
        if (!run.holdsAt(index, node, value[index])) return false;
      }
      marks.firstItems = Math.max(marks.firstItems, value.length);
      return true;
    },
  ];
}
