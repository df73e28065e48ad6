import type {
  ActionConstraint,
  EntityUidJson,
  Expr,
  ExprNoExt,
  PolicyJson,
  PrincipalConstraint,
  ResourceConstraint,
} from '@cedar-policy/cedar-wasm/nodejs';
import { SallyportError } from '@sallyport/core';
import { compilePattern } from './like.ts';
import { attributeOf, BINARY, hasAttribute, isWithin, type Scene, UNARY } from './operators.ts';
import { unsupportedPart } from './support.ts';
import { EntityRef, FAILED, type Result, SetValue, type Value } from './value.ts';

type Evaluate = (scene: Scene) => Result;

/** Whether a policy's scope and conditions hold; `FAILED` where Cedar reports an evaluation error. Total. */
export type Holds = (scene: Scene) => boolean | typeof FAILED;

/** A policy as closures, or what kept the compiler from it. */
export type Compiled = { readonly holds: Holds } | { readonly unsupported: string };

/**
 * Compiles one policy, as Cedar parsed it, to JavaScript closures with Cedar's own semantics.
 * Without its action constraint: see `appliesTo()`. Cost of a call: about 50 ns per operator.
 * Source: Cedar policy language reference, "Operators"; held to Cedar's authorizer by `differential.test.ts`.
 */
export function compilePolicy(policy: PolicyJson): Compiled {
  for (const clause of policy.conditions) {
    const unsupported = unsupportedPart(clause.body);
    if (unsupported !== undefined) return { unsupported };
  }
  const tests: Evaluate[] = [];
  const principal = compileScope(policy.principal, (scene) => scene.principal.ref);
  if (principal !== undefined) tests.push(principal);
  const resource = compileScope(policy.resource, (scene) => scene.resource.ref);
  if (resource !== undefined) tests.push(resource);
  for (const { kind, body } of policy.conditions) {
    const condition = compileExpression(body);
    tests.push(kind === 'when' ? condition : (scene) => UNARY['!'](condition(scene)));
  }
  return { holds: allOf(tests) };
}

function allOf(tests: readonly Evaluate[]): Holds {
  const [only, ...others] = tests;
  if (only === undefined) return () => true;
  if (others.length === 0) return (scene) => verdictOf(only(scene));
  return (scene) => {
    for (const test of tests) {
      const result = test(scene);
      if (result === false) return false;
      if (result !== true) return FAILED;
    }
    return true;
  };
}

function verdictOf(result: Result): boolean | typeof FAILED {
  return typeof result === 'boolean' ? result : FAILED;
}

/** The actions that a policy can hold for; `undefined`: all. Actions are in no groups in our schema. */
export function appliesTo(constraint: ActionConstraint): readonly string[] | undefined {
  if (constraint.op === 'All') return undefined;
  if ('entities' in constraint) return constraint.entities.map((entity) => entityOf(entity).id);
  return 'entity' in constraint ? [entityOf(constraint.entity).id] : [];
}

function entityOf(json: EntityUidJson): EntityRef {
  const { type, id } = '__entity' in json ? json.__entity : json;
  return new EntityRef(type, id);
}

function compileScope(
  constraint: PrincipalConstraint | ResourceConstraint,
  subject: (scene: Scene) => EntityRef,
): Evaluate | undefined {
  switch (constraint.op) {
    case 'All':
      return undefined;
    case '==': {
      const wanted = scopeEntity(constraint);
      return (scene) => subject(scene).equals(wanted);
    }
    case 'in': {
      const parent = scopeEntity(constraint);
      return (scene) => isWithin(scene, subject(scene), parent);
    }
    case 'is': {
      const { entity_type: type, in: within } = constraint;
      if (within === undefined) return (scene) => subject(scene).type === type;
      const parent = scopeEntity(within);
      return (scene) => subject(scene).type === type && isWithin(scene, subject(scene), parent);
    }
  }
}

function scopeEntity(constraint: { entity: EntityUidJson } | { slot: string }): EntityRef {
  if ('entity' in constraint) return entityOf(constraint.entity);
  throw new SallyportError('INTERNAL', { detail: 'a policy with a template slot reached the compiler' });
}

