import type { Expr, ExprNoExt } from '@cedar-policy/cedar-wasm/nodejs';
import { BINARY, UNARY } from './operators.ts';

const STRUCTURED = new Set(['.', 'has', 'like', 'is', 'if-then-else', 'Set', 'Record', '&&', '||']);

/**
 * Names what the compiler can't evaluate exactly in an expression: an extension type, a tag, an integer literal that
 * JSON rounds. `undefined`: it can. Such policies are evaluated by Cedar. Recurses: `nestingWeight()` bounds how deep.
 */
export function unsupportedPart(expr: Expr): string | undefined {
  const entry = Object.entries(expr)[0];
  if (entry === undefined) return 'empty expression';
  const operator = entry[0];
  const node = expr as ExprNoExt;
  if ('Value' in node) return unsupportedLiteral(node.Value);
  if ('Var' in node) return undefined;
  if (!STRUCTURED.has(operator) && !Object.hasOwn(BINARY, operator) && !Object.hasOwn(UNARY, operator)) {
    return `\`${operator}\``;
  }
  for (const child of childrenOf(node)) {
    const part = unsupportedPart(child);
    if (part !== undefined) return part;
  }
  return undefined;
}

function unsupportedLiteral(value: unknown): string | undefined {
  if (typeof value === 'boolean' || typeof value === 'string') return undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? undefined : 'an integer beyond 2^53';
  return typeof value === 'object' && value !== null && '__entity' in value ? undefined : 'a literal of another type';
}

/** The expressions directly inside one that the compiler knows. */
export function childrenOf(node: ExprNoExt): readonly Expr[] {
  if ('Set' in node) return node.Set;
  if ('Record' in node) return Object.values(node.Record);
  if ('if-then-else' in node) {
    const { if: test, then: yes, else: no } = node['if-then-else'];
    return [test, yes, no];
  }
  if ('is' in node) return node.is.in === undefined ? [node.is.left] : [node.is.left, node.is.in];
  const [operands] = Object.values(node) as [{ arg?: Expr; left?: Expr; right?: Expr }];
  return [operands.arg, operands.left, operands.right].filter((child) => child !== undefined);
}
