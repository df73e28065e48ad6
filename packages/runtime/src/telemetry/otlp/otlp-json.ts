/** What an attribute can be here; one that is undefined is none. */
export type AttributeValue = string | number | boolean | readonly string[] | undefined;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Characters of one text, and entries of one list: what is beyond is cut off. */
export const TEXT_MAX_CHARS = 1_024;
export const LIST_MAX_ENTRIES = 64;

type OtlpValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: number }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly OtlpValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  | Readonly<Record<string, never>>;

export interface KeyValue {
  readonly key: string;
  readonly value: OtlpValue;
}

/** Attributes as OTLP has them in JSON. Source: opentelemetry-proto, `common.proto`, and the JSON mapping of its documentation. */
export function attributesOf(attributes: Attributes): readonly KeyValue[] {
  const all: KeyValue[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) all.push({ key, value: otlpValue(value) });
  }
  return all;
}

/** Plain JSON as OTLP has it; what is `null` is a value without one. */
export function otlpBody(value: unknown): OtlpValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return otlpValue(value);
  if (Array.isArray(value)) return { arrayValue: { values: value.map(otlpBody) } };
  if (typeof value !== 'object' || value === null) return {};
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return { kvlistValue: { values: members.map(([key, member]) => ({ key, value: otlpBody(member) })) } };
}

/** A time as OTLP has it. @param epochMs milliseconds since 1970, microseconds kept */
export function unixNano(epochMs: number): string {
  return `${Math.round(epochMs * 1_000)}000`;
}

function otlpValue(value: NonNullable<AttributeValue>): OtlpValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: bounded(value) };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: value } : { doubleValue: value };
    default:
      return {
        arrayValue: { values: value.slice(0, LIST_MAX_ENTRIES).map((each) => ({ stringValue: bounded(each) })) },
      };
  }
}

/** Half a surrogate pair is no text for whoever reads strictly. */
function bounded(text: string): string {
  return text.slice(0, TEXT_MAX_CHARS).toWellFormed();
}
