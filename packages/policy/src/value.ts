/**
 * Cedar's values in JavaScript. A Long is a `number` while it is a safe integer and a `bigint` beyond, never both for
 * one value, so that `===` compares Longs.
 */
export type Value = boolean | number | bigint | string | EntityRef | SetValue | DecimalValue | RecordValue;

/** What an evaluation that failed yields: Cedar's evaluation error, as a value. */
export const FAILED: unique symbol = Symbol('evaluation failed');
export type Result = Value | typeof FAILED;

export class EntityRef {
  readonly type: string;
  readonly id: string;

  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
  }

  equals(other: EntityRef): boolean {
    return this === other || (this.id === other.id && this.type === other.type);
  }
}

/** Sets up to this size are searched element by element; larger ones through their keys, built once. */
const SMALL_SET = 16;

export class SetValue {
  readonly elements: readonly Value[];
  #keys: ReadonlySet<string> | undefined;

  constructor(elements: readonly Value[]) {
    this.elements = elements;
  }

  keys(): ReadonlySet<string> {
    this.#keys ??= new Set(this.elements.map(keyOf));
    return this.#keys;
  }

  contains(value: Value): boolean {
    if (typeof value !== 'object' && this.elements.length <= SMALL_SET) return this.elements.includes(value);
    return this.keys().has(keyOf(value));
  }

  containsAll(other: SetValue): boolean {
    return other.elements.every((element) => this.contains(element));
  }

  containsAny(other: SetValue): boolean {
    return other.elements.some((element) => this.contains(element));
  }
}

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

const DECIMAL = /^(-?)([0-9]{1,15})(?:\.([0-9]{1,4}))?$/;

/** Cedar's `decimal`: four digits behind the point, and a Long of such parts. Only Cedar compares two by size. */
export class DecimalValue {
  /** Ten-thousandths. */
  readonly parts: bigint;

  private constructor(parts: bigint) {
    this.parts = parts;
  }

  /** @returns `undefined` for a number that has more digits than a decimal */
  static of(number: number | bigint): DecimalValue | undefined {
    const [, sign, whole = '', fraction = ''] = DECIMAL.exec(String(number)) ?? [];
    if (sign === undefined) return undefined;
    const parts = BigInt(`${sign}${whole}${fraction.padEnd(4, '0')}`);
    return parts < LONG_MIN || parts > LONG_MAX ? undefined : new DecimalValue(parts);
  }

  /** As Cedar writes it. */
  toString(): string {
    const digits = String(this.parts < 0n ? -this.parts : this.parts).padStart(5, '0');
    return `${this.parts < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
  }
}

/** A record's attributes; `FAILED` stands for an attribute whose value can't be a Cedar value. */
export interface RecordValue {
  get(key: string): Result | undefined;
  keys(): Iterable<string>;
}

export function isRecord(value: Result): value is RecordValue {
  if (typeof value !== 'object') return false;
  return !(value instanceof EntityRef || value instanceof SetValue || value instanceof DecimalValue);
}

/** Equal values have equal keys, unequal ones don't: parts are sized, so that no text can imitate structure. */
export function keyOf(value: Value): string {
  switch (typeof value) {
    case 'string':
      return `s${value}`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
    case 'bigint':
      return `l${value}`;
    default:
      return keyOfObject(value);
  }
}

function keyOfObject(value: EntityRef | SetValue | DecimalValue | RecordValue): string {
  if (value instanceof DecimalValue) return `d${value.parts}`;
  if (value instanceof EntityRef) return `e${sized(value.type)}${value.id}`;
  if (value instanceof SetValue) return `S${[...value.keys()].sort().map(sized).join('')}`;
  const fields = [...value.keys()].sort().map((name) => {
    const field = value.get(name);
    return `${sized(name)}${sized(field === undefined || field === FAILED ? '?' : keyOf(field))}`;
  });
  return `R${fields.join('')}`;
}

/** A part of a key. Its length stands before it; quoting would double with every level of nesting. */
function sized(part: string): string {
  return `${part.length}:${part}`;
}

/** Cedar's `==`: values of different types are unequal, never an error. */
export function equalValues(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  if (left instanceof EntityRef || right instanceof EntityRef) {
    return left instanceof EntityRef && right instanceof EntityRef && left.equals(right);
  }
  return keyOfObject(left) === keyOfObject(right);
}

/** A 64-bit integer in its one form, or `FAILED` on overflow. */
export function longOf(value: bigint): number | bigint | typeof FAILED {
  if (value < LONG_MIN || value > LONG_MAX) return FAILED;
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}
