/** Depth to which an instance is made; deeper parts are left empty. */
const DEPTH_MAX = 12;

type Schema = { readonly [key: string]: unknown };

/**
 * A value that fits a JSON schema, the same one every time: what the demo answers where an answer was asked for in a
 * schema. Knows the keywords that structured outputs allow; others are ignored.
 * @param option which of the values of an enumeration it takes, 0..; the last one where there are fewer
 */
export function instanceOf(schema: unknown, option = 0): unknown {
  return made(schema, { root: schema, option }, 0);
}

interface Making {
  readonly root: unknown;
  readonly option: number;
}

function made(schema: unknown, making: Making, depth: number): unknown {
  if (!isSchema(schema) || depth > DEPTH_MAX) return null;
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[Math.min(making.option, schema.enum.length - 1)] ?? null;
  if (typeof schema.$ref === 'string') return made(resolved(schema.$ref, making.root), making, depth + 1);
  const [option] = [schema.anyOf, schema.oneOf, schema.allOf].find(Array.isArray) ?? [];
  if (option !== undefined) return made(option, making, depth + 1);
  const type: unknown = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return objectOf(schema, making, depth);
    case 'array': {
      const length = typeof schema.minItems === 'number' ? Math.min(Math.max(1, schema.minItems), 10) : 1;
      return Array.from({ length }, () => made(schema.items, making, depth + 1));
    }
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'boolean':
      return true;
    case 'string':
      return 'demo';
    default:
      return isSchema(schema.properties) ? objectOf(schema, making, depth) : null;
  }
}

function objectOf(schema: Schema, making: Making, depth: number): unknown {
  const properties = isSchema(schema.properties) ? Object.entries(schema.properties) : [];
  return Object.fromEntries(properties.map(([name, inner]) => [name, made(inner, making, depth + 1)]));
}

function resolved(reference: string, root: unknown): unknown {
  let at: unknown = root;
  for (const part of reference.replace(/^#\/?/, '').split('/')) {
    if (part === '') continue;
    if (!isSchema(at)) return undefined;
    at = at[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
