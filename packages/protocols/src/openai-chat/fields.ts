import table from './fields.json' with { type: 'json' };

const STRUCTURAL_IN_REQUEST: ReadonlySet<string> = new Set(table.structuralInRequest);
const STRUCTURAL_IN_ANSWER: ReadonlySet<string> = new Set(table.structuralInAnswer);
const DECISIVE: ReadonlySet<string> = new Set(table.decisive);
const TEXT_FIELDS: ReadonlySet<string> = new Set(table.text);
const SCHEMA_KEYWORDS: ReadonlySet<string> = new Set(table.schemaKeywords);
const SCHEMA_MAPS: ReadonlySet<string> = new Set(table.schemaMaps);
const SCHEMA_TYPES: ReadonlySet<string> = new Set(table.schemaTypes);

/** What an identifier or a word of an enumeration looks like; what doesn't is text wherever it stands. */
const IDENTIFIER = /^[\w.:-]{0,128}$/;
const MODEL_NAME = /^[\w.:/@+-]{1,256}$/;
const LOWER_CASE = /^[a-z\d_]*$/;
const PLAIN_NAME = /^[A-Za-z_$][\w$/-]{0,63}$/;

/** An id or an enumeration of the request format: no text for anybody. */
export function isStructuralInRequest(field: string, value: string): boolean {
  return STRUCTURAL_IN_REQUEST.has(field) && IDENTIFIER.test(value);
}

/** An id or an enumeration of the answer format. */
export function isStructuralInAnswer(field: string, value: string): boolean {
  return STRUCTURAL_IN_ANSWER.has(field) && (field === 'model' ? MODEL_NAME.test(value) : IDENTIFIER.test(value));
}

/** A member that models and people read as text: whatever it says, it is no picture, no sound and no id. */
export function isTextField(field: string): boolean {
  return TEXT_FIELDS.has(field);
}

export function isIdentifier(value: string): boolean {
  return IDENTIFIER.test(value);
}

export function isModelName(value: string): boolean {
  return MODEL_NAME.test(value);
}

/** A member name such as protocols and programs use; others may be somebody's text. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

/**
 * A name that some parsers take for one that decides what a body means, and others don't: Go's compares names without case,
 * as Unicode folds it. Whoever reads `Model` as `model` acts on another body than the one that was judged.
 */
export function isDisguised(name: string): boolean {
  return !LOWER_CASE.test(name) && DECISIVE.has(name.toUpperCase().toLowerCase());
}

/** A keyword of JSON Schema or of a tool definition, at a place where keywords stand (`holder` is the member around it). */
export function isSchemaKeyword(holder: string, name: string): boolean {
  return SCHEMA_KEYWORDS.has(name) && !SCHEMA_MAPS.has(holder);
}

/** A type word of JSON Schema or of a tool definition. */
export function isSchemaType(field: string, value: string): boolean {
  return (field === 'type' || field === 'syntax') && SCHEMA_TYPES.has(value);
}
