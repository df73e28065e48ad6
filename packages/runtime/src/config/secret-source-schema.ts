import { z } from 'zod';
import { folderSchema, option } from './option.ts';

/** Where a secret is: never the secret itself. */
export const secretSourceSchema = z.strictObject(
  {
    env: option(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of an environment variable')
        .optional(),
      {
        about: 'name of the environment variable that holds it',
      },
    ),
    file: option(folderSchema.optional(), {
      about: 'file that holds it, and nothing else; a final line break is ignored',
    }),
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type'
        ? 'a secret must not stand in this file: name where it is with `env:` or `file:`'
        : undefined,
  },
);

export type SecretSource = z.output<typeof secretSourceSchema>;
