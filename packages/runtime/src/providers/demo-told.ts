/** Depth to which strings are looked for. */
const DEPTH_MAX = 64;

/** Whether each of the texts stands, whole, in a string of a JSON body: what was patched away on its way here was not told. */
export function isTold(texts: readonly string[], body: Uint8Array): boolean {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return false;
  }
  const strings = [...stringsIn(value, 0)];
  return texts.every((text) => strings.some((string) => string.includes(text)));
}

function* stringsIn(value: unknown, depth: number): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return;
  for (const inner of Object.values(value)) yield* stringsIn(inner, depth + 1);
}
