import { Fields } from '../fields.ts';
import lists from './fields.json' with { type: 'json' };

/** The members of the Messages API. */
export const fields = new Fields(lists);
