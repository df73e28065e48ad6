/** A JSON object: what comes out of `JSON.parse()` or has no prototype, never an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
