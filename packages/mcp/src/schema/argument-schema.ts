import { type Fault, isFault } from '@sallyport/core';
import { CheckRun, type Mismatch, type SchemaNode } from './check-run.ts';
import { isObject } from './is-object.ts';
import { SCHEMA_LIMITS, type SchemaLimits } from './schema-limits.ts';
import { SchemaReader } from './schema-reader.ts';

/** What a tool takes. */
export interface ArgumentSchema {
  /**
   * @param value parsed JSON: of `JSON.parse()`, or of `exactValue()`, whose whole numbers are exact
   * @returns where the value does not match, or `undefined` where it does. A check that reaches a limit ends in a mismatch.
   * Cost: O(value times schema), at most `maxSteps`; some 1 to 5 us for the arguments of a usual tool.
   */
  check(value: unknown): Mismatch | undefined;
}

/**
 * Opens the `inputSchema` of a tool, which is JSON Schema of the draft that its `$schema` names: 2020-12 (where it names none, as MCP
 * says), 2019-09 without `$recursiveRef`, or draft-07. The schema is a hostile server's: nothing of it is compiled to code or fetched,
 * its patterns run in RE2, and what it says that is not understood makes it one that is not taken.
 *
 * Checked are `type`, `enum`, `const`; bounds of numbers and `multipleOf`; lengths (in code points), `pattern` and `format` of texts; number,
 * sameness, schemas and `contains` of items; number, names, dependencies and schemas of members; `allOf`, `anyOf`, `oneOf`, `not`,
 * `if`; what is left unevaluated; references within the document, dynamic ones too. Of formats: date-time, date, time, email, uri,
 * uuid, ipv4, ipv6, hostname; others say nothing. Any other keyword says nothing.
 * @param schema parsed JSON: of `JSON.parse()`, or of `exactValue()`
 * @returns a fault whose `at` is a pointer of keywords in which `*` stands for names: nothing that the server wrote.
 * `TOOL_SCHEMA_UNKNOWN` where it is not understood: a root that is not of `type` `object`, a keyword with what it can't be given, a
 * pattern that RE2 doesn't know, a reference that leads out of the document or in a circle, another draft; `TOOL_SCHEMA_TOO_LARGE` beyond a limit
 * Cost: O(schema), and the compiling of patterns: at most some 100 ms at the limits.
 */
export function openSchema(schema: unknown, limits: Partial<SchemaLimits> = {}): ArgumentSchema | Fault {
  if (!isObject(schema) || !Object.hasOwn(schema, 'type') || schema.type !== 'object') {
    return { fault: 'TOOL_SCHEMA_UNKNOWN', at: '/type' };
  }
  const opened = openAnySchema(schema, limits);
  if (isFault(opened)) return opened;
  // Beside a `$ref` of draft-07 its `type` says nothing, and the rule of MCP stands all the same.
  return { check: (value) => (isObject(value) ? opened.check(value) : { at: '', keyword: 'type' }) };
}

/** The same for a schema of any value. */
export function openAnySchema(schema: unknown, limits: Partial<SchemaLimits> = {}): ArgumentSchema | Fault {
  const within = { ...SCHEMA_LIMITS, ...limits };
  const root = new SchemaReader(within).document(schema);
  return isFault(root) ? root : { check: (value) => checkValue(root, value, within) };
}

function checkValue(root: SchemaNode, value: unknown, limits: SchemaLimits): Mismatch | undefined {
  const run = new CheckRun(limits);
  return run.holds(root, value) ? undefined : (run.mismatch ?? { at: '', keyword: 'type' });
}
