import { FieldsRecord } from './fields-record.ts';
import { EntityRef, equalValues, FAILED, isRecord, longOf, type Result, SetValue, type Value } from './value.ts';

/** What an evaluation sees. */
export interface Scene {
  readonly principal: EntityFacts;
  /** The user whom the principal acts for. */
  readonly user?: EntityFacts | undefined;
  readonly action: EntityRef;
  readonly resource: EntityFacts;
  readonly context: Value;
}

/** An entity with what is known of it. Entities that a scene doesn't know have neither attributes nor ancestors. */
export interface EntityFacts {
  readonly ref: EntityRef;
  readonly attributes: ReadonlyMap<string, Value>;
  readonly ancestors: readonly EntityRef[];
}

/** What a scene knows of an entity. */
export function factsOf(scene: Scene, ref: EntityRef): EntityFacts | undefined {
  if (ref.equals(scene.principal.ref)) return scene.principal;
  if (ref.equals(scene.resource.ref)) return scene.resource;
  return scene.user !== undefined && ref.equals(scene.user.ref) ? scene.user : undefined;
}

/** Cedar's `in` for two entities: reflexive, and over all ancestors. */
export function isWithin(scene: Scene, child: EntityRef, parent: EntityRef): boolean {
  if (child.equals(parent)) return true;
  const facts = factsOf(scene, child);
  if (facts === undefined) return false;
  for (const ancestor of facts.ancestors) if (ancestor.equals(parent)) return true;
  return false;
}

/** The value of an attribute; a missing one, or a value that has none, is an error. */
export function attributeOf(scene: Scene, target: Result, name: string): Result {
  if (target instanceof FieldsRecord) return target.get(name) ?? FAILED;
  if (target instanceof EntityRef) return factsOf(scene, target)?.attributes.get(name) ?? FAILED;
  return isRecord(target) ? (target.get(name) ?? FAILED) : FAILED;
}

export function hasAttribute(scene: Scene, target: Result, name: string): Result {
  if (target instanceof EntityRef) return factsOf(scene, target)?.attributes.has(name) ?? false;
  return isRecord(target) ? target.get(name) !== undefined : FAILED;
}

type Long = number | bigint;

function isLong(value: Result): value is Long {
  return typeof value === 'number' || typeof value === 'bigint';
}

function arithmetic(
  left: Result,
  right: Result,
  by: { near(a: number, b: number): number; exact(a: bigint, b: bigint): bigint },
): Result {
  if (!isLong(left) || !isLong(right)) return FAILED;
  if (typeof left === 'number' && typeof right === 'number') {
    const near = by.near(left, right);
    // Two safe integers whose rounded result is safe gave an exact one; `+ 0` turns -0, which Cedar hasn't, into 0.
    if (Number.isSafeInteger(near)) return near + 0;
  }
  return longOf(by.exact(BigInt(left), BigInt(right)));
}

const ADD = { near: (a: number, b: number) => a + b, exact: (a: bigint, b: bigint) => a + b };
const SUBTRACT = { near: (a: number, b: number) => a - b, exact: (a: bigint, b: bigint) => a - b };
const MULTIPLY = { near: (a: number, b: number) => a * b, exact: (a: bigint, b: bigint) => a * b };

function within(left: Result, right: Result, scene: Scene): Result {
  if (!(left instanceof EntityRef)) return FAILED;
  if (right instanceof EntityRef) return isWithin(scene, left, right);
  if (!(right instanceof SetValue)) return FAILED;
  let found = false;
  for (const element of right.elements) {
    if (!(element instanceof EntityRef)) return FAILED;
    found ||= isWithin(scene, left, element);
  }
  return found;
}

type Binary = (left: Result, right: Result, scene: Scene) => Result;

/** Operators that evaluate both sides first. Each checks its operands' types, so that a failed operand fails the whole. */
export const BINARY = {
  '==': (left, right) => (left === FAILED || right === FAILED ? FAILED : equalValues(left, right)),
  '!=': (left, right) => (left === FAILED || right === FAILED ? FAILED : !equalValues(left, right)),
  '<': (left, right) => (isLong(left) && isLong(right) ? left < right : FAILED),
  '<=': (left, right) => (isLong(left) && isLong(right) ? left <= right : FAILED),
  '>': (left, right) => (isLong(left) && isLong(right) ? left > right : FAILED),
  '>=': (left, right) => (isLong(left) && isLong(right) ? left >= right : FAILED),
  '+': (left, right) => arithmetic(left, right, ADD),
  '-': (left, right) => arithmetic(left, right, SUBTRACT),
  '*': (left, right) => arithmetic(left, right, MULTIPLY),
  in: within,
  contains: (left, right) => (left instanceof SetValue && right !== FAILED ? left.contains(right) : FAILED),
  containsAll: (left, right) =>
    left instanceof SetValue && right instanceof SetValue ? left.containsAll(right) : FAILED,
  containsAny: (left, right) =>
    left instanceof SetValue && right instanceof SetValue ? left.containsAny(right) : FAILED,
} as const satisfies Record<string, Binary>;

export const UNARY = {
  '!': (value) => (typeof value === 'boolean' ? !value : FAILED),
  neg: (value) => arithmetic(0, value, SUBTRACT),
  isEmpty: (value) => (value instanceof SetValue ? value.elements.length === 0 : FAILED),
} as const satisfies Record<string, (value: Result) => Result>;
