import type { Check } from '../check-run.ts';
import type { SchemaSite } from '../schema-site.ts';

/** `$ref` and `$dynamicRef`. */
export function readReferences(site: SchemaSite): Check[] {
  const checks: Check[] = [];
  for (const keyword of ['$ref', '$dynamicRef'] as const) {
    const reference = site.text(keyword);
    if (reference === undefined) continue;
    const edge = site.document.refer(reference, keyword, site.place);
    site.inPlace.push(edge);
    checks.push((value, run, marks) => {
      const found = edge.anchor === undefined ? undefined : run.outermost(edge.anchor);
      const node = found ?? edge.node;
      return node !== undefined && run.holds(node, value, marks);
    });
  }
  // Of draft 2019-09 alone: what it leads to depends on the way there, and is not followed.
  if (site.given('$recursiveRef') !== undefined) site.refuse('$recursiveRef');
  return checks;
}
