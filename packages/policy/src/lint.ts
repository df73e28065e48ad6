import type { Expr, ExprNoExt } from '@cedar-policy/cedar-wasm/nodejs';
import type { ArgumentType, RecordType } from './argument-type.ts';
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

/**
 * Finds a test for an argument that none of the tools has: Cedar takes it for one that is not there, so that what follows it never counts.
 * @param tools arguments of those that the policy names
 * @returns `context.arguments has ammount`, or nothing
 */
export function neverTrueTest(policy: CedarPolicy, tools: readonly RecordType[]): string | undefined {
  for (const [argumentsName, ...path] of policy.conditions.flatMap(({ body }) => testedPaths(body))) {
    if (argumentsName !== 'arguments' || path.length === 0) continue;
    if (!tools.some((tool) => hasPath(tool, path))) {
      return `context.${['arguments', ...path.slice(0, -1)].join('.')} has ${path.at(-1)}`;
    }
  }
  return undefined;
}

/** What `has` asks for below the context, in all of an expression, also in what the compiler leaves to Cedar. */
function testedPaths(node: unknown): readonly (readonly string[])[] {
  if (typeof node !== 'object' || node === null) return [];
  const inner = Object.values(node).flatMap(testedPaths);
  if (!('has' in node)) return inner;
  const { left, attr } = node.has as { readonly left?: Expr; readonly attr?: string | readonly string[] };
  if (left === undefined || attr === undefined) return inner;
  const [head, ...path] = contextPath(left);
  return head === 'context' ? [...inner, [...path, ...(typeof attr === 'string' ? [attr] : attr)]] : inner;
}

function hasPath(tool: RecordType, path: readonly string[]): boolean {
  let at: ArgumentType | undefined = tool;
  for (const name of path) {
    at = at?.kind === 'record' ? at.members.find((member) => member.name === name)?.type : undefined;
  }
  return at !== undefined;
}

/** `['context', 'found']` for `context.found`; empty for what doesn't start at the context. */
function contextPath(expr: Expr): readonly string[] {
  const node = expr as ExprNoExt;
  if ('Var' in node) return node.Var === 'context' ? ['context'] : [];
  if (!('.' in node)) return [];
  const parent = contextPath(node['.'].left);
  return parent.length === 0 ? [] : [...parent, node['.'].attr];
}
