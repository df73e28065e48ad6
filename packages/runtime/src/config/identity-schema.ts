import { z } from 'zod';
import { fileSchema, integer, nameSchema, option } from './option.ts';
import { kindSchema, principalOptions } from './principal-schema.ts';
import { scopeSchema } from './scope-schema.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const KIB = 1_024;

/** Algorithms by which tokens may be signed: asymmetric ones alone, so that no public key can be taken for a secret (RFC 8725, section 3.1). */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

const wordSchema = z.string().min(1).max(2_048);
const claimSchema = z.string().min(1).max(256);
const patternsSchema = z.array(z.string().min(1).max(512)).max(1_000);

export const issuerSchema = z.strictObject({
  name: option(nameSchema, { about: 'its name here; ids of its principals begin with it and a colon' }),
  issuer: option(wordSchema, { about: 'what `iss` of its tokens says, to the letter' }),
  audiences: option(z.array(wordSchema).min(1).max(20), { about: '`aud` of a token must hold one of these' }),
  jwks: option(wordSchema.optional(), {
    about: 'https address of its keys, a JSON Web Key Set; exactly one of `jwks` and `discovery`',
  }),
  discovery: option(z.boolean().default(false), {
    about:
      'whether the address of its keys is looked up at `<issuer>/.well-known/openid-configuration`; keys at another host than the issuer are not fetched: name them with `jwks`',
  }),
  algorithms: option(z.array(z.enum(TOKEN_ALGORITHMS)).min(1).default(['RS256', 'PS256', 'ES256', 'EdDSA']), {
    about: 'how its tokens may be signed',
  }),
  clockToleranceMs: option(integer(0, 5 * MINUTE_MS).default(30 * SECOND_MS), {
    about: 'how far its clock and ours may differ',
    unit: 'ms',
  }),
  maxAgeMs: option(integer(SECOND_MS, 30 * DAY_MS).optional(), {
    about: 'how old a token may be, whatever its `exp` says; it must have `iat` then',
    unit: 'ms',
  }),
  require: option(z.record(claimSchema, z.array(wordSchema).min(1).max(100)).default({}), {
    about:
      'claims that a token must have, by path, each with the values of which it must have one. A path is `a.b`, or a JSON pointer where names hold dots: `/https:~1~1example.com~1roles`',
  }),
  claims: option(
    z
      .strictObject({
        id: option(claimSchema.default('sub'), { about: 'path of the claim that names the principal' }),
        tenant: option(claimSchema.optional(), {
          about: 'path of the claim that names its tenant; a token without it is refused. Without the option: `tenant`',
        }),
        groups: option(claimSchema.optional(), {
          about: 'path of the claim that lists its groups: a list of texts, or one text with spaces between them',
        }),
        kind: option(claimSchema.optional(), { about: 'path of the claim that says what it is, as `kinds` reads it' }),
      })
      .prefault({}),
    { about: 'where tokens say who somebody is' },
  ),
  kind: option(kindSchema.default('user'), { about: 'what its principals are where `claims.kind` says nothing' }),
  kinds: option(z.record(wordSchema, kindSchema).default({}), {
    about: 'what values of the claim `claims.kind` mean; others mean `kind`',
  }),
  tenant: option(nameSchema.default('default'), { about: 'tenant of its principals without `claims.tenant`' }),
  prefix: option(z.string().max(64).optional(), {
    about:
      'what ids of its principals begin with, by default its name and a colon; gateway keys have no colon in their names, so nobody can pass for one. Change it only for an issuer whose ids you give yourself',
  }),
  scope: option(scopeSchema.optional(), { about: 'what its tokens reach at most' }),
  keysMaxAgeMs: option(integer(SECOND_MS, DAY_MS).default(10 * MINUTE_MS), {
    about: 'how long its keys are used before they are fetched again; a token with an unknown key fetches them at once',
    unit: 'ms',
  }),
  keysStaleMs: option(integer(SECOND_MS, 7 * DAY_MS).default(60 * MINUTE_MS), {
    about:
      'how long they are used since they were fetched last while the issuer cannot be reached; after that all its tokens are refused with 503 `IDENTITY_UNAVAILABLE`',
    unit: 'ms',
  }),
});

export const certificateSchema = z.strictObject({
  uri: option(z.string().min(1).max(512).optional(), {
    about:
      'pattern for a URI among the alternative names, such as `spiffe://example.org/agents/*`; exactly one of `uri`, `dns` and `commonName`',
  }),
  dns: option(z.string().min(1).max(512).optional(), { about: 'pattern for a DNS name among them' }),
  commonName: option(z.string().min(1).max(512).optional(), { about: 'pattern for the common name of the subject' }),
  id: option(z.string().min(1).max(256).optional(), {
    about: "id of the principal; by default the certificate's own name that fits",
  }),
  ...principalOptions,
  scope: option(scopeSchema.optional(), { about: 'what it reaches at most' }),
});

const actingSchema = z.strictObject({
  agent: option(z.string().min(1).max(512), { about: 'id of the agent, or a pattern of ids' }),
  users: option(patternsSchema.min(1), { about: 'ids of users whom it may act for; `*` stands for any characters' }),
  agentGroups: option(z.array(nameSchema).max(64).default([]), {
    about: 'groups of the agent where a token names it as the actor: such tokens do not say any',
  }),
  publicKey: option(fileSchema.optional(), {
    about:
      'file, PEM, of the key that verifies its statements in `x-sallyport-on-behalf-of`; without it only tokens with `act` say for whom it acts',
  }),
  groups: option(patternsSchema.default([]), {
    about: 'groups that its statements may give to users; others are left out',
  }),
});

/** Who may come in beside those with a gateway key, and for whom. */
export const identitySchema = z.strictObject({
  maxTokenBytes: option(integer(256, 64 * KIB).default(8 * KIB), {
    about:
      'size of a token, and of a statement about whom a request is made for; `limits.maxHeaderBytes` bounds it too',
    unit: 'bytes',
  }),
  issuers: option(z.array(issuerSchema).max(20).default([]), {
    about: 'whose tokens (JWT) are taken in the place of a gateway key',
  }),
  certificates: option(z.array(certificateSchema).max(1_000).default([]), {
    about: 'who a client certificate stands for where there is neither key nor token; the first that fits',
  }),
  onBehalfOf: option(
    z
      .strictObject({
        audience: option(wordSchema.default('sallyport'), { about: '`aud` of statements' }),
        maxAgeMs: option(integer(SECOND_MS, 60 * MINUTE_MS).default(5 * MINUTE_MS), {
          about: 'how long a statement may be good for',
          unit: 'ms',
        }),
        agents: option(z.array(actingSchema).max(1_000).default([]), { about: 'which agents may act for which users' }),
      })
      .prefault({}),
    { about: 'agents that act for users' },
  ),
});
