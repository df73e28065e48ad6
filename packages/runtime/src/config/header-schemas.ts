import { z } from 'zod';
import { option } from './option.ts';
import { secretSourceSchema } from './secret-source-schema.ts';

export const headerName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be the name of a header in lower case');
export const headerValue = z
  .string()
  .regex(/^[!-~](?:[ -~]{0,1022}[!-~])?$/, 'must be 1 to 1024 visible ASCII characters');

/** A header whose value is a secret. */
export const secretHeader = z.strictObject({
  ...secretSourceSchema.shape,
  prefix: option(
    z
      .string()
      .regex(/^[!-~]{1,62} ?$/, 'must be 1 to 63 visible ASCII characters')
      .optional(),
    {
      about: 'what stands before the secret, such as `Bearer ` with its space',
    },
  ),
});
