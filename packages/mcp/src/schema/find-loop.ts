import type { SchemaNode } from './check-run.ts';

/**
 * Whether some schema leads back to itself without going on to a member or an item: what it says of a value is then undefined.
 * @param next the schemas that a schema asks about the same value
 * Cost: O(schemas and what leads from one to another).
 */
export function findLoop(nodes: Iterable<SchemaNode>, next: (node: SchemaNode) => readonly SchemaNode[]): boolean {
  const done = new Set<SchemaNode>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const open = new Set([start]);
    const path = [{ node: start, rest: next(start).values() }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { value: node } = top.rest.next();
      if (node === undefined) {
        open.delete(top.node);
        done.add(top.node);
        path.pop();
      } else if (open.has(node)) {
        return true;
      } else if (!done.has(node)) {
        open.add(node);
        path.push({ node, rest: next(node).values() });
      }
    }
  }
  return false;
}
