import { z } from 'zod';
import { OPERATOR_ROLES } from '../operators/roles.ts';
import { certificateSchema, issuerSchema } from './identity-schema.ts';
import { hostSchema, option, portSchema } from './option.ts';
import { secretSourceSchema } from './secret-source-schema.ts';
import { tlsSchema } from './tls-schema.ts';

const groupsSchema = z.array(z.string().min(1).max(256)).max(1_000);

/** Where operators come in, and who they are beside those with a token of the gateway's. */
export const adminSchema = z.strictObject({
  host: option(hostSchema.default('127.0.0.1'), { about: 'address of the admin API' }),
  port: option(portSchema.default(8_788), { about: 'port of the admin API; 0 picks a free one' }),
  names: option(z.array(hostSchema).max(100).default([]), {
    about: 'names by which the admin API is addressed beside `host` and `localhost`; requests for others are refused',
  }),
  tls: option(tlsSchema.optional(), { about: 'TLS of the admin API, alike' }),
  token: option(secretSourceSchema.optional(), {
    about:
      'where the admin token is: exactly one of `env` and `file`; without it the first start makes one and shows it once',
  }),
  issuers: option(
    z
      .array(issuerSchema.omit({ scope: true }))
      .max(20)
      .default([]),
    {
      about:
        "whose tokens (JWT) are taken in the place of an operator's; none that the data plane takes: another issuer than those of `identity.issuers`, or other `audiences`",
    },
  ),
  certificates: option(
    z
      .array(certificateSchema.omit({ scope: true }))
      .max(1_000)
      .default([]),
    {
      about: 'which operator a client certificate stands for where there is no token; the first that fits',
    },
  ),
  roles: option(z.partialRecord(z.enum(OPERATOR_ROLES), groupsSchema).default({}), {
    about:
      'by role, the groups whose members have it; of operators who come by `issuers` and `certificates`. Whoever is in none may do nothing',
  }),
});
