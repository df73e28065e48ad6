import type { Expr, ExprNoExt } from '@cedar-policy/cedar-wasm/nodejs';
import type { CedarPolicy } from './cedar.ts';
import { childrenOf, unsupportedPart } from './support.ts';

/** Records of the guard's context whose attributes are always there. */
const ALWAYS_THERE = new Set(['risk', 'found', 'score']);

/**
 * Finds `context.found has x`: true for everything that passes, since what was not found is 0, and therefore never meant.
 * @returns `context.found has email`, or nothing
 */
export function alwaysTrueTest(policy: CedarPolicy): string | undefined {
  for (const { body } of policy.conditions) {
    if (unsupportedPart(body) !== undefined) continue;
    const found = search(body);
    if (found !== undefined) return found;
  }
  return undefined;
}

function search(expr: Expr): string | undefined {
  const node = expr as ExprNoExt;
  if ('Value' in node || 'Var' in node) return undefined;
  if ('has' in node) {
    const path = typeof node.has.attr === 'string' ? [node.has.attr] : node.has.attr;
    const full = [...contextPath(node.has.left), ...path];
    if (full[0] === 'context' && ALWAYS_THERE.has(full[1] ?? '') && full.length > 2) {
      return `context.${full[1]} has ${full[2]}`;
    }
  }
  for (const child of childrenOf(node)) {
    const found = search(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `['context', 'found']` for `context.found`; empty for what doesn't start at the context. */
function contextPath(expr: Expr): readonly string[] {
  const node = expr as ExprNoExt;
  if ('Var' in node) return node.Var === 'context' ? ['context'] : [];
  if (!('.' in node)) return [];
  const parent = contextPath(node['.'].left);
  return parent.length === 0 ? [] : [...parent, node['.'].attr];
}
