import { CHECKPOINTS } from '@sallyport/core';
import { z } from 'zod';
import { modelPatternsSchema, option } from './option.ts';

/** Entries of one list of a scope: records hold it. */
const SCOPE_LIST_MAX = 64;

const patterns = modelPatternsSchema.max(SCOPE_LIST_MAX);

/** What a credential is narrowed to; the parts that it lacks narrow nothing. */
export const scopeSchema = z.strictObject({
  routes: option(patterns.exactOptional(), { about: 'names of routes; `*` stands for any characters' }),
  models: option(patterns.exactOptional(), { about: 'names of models; `*` stands for any characters' }),
  tools: option(z.array(patterns.element).max(SCOPE_LIST_MAX).exactOptional(), {
    about: 'names of tools that may be offered and called; `*` stands for any characters, an empty list for none',
  }),
  checkpoints: option(z.array(z.enum(CHECKPOINTS)).min(1).exactOptional(), {
    about: 'where content may stand; at any other checkpoint it is refused',
  }),
});
