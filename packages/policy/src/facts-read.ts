import type { Expr, ExprNoExt } from '@cedar-policy/cedar-wasm/nodejs';
import type { CedarPolicy } from './cedar.ts';
import { compileExpression } from './compile.ts';
import type { Scene } from './operators.ts';
import { childrenOf, unsupportedPart } from './support.ts';
import { DecimalValue, EntityRef, FAILED, isRecord, type Result, SetValue } from './value.ts';

/** A value as people read it; `null`: there is none. */
export type Fact = boolean | number | string | null | readonly Fact[];

/** By path, such as `context.risk.injection`. */
export type FactsRead = Readonly<Record<string, Fact>>;

/**
 * What a policy's conditions read of a scene: every attribute that they name, with its value there. Clauses that the compiler
 * leaves to Cedar are passed over. Cost: compiles each path; microseconds.
 */
export function factsRead(policy: CedarPolicy, scene: Scene): FactsRead {
  const paths = new Map<string, Expr>();
  for (const { body } of policy.conditions) {
    if (unsupportedPart(body) === undefined) collect(body, paths);
  }
  const facts: Record<string, Fact> = {};
  for (const [path, expr] of paths) {
    const value = compileExpression(expr)(scene);
    // A record is there to be looked into: what of it was read has a path of its own.
    if (!isRecord(value)) facts[path] = factOf(value);
  }
  return facts;
}

function collect(expr: Expr, paths: Map<string, Expr>): void {
  const node = expr as ExprNoExt;
  const path = pathOf(node);
  if (path !== undefined) {
    paths.set(path, expr);
    return;
  }
  if ('Value' in node || 'Var' in node) return;
  for (const child of childrenOf(node)) collect(child, paths);
}

/** `context.risk.injection` for a chain of attributes that starts at a variable. */
function pathOf(node: ExprNoExt): string | undefined {
  if (!('.' in node)) return undefined;
  const { left, attr } = node['.'];
  const parent = left as ExprNoExt;
  const head = 'Var' in parent ? parent.Var : pathOf(parent);
  if (head === undefined) return undefined;
  return /^[A-Za-z_]\w*$/.test(attr) ? `${head}.${attr}` : `${head}[${JSON.stringify(attr)}]`;
}

function factOf(value: Result): Fact {
  if (value === FAILED) return null;
  if (value instanceof SetValue) return value.elements.map(factOf);
  if (value instanceof EntityRef) return `${value.type}::${JSON.stringify(value.id)}`;
  if (typeof value === 'bigint' || value instanceof DecimalValue) return String(value);
  return isRecord(value) ? null : value;
}
