import type { Marks } from './marks.ts';
import { NUMBER_MAX_DIGITS, POINTER_MAX_CHARS, type SchemaLimits } from './schema-limits.ts';

/** Keywords by which a value can fail. */
export type AssertingKeyword =
  | 'type'
  | 'enum'
  | 'const'
  | 'multipleOf'
  | 'maximum'
  | 'exclusiveMaximum'
  | 'minimum'
  | 'exclusiveMinimum'
  | 'maxLength'
  | 'minLength'
  | 'pattern'
  | 'format'
  | 'maxItems'
  | 'minItems'
  | 'uniqueItems'
  | 'prefixItems'
  | 'items'
  | 'additionalItems'
  | 'contains'
  | 'maxContains'
  | 'minContains'
  | 'unevaluatedItems'
  | 'maxProperties'
  | 'minProperties'
  | 'required'
  | 'properties'
  | 'patternProperties'
  | 'additionalProperties'
  | 'unevaluatedProperties'
  | 'propertyNames'
  | 'dependentRequired'
  | 'dependentSchemas'
  | 'dependencies'
  | 'allOf'
  | 'anyOf'
  | 'oneOf'
  | 'not'
  | 'then'
  | 'else'
  | '$ref'
  | '$dynamicRef';

/** What ends a check without an answer: the value then counts as one that does not match. */
export type CheckLimit = 'maxSteps' | 'maxDepth' | 'maxNumberDigits';

/** Where and by what a value does not match. Nothing of the value is in it, nor of the schema but the names of its `properties`. */
export interface Mismatch {
  /**
   * JSON pointer into the value, at most 256 UTF-16 units: a longer one ends at the last name that fits. A member that no `properties` declares is
   * `*`: its name is the caller's word.
   */
  readonly at: string;
  /** The keyword that does not hold there, or the limit at which the check ended. */
  readonly keyword: AssertingKeyword | CheckLimit;
}

/** A schema in its resource: the part of a document that has one `$id`. */
export interface SchemaResource {
  readonly dynamicAnchors: ReadonlyMap<string, SchemaNode>;
}

/** Answers whether a value holds; the first that does not says so by `run.fail()`. */
export type Check = (value: unknown, run: CheckRun, marks: Marks | undefined) => boolean;

/** One schema, read. */
export interface SchemaNode {
  readonly resource: SchemaResource;
  readonly checks: readonly Check[];
  /** Makes marks for the `unevaluated...` of this schema, even where nobody around it asks. */
  readonly marksFor: (() => Marks) | undefined;
}

interface Scope {
  readonly resource: SchemaResource;
  readonly outer: Scope | undefined;
}

const LARGEST = 10n ** BigInt(NUMBER_MAX_DIGITS);

/** One check of one value: what it may still cost, where it stands, and the first mismatch. */
export class CheckRun {
  readonly limits: SchemaLimits;
  #steps: number;
  #depth = 0;
  #quiet = 0;
  #scope: Scope | undefined;
  #path: (string | number)[] = [];
  #stopped: CheckLimit | undefined;
  #mismatch: Mismatch | undefined;

  constructor(limits: SchemaLimits) {
    this.limits = limits;
    this.#steps = limits.maxSteps;
  }

  get mismatch(): Mismatch | undefined {
    return this.#stopped === undefined ? this.#mismatch : { at: '', keyword: this.#stopped };
  }

  /** INVARIANT: once this was `false`, it stays so, and every schema fails: `not` and its like turn nothing into a match. */
  spend(steps: number): boolean {
    this.#steps -= steps;
    return this.#steps >= 0 || this.stop('maxSteps');
  }

  stop(limit: CheckLimit): false {
    this.#stopped ??= limit;
    this.#steps = -1;
    return false;
  }

  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  fail(keyword: AssertingKeyword): false {
    if (this.#quiet === 0) this.#mismatch ??= { at: pointerOf(this.#path), keyword };
    return false;
  }

  /** Whether a schema holds at the place where the check stands. What it evaluated is added to `outer` where it does. */
  holds(node: SchemaNode, value: unknown, outer?: Marks): boolean {
    if (!this.spend(1)) return false;
    if (this.#depth >= this.limits.maxDepth) return this.stop('maxDepth');
    if (isBeyond(value)) return this.stop('maxNumberDigits');
    const scope = this.#scope;
    if (scope?.resource !== node.resource) this.#scope = { resource: node.resource, outer: scope };
    this.#depth += 1;
    const marks = node.marksFor?.() ?? outer?.fresh();
    let held = true;
    for (const check of node.checks) {
      held = check(value, this, marks);
      if (!held) break;
    }
    this.#depth -= 1;
    this.#scope = scope;
    if (held && marks !== undefined) outer?.add(marks, this);
    return held && !this.isStopped;
  }

  /** The same for a member or an item; `name` is what the pointer says of it. */
  holdsAt(name: string | number, node: SchemaNode, value: unknown): boolean {
    this.#path.push(name);
    const held = this.holds(node, value);
    this.#path.pop();
    return held;
  }

  /** The same where failing is no mismatch yet. */
  holdsQuietly(node: SchemaNode, value: unknown, outer?: Marks): boolean {
    this.#quiet += 1;
    const held = this.holds(node, value, outer);
    this.#quiet -= 1;
    return held;
  }

  /** The schema of that dynamic anchor in the outermost resource that was entered and has one. */
  outermost(anchor: string): SchemaNode | undefined {
    let found: SchemaNode | undefined;
    for (let scope = this.#scope; scope !== undefined && this.spend(1); scope = scope.outer) {
      found = scope.resource.dynamicAnchors.get(anchor) ?? found;
    }
    return found;
  }
}

/** Numbers that no double holds have lost what could be compared. */
function isBeyond(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'bigint' && (value >= LARGEST || value <= -LARGEST);
}

function pointerOf(path: readonly (string | number)[]): string {
  let pointer = '';
  for (const name of path) {
    const longer = `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (longer.length > POINTER_MAX_CHARS) break;
    pointer = longer;
  }
  return pointer;
}
