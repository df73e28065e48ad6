import { z } from 'zod';
import { nameSchema, option } from './option.ts';

export const kindSchema = z.enum(['user', 'service', 'agent']);
/** Groups of one principal. */
const GROUPS_MAX = 64;

/** Who somebody is for policies, beside the id. */
export const principalOptions = {
  kind: option(kindSchema.default('service'), { about: 'what the principal is' }),
  tenant: option(nameSchema.default('default'), { about: 'tenant of the principal' }),
  groups: option(z.array(nameSchema).max(GROUPS_MAX).default([]), { about: 'groups of the principal, for policies' }),
};

/** A time with its zone: `2027-01-31T00:00:00Z`. */
export const timeSchema = z.iso.datetime({ offset: true, error: 'must be a time such as `2027-01-31T00:00:00Z`' });
