/** What a server's schema may hold, and what one check may cost. Beyond the first group a schema is refused, beyond the second a value. */
export interface SchemaLimits {
  /** Schemas within the schema, the ones that references lead to included. */
  readonly maxSubschemas: number;
  /** Schemas within schemas, as they are written; the reader recurses. */
  readonly maxSchemaDepth: number;
  /** UTF-16 units of names, values, references and patterns that it keeps, and one for each. */
  readonly maxSchemaChars: number;
  /** UTF-16 units of one pattern. */
  readonly maxPatternChars: number;
  /** Instructions that one pattern compiles to: `(?:a{100}){10}` is short and large. */
  readonly maxPatternInstructions: number;
  /** Instructions of all patterns of a schema. */
  readonly maxSchemaInstructions: number;

  /**
   * Steps of one check: a schema at a value, a member, an item, 16 characters read, 8 characters by instructions of a pattern; and of
   * reading what `enum` and `const` list.
   */
  readonly maxSteps: number;
  /** Schemas at work within each other, those of references and values included; the check recurses, 1..1000. */
  readonly maxDepth: number;
}

export const SCHEMA_LIMITS: SchemaLimits = {
  maxSubschemas: 4_096,
  maxSchemaDepth: 64,
  maxSchemaChars: 1_048_576,
  maxPatternChars: 4_096,
  maxPatternInstructions: 4_000,
  maxSchemaInstructions: 16_384,
  maxSteps: 1_000_000,
  maxDepth: 256,
};

/** Digits before the point of the largest number that is compared; doubles end a digit later. */
export const NUMBER_MAX_DIGITS = 308;
/** UTF-16 units of the pointer that a mismatch or a fault carries; a longer one ends at the last name that fits. */
export const POINTER_MAX_CHARS = 256;
