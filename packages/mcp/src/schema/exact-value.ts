import type { JsonNode } from '@sallyport/wire';
import { NUMBER_MAX_DIGITS } from './schema-limits.ts';

const LITERAL = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;
/** Whole numbers of so many characters are safe, whatever they are. */
const SAFE = /^-?[0-9]{1,15}$/;
/** UTF-16 units of a number that is read digit by digit: nobody writes longer ones, and reading them costs more than their length. */
const LITERAL_MAX_CHARS = 1_024;

/**
 * The value of a node as `JSON.parse()` would give it, but for what that gets wrong: whole numbers that no double holds are `bigint`,
 * numbers beyond comparing (more than 308 digits before the point, a fraction that is lost in a double's) are `NaN`, which no check
 * lets pass, and `__proto__` is a member like any other. Objects have no prototype.
 * @param text what the node was parsed from, without `skipVectors`
 * Cost: O(length). Recurses as deep as the parser did.
 */
export function exactValue(node: JsonNode, text: string): unknown {
  switch (node.kind) {
    case 'array':
      return node.items.map((item) => exactValue(item, text));
    case 'object': {
      const value: Record<string, unknown> = Object.create(null);
      for (const member of node.members) value[member.key.value] = exactValue(member.value, text);
      return value;
    }
    case 'number':
      return exactNumber(text.slice(node.start, node.end));
    default:
      return node.value;
  }
}

function exactNumber(literal: string): number | bigint {
  if (SAFE.test(literal)) return Number(literal);
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    literal.length > LITERAL_MAX_CHARS ? [] : (LITERAL.exec(literal) ?? []);
  const written = whole + fraction;
  let end = written.length;
  while (end > 0 && written[end - 1] === '0') end -= 1;
  let start = 0;
  while (start < end && written[start] === '0') start += 1;
  if (start === end) return literal.length > LITERAL_MAX_CHARS ? Number.NaN : 0;
  const zeros = Number(power) - fraction.length + written.length - end;
  const double = Number(literal);
  if (zeros < 0) return Number.isInteger(double) ? Number.NaN : double;
  if (Number.isSafeInteger(double)) return double;
  return end - start + zeros > NUMBER_MAX_DIGITS
    ? Number.NaN
    : BigInt(sign + written.slice(start, end) + '0'.repeat(zeros));
}
