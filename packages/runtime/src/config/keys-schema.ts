import { z } from 'zod';
import { fileSchema, nameSchema, option } from './option.ts';
import { principalOptions, timeSchema } from './principal-schema.ts';
import { scopeSchema } from './scope-schema.ts';
import { secretSourceSchema } from './secret-source-schema.ts';

const keySchema = z.strictObject({
  secret: option(secretSourceSchema.optional(), {
    about:
      'where its secret is: exactly one of `env` and `file`; without it `SALLYPORT_KEYS` must hold a key of this name',
  }),
  ...principalOptions,
  scope: option(scopeSchema.optional(), {
    about: 'what the key reaches at most, whatever the policies permit; without it, all that they permit',
  }),
  expiresAt: option(timeSchema.optional(), { about: 'from when on it is refused' }),
  certificate: option(fileSchema.optional(), {
    about: 'file, PEM, of the client certificate that it is bound to: without that one it is worth nothing',
  }),
});

export const keysSchema = z.record(nameSchema, keySchema);
