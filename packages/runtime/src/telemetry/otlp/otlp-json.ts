/** What an attribute can be here; one that is undefined is none. */
export type AttributeValue = string | number | boolean | readonly string[] | undefined;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Characters of one text, and entries of one list: what is beyond is cut off. */
export const TEXT_MAX_CHARS = 1_024;
export const LIST_MAX_ENTRIES = 64;

/**
 * Attributes as OTLP has them, JSON. Written at once: by way of objects it costs three times as much, for each of many spans.
 * Source: opentelemetry-proto, `common.proto`, and the JSON mapping of its documentation.
 */
export function writeAttributes(attributes: Attributes): string {
  let text = '';
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const comma = text === '' ? '' : ',';
    text += `${comma}{"key":${JSON.stringify(key)},"value":${writeValue(value)}}`;
  }
  return `[${text}]`;
}

/** Plain JSON as a value of OTLP; what is `null` is a value without one. */
export function writeBody(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return writeValue(value);
  if (Array.isArray(value)) return `{"arrayValue":{"values":[${value.map(writeBody).join(',')}]}}`;
  if (typeof value !== 'object' || value === null) return '{}';
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : `{"key":${JSON.stringify(key)},"value":${writeBody(member)}}`,
  );
  return `{"kvlistValue":{"values":[${members.join(',')}]}}`;
}

/** A time as OTLP has it. @param epochMs milliseconds since 1970, microseconds kept */
export function unixNano(epochMs: number): string {
  return `${Math.round(epochMs * 1_000)}000`;
}

function writeValue(value: NonNullable<AttributeValue>): string {
  switch (typeof value) {
    case 'string':
      return `{"stringValue":${JSON.stringify(bounded(value))}}`;
    case 'boolean':
      return `{"boolValue":${value}}`;
    case 'number':
      if (Number.isSafeInteger(value)) return `{"intValue":${value}}`;
      return Number.isFinite(value) ? `{"doubleValue":${value}}` : '{}';
    default:
      return `{"arrayValue":{"values":[${value.slice(0, LIST_MAX_ENTRIES).map(writeValue).join(',')}]}}`;
  }
}

/** Half a surrogate pair is no text for whoever reads strictly. */
function bounded(text: string): string {
  return text.slice(0, TEXT_MAX_CHARS).toWellFormed();
}
