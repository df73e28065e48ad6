import { Fields } from '../fields.ts';
import lists from './fields.json' with { type: 'json' };

export const fields = new Fields(lists);
