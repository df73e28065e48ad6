import { SUBJECT_KINDS } from '@sallyport/core';
import { z } from 'zod';
import { integer, option, postureSchema } from './option.ts';
import { secretSourceSchema } from './secret-source-schema.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;

export const contentSchema = z.strictObject({
  keys: option(secretSourceSchema.optional(), {
    about:
      'where the key-encryption keys are, which the keys of content are wrapped under: 1 to 16 of 32 bytes in base64, one a line or with commas between; the first wraps, all unwrap. Exactly one of `env` and `file`; a file is read whenever it is needed. Without it nothing can be kept, and policies that want it are refused',
  }),
  subject: option(z.enum(SUBJECT_KINDS).default('user'), {
    about:
      "whose content shares a data key, and is erased as one: the principal's, the session's or the tenant's. What belongs to no session is its principal's",
  }),
  posture: option(postureSchema.default('closed'), {
    about:
      'what happens when content cannot be put under lock: `closed` ends the exchange, `open` lets it go on and records that it failed',
  }),
  maxTextBytes: option(integer(256, 16 * MIB).default(64 * KIB), {
    about:
      'size of one captured text in UTF-8: a longer one loses its end. A value that the vault keeps is left out if it is longer',
    unit: 'bytes',
  }),
  maxExchangeBytes: option(integer(256, 64 * MIB).default(MIB), {
    about: 'size of all that is kept of an exchange; what is beyond is left out, and counted in the record',
    unit: 'bytes',
  }),
});

export const redactionSchema = z.strictObject({
  pseudonyms: option(z.enum(['exchange', 'tenant']).default('exchange'), {
    about:
      'how placeholders are numbered: `exchange` counts in each exchange from 1, `tenant` gives a value the same number in all exchanges of its tenant, and another one in every other tenant',
  }),
});
