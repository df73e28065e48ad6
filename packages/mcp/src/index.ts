export * from './end.ts';
export * from './message/message.ts';
export { type ArgumentSchema, openSchema } from './schema/argument-schema.ts';
export type { AssertingKeyword, CheckLimit, Mismatch } from './schema/check-run.ts';
export { exactValue } from './schema/exact-value.ts';
export { NUMBER_MAX_DIGITS, POINTER_MAX_CHARS, SCHEMA_LIMITS, type SchemaLimits } from './schema/schema-limits.ts';
