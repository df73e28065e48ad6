import { Fields } from '../fields.ts';
import lists from './fields.json' with { type: 'json' };

/** The members of Responses and Conversations. */
export const fields = new Fields(lists);
