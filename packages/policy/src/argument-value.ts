import { type ArgumentType, isObject, type RecordType } from './argument-type.ts';
import { DecimalValue, FAILED, longOf, SetValue, type Value } from './value.ts';

/**
 * What a tool is called with, as policies read it: the members that have a type, and no others. A `null` in the place of what is optional is
 * as good as nothing.
 * @param given parsed JSON, of `JSON.parse()` or with whole numbers that no double holds as `bigint`
 * @returns `undefined` where it has not the form of the types
 * Cost: O(given).
 */
export function argumentValue(type: ArgumentType, given: unknown): Value | undefined {
  switch (type.kind) {
    case 'String':
      return typeof given === 'string' && given.isWellFormed() ? given : undefined;
    case 'Bool':
      return typeof given === 'boolean' ? given : undefined;
    case 'Long':
      return isNumber(given) && isWhole(given) ? wholeOf(given) : undefined;
    case 'decimal':
      return isNumber(given) ? (DecimalValue.of(given) ?? withoutType(given)) : undefined;
    case 'Set':
      return Array.isArray(given) ? setOf(type.element, given) : undefined;
    case 'record':
      return isObject(given) ? recordOf(type, given) : undefined;
  }
}

function recordOf({ members }: RecordType, given: Readonly<Record<string, unknown>>): Value | undefined {
  const fields = new Map<string, Value>();
  for (const { name, type, isOptional } of members) {
    const member = Object.hasOwn(given, name) ? given[name] : undefined;
    if (isOptional && (member === undefined || member === null)) continue;
    const value = argumentValue(type, member);
    if (value === undefined) return undefined;
    fields.set(name, value);
  }
  return fields;
}

function setOf(element: ArgumentType, given: readonly unknown[]): Value | undefined {
  const values: Value[] = [];
  for (const item of given) {
    const value = argumentValue(element, item);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return new SetValue(values);
}

function isNumber(given: unknown): given is number | bigint {
  return typeof given === 'bigint' || (typeof given === 'number' && Number.isFinite(given));
}

function isWhole(given: number | bigint): boolean {
  return typeof given === 'bigint' || Number.isInteger(given);
}

function wholeOf(given: number | bigint): Value {
  const long = longOf(BigInt(given));
  return long === FAILED ? withoutType(given) : long;
}

/**
 * A number that no value of its type is equal to. As a record of its digits it is equal to itself alone, as it is in truth, and whatever
 * else is asked of it fails: a limit is not passed by a number that is too large to be compared.
 */
function withoutType(given: number | bigint): Value {
  return new Map([['number', String(given)]]);
}
