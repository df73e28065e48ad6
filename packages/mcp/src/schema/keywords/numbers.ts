import type { AssertingKeyword, Check } from '../check-run.ts';
import { DIVISION_STEPS, isMultipleOf } from '../decimal.ts';
import type { SchemaSite } from '../schema-site.ts';

type JsonNumber = number | bigint;

const BOUNDS: readonly (readonly [AssertingKeyword, (value: JsonNumber, bound: JsonNumber) => boolean])[] = [
  ['maximum', (value, bound) => value <= bound],
  ['exclusiveMaximum', (value, bound) => value < bound],
  ['minimum', (value, bound) => value >= bound],
  ['exclusiveMinimum', (value, bound) => value > bound],
];

/** Bounds, and `multipleOf`. Whole numbers are compared exactly, whether they are doubles or not. */
export function readNumbers(site: SchemaSite): Check[] {
  const checks: Check[] = [];
  for (const [keyword, isWithin] of BOUNDS) {
    const bound = site.number(keyword);
    if (bound === undefined) continue;
    checks.push((value, run) => !isNumber(value) || isWithin(value, bound) || run.fail(keyword));
  }
  const divisor = site.number('multipleOf');
  if (divisor === undefined) return checks;
  if (divisor <= 0) site.refuse('multipleOf');
  else {
    checks.push((value, run) => {
      if (!isNumber(value)) return true;
      return run.spend(DIVISION_STEPS) && (isMultipleOf(value, divisor) || run.fail('multipleOf'));
    });
  }
  return checks;
}

function isNumber(value: unknown): value is JsonNumber {
  return typeof value === 'number' || typeof value === 'bigint';
}
