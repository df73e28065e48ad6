import { REASON_MAX_CHARS } from '@sallyport/runtime';
import { z } from 'zod';

/** Why something is done, in the operator's own words. Kept in the audit log. */
export const REASON = z.string().max(REASON_MAX_CHARS).default('');

/** What comes with a step of an operator: why, and by which door. */
export const OPERATOR_WORDS = { reason: REASON, via: z.enum(['terminal', 'admin-api']).default('admin-api') };

/** What comes with a call that takes something away; it may come without a body. */
export const REASON_BODY = z.strictObject({ reason: REASON }).prefault({});
