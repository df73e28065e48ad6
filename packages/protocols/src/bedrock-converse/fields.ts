import type { JsonNode } from '@sallyport/wire';
import { Fields } from '../fields.ts';
import lists from './fields.json' with { type: 'json' };

/** The members of Converse. */
export const fields = new Fields(lists);

/** Of a value that is nobody's format: everything in it is text. */
export const noFields = new Fields({ structuralInRequest: [], structuralInAnswer: [], decisive: [] });

/** Whether an object has a member that only some readers take for one that decides what it means. */
export function isDisguised(value: JsonNode): boolean {
  return value.kind === 'object' && value.members.some(({ key }) => fields.isDisguised(key.value));
}
