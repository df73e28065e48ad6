import table from './not-secrets.json' with { type: 'json' };

/** Parts of values that mark a value as made up. */
export const placeholders: readonly string[] = table.placeholders;
/** Whole values, in lower case, that are no secret whatever stands in front of them. */
export const plainWords: ReadonlySet<string> = new Set(table.plainWords);
