import { Fields } from '../fields.ts';
import lists from './fields.json' with { type: 'json' };

/** The members of Responses. */
export const fields = new Fields(lists);