/** Compiles an expression that `unsupportedPart()` had nothing against. */
export function compileExpression(expr: Expr): Evaluate {
  const node = expr as ExprNoExt;
  if ('Value' in node) {
    const value = literalOf(node.Value);
    return () => value;
  }
  if ('Var' in node) return compileVariable(node.Var);
  if ('&&' in node) return compileJunction(node['&&'], false);
  if ('||' in node) return compileJunction(node['||'], true);
  if ('if-then-else' in node) return compileConditional(node['if-then-else']);
  if ('.' in node) {
    const { attr } = node['.'];
    const target = compileExpression(node['.'].left);
    return (scene) => attributeOf(scene, target(scene), attr);
  }
  if ('has' in node) return compileHas(node.has);
  if ('like' in node) {
    const text = compileExpression(node.like.left);
    const matches = compilePattern(node.like.pattern);
    return (scene) => {
      const value = text(scene);
      return typeof value === 'string' ? matches(value) : FAILED;
    };
  }
  if ('is' in node) return compileIs(node.is);
  if ('Set' in node) return compileSet(node.Set.map(compileExpression));
  if ('Record' in node) {
    return compileRecord(Object.entries(node.Record).map(([name, field]) => [name, compileExpression(field)]));
  }
  return compileStrict(node);
}

function literalOf(value: unknown): Value {
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  return entityOf(value as EntityUidJson);
}

function compileVariable(name: 'principal' | 'action' | 'resource' | 'context'): Evaluate {
  switch (name) {
    case 'principal':
      return (scene) => scene.principal.ref;
    case 'action':
      return (scene) => scene.action;
    case 'resource':
      return (scene) => scene.resource.ref;
    case 'context':
      return (scene) => scene.context;
  }
}

/** `&&` and `||`: the right side is looked at only when the left one isn't `decisive`, and must be boolean then. */
function compileJunction(sides: { left: Expr; right: Expr }, decisive: boolean): Evaluate {
  const left = compileExpression(sides.left);
  const right = compileExpression(sides.right);
  return (scene) => {
    const first = left(scene);
    if (first === decisive) return first;
    if (typeof first !== 'boolean') return FAILED;
    const second = right(scene);
    return typeof second === 'boolean' ? second : FAILED;
  };
}

function compileConditional(parts: { if: Expr; then: Expr; else: Expr }): Evaluate {
  const test = compileExpression(parts.if);
  const yes = compileExpression(parts.then);
  const no = compileExpression(parts.else);
  return (scene) => {
    const value = test(scene);
    if (typeof value !== 'boolean') return FAILED;
    return value ? yes(scene) : no(scene);
  };
}

/** `e has a.b.c` is `e has a && e.a has b && e.a.b has c`. */
function compileHas({ left, attr }: { left: Expr; attr: string | readonly string[] }): Evaluate {
  const target = compileExpression(left);
  const path = typeof attr === 'string' ? [attr] : attr;
  return (scene) => {
    let value = target(scene);
    for (const name of path) {
      const has = hasAttribute(scene, value, name);
      if (has !== true) return has;
      value = attributeOf(scene, value, name);
    }
    return true;
  };
}

function compileIs({ left, entity_type: type, in: within }: { left: Expr; entity_type: string; in?: Expr }): Evaluate {
  const subject = compileExpression(left);
  const parent = within === undefined ? undefined : compileExpression(within);
  return (scene) => {
    const entity = subject(scene);
    if (!(entity instanceof EntityRef)) return FAILED;
    if (entity.type !== type || parent === undefined) return entity.type === type;
    return BINARY.in(entity, parent(scene), scene);
  };
}

function compileSet(elements: readonly Evaluate[]): Evaluate {
  return (scene) => {
    const values: Value[] = [];
    for (const element of elements) {
      const value = element(scene);
      if (value === FAILED) return FAILED;
      values.push(value);
    }
    return new SetValue(values);
  };
}

function compileRecord(fields: readonly (readonly [string, Evaluate])[]): Evaluate {
  return (scene) => {
    const values = new Map<string, Value>();
    for (const [name, field] of fields) {
      const value = field(scene);
      if (value === FAILED) return FAILED;
      values.set(name, value);
    }
    return values;
  };
}

function compileStrict(node: ExprNoExt): Evaluate {
  const [operator, operands] = Object.entries(node)[0] as [string, { arg?: Expr; left?: Expr; right?: Expr }];
  const { arg, left, right } = operands;
  if (arg !== undefined && isKeyOf(UNARY, operator)) {
    const apply = UNARY[operator];
    const operand = compileExpression(arg);
    return (scene) => apply(operand(scene));
  }
  if (left !== undefined && right !== undefined && isKeyOf(BINARY, operator)) {
    const apply = BINARY[operator];
    const first = compileExpression(left);
    const second = compileExpression(right);
    return (scene) => apply(first(scene), second(scene), scene);
  }
  throw new SallyportError('INTERNAL', { detail: `the compiler has no operator \`${operator}\`` });
}

function isKeyOf<T extends object>(table: T, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(table, key);
}
