import words from './member-words.json' with { type: 'json' };

const TEXT_FIELDS: ReadonlySet<string> = new Set(words.text);
const SCHEMA_KEYWORDS: ReadonlySet<string> = new Set(words.schemaKeywords);
const SCHEMA_MAPS: ReadonlySet<string> = new Set(words.schemaMaps);
const SCHEMA_TYPES: ReadonlySet<string> = new Set(words.schemaTypes);
const PLAIN_NAME = /^[A-Za-z_$][\w$/-]{0,63}$/;

/** A member that models and people read as text: whatever it says, it is no picture, no sound and no id. */
export function isTextField(field: string): boolean {
  return TEXT_FIELDS.has(field);
}

/** A member name such as protocols and programs use; others may be somebody's text. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

/** A keyword of JSON Schema or of a tool definition, at a place where keywords stand (`holder` is the member around it). */
export function isSchemaKeyword(holder: string, name: string): boolean {
  return SCHEMA_KEYWORDS.has(name) && !SCHEMA_MAPS.has(holder);
}

/** A type word of JSON Schema or of a tool definition. */
export function isSchemaType(field: string, value: string): boolean {
  return (field === 'type' || field === 'syntax') && SCHEMA_TYPES.has(value);
}
