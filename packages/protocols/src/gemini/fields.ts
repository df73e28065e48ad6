import type { JsonNode } from '@sallyport/wire';
import { Fields } from '../fields.ts';
import lists from './fields.json' with { type: 'json' };
import { bothSpellings, camelCase } from './spelling.ts';

/** The members of this protocol, in both of their spellings. */
export const fields = new Fields({
  structuralInRequest: lists.structuralInRequest.flatMap(bothSpellings),
  structuralInAnswer: lists.structuralInAnswer.flatMap(bothSpellings),
  opaque: lists.opaque.flatMap(bothSpellings),
  decisive: lists.decisive.flatMap(bothSpellings),
});

/** Of a value that is nobody's format: everything in it is text. */
export const noFields = new Fields({ structuralInRequest: [], structuralInAnswer: [], decisive: [] });

/**
 * Whether an object has a member that only some readers take for one that decides what it means, or one member in both of
 * its spellings: which of the two counts, readers decide for themselves.
 */
export function isDisguised(value: JsonNode): boolean {
  if (value.kind !== 'object') return false;
  const seen = new Set<string>();
  for (const { key } of value.members) {
    const name = camelCase(key.value);
    if (fields.isDisguised(key.value) || seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}
