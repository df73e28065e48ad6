import { z } from 'zod';
import { integer, nameSchema, option } from './option.ts';
import { secretSourceSchema } from './secret-source-schema.ts';

const MINUTE_MS = 60_000;

/** Which addresses are called for an authorization, the narrowest first. */
export const REACHES = ['public', 'private', 'loopback'] as const;

const addressSchema = z.string().min(1).max(2_048);
/** A scope as RFC 6749 writes one (section 3.3). */
const scopesSchema = z
  .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'must be a scope: visible ASCII without `"` and `\\`'))
  .max(64);

const resourceSchema = z.strictObject({
  issuers: option(z.array(nameSchema).min(1).max(20), {
    about: 'names of `identity.issuers` whose tokens are taken here; their own `audiences` count for nothing here',
  }),
  scopes: option(scopesSchema.default([]), {
    about: 'scopes that a token must have, all of them; gateway keys and certificates have none and need none',
  }),
  audience: option(addressSchema.optional(), {
    about:
      '`aud` that a token must have; by default the address of this server at the gateway, `<publicUrl>/mcp/<name>`',
  }),
});

const upstreamSchema = z.strictObject({
  grant: option(z.enum(['authorization-code', 'client-credentials']).default('authorization-code'), {
    about:
      'whose access it is: `authorization-code` that of each principal, who says yes in a browser; `client-credentials` the one of the gateway',
  }),
  resource: option(addressSchema.optional(), {
    about:
      'address by which its authorization server knows it; by default what the server calls itself, which must be its own address or its host',
  }),
  issuer: option(addressSchema.optional(), {
    about: 'the authorization server, to the letter; without it the first that the server names',
  }),
  clientId: option(
    z
      .string()
      .regex(/^[\x20-\x7e]{1,2048}$/, 'must be visible ASCII')
      .optional(),
    {
      about:
        'what the authorization server knows the gateway by; needs `issuer`. Without it the gateway shows its client metadata document where that is taken, and else registers itself',
    },
  ),
  clientSecret: option(secretSourceSchema.optional(), { about: 'where the secret is that goes with `clientId`' }),
  clientAuth: option(z.enum(['basic', 'post']).optional(), {
    about: 'how the secret is shown; by default as the authorization server says, `basic` where it says neither',
  }),
  scopes: option(scopesSchema.optional(), {
    about: 'scopes that are asked for first; by default those that the server asks for, else all that it names',
  }),
  audience: option(addressSchema.optional(), {
    about:
      '`aud` of its access tokens, where they are JWTs; by default `resource`. One for another audience is not kept',
  }),
  reach: option(z.enum(REACHES).default('public'), {
    about:
      'which addresses are called for it: `public` https at public addresses, `private` https at any, `loopback` also plain http on this machine',
  }),
});

/** Who may come in at MCP servers with which tokens, and what the gateway shows to them. */
export const mcpAuthorizationSchema = z.strictObject({
  publicUrl: option(addressSchema.optional(), {
    about:
      'https address, without a path, at which clients and browsers reach the data plane; by default that of `listen`. Tokens and redirects are bound to it',
  }),
  consentMs: option(integer(MINUTE_MS, 60 * MINUTE_MS).default(10 * MINUTE_MS), {
    about: 'how long the address of a consent page is good for, and then the way back from the authorization server',
    unit: 'ms',
  }),
  resources: option(z.record(nameSchema, resourceSchema).default({}), {
    about:
      'servers to which clients come with tokens for that server alone, by name; to others they come as `identity` and `keys` have it',
  }),
  upstreams: option(z.record(nameSchema, upstreamSchema).default({}), {
    about: 'servers at which the gateway must be authorized itself, by name',
  }),
});
