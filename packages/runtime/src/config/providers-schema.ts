import { z } from 'zod';
import { VENDOR_KINDS, type VendorKind } from '../providers/vendors.ts';
import { registrationSchema } from './access-schema.ts';
import { integer, modelPatternsSchema, option } from './option.ts';
import { secretSourceSchema } from './secret-source-schema.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Kinds that a key alone authorises. */
const KEYED_KINDS = VENDOR_KINDS.filter((kind): kind is Exclude<VendorKind, 'bedrock'> => kind !== 'bedrock');

const models = option(modelPatternsSchema.default(['*']), {
  about: 'names of its models; `*` stands for any characters',
});

const registry = option(registrationSchema.optional(), {
  about:
    'what you vouch for about this provider, for policies: `resource.provider`. What is not said counts as the worst: it keeps data, trains on it, and nobody approved it',
});

const timeouts = {
  connectMs: option(integer(100, 5 * MINUTE_MS).default(10 * SECOND_MS), {
    about: 'time to connect, TLS included',
    unit: 'ms',
  }),
  headersMs: option(integer(100, 60 * MINUTE_MS).default(10 * MINUTE_MS), {
    about: 'time from the request to the first byte of the answer; the official clients wait ten minutes',
    unit: 'ms',
  }),
  idleMs: option(integer(100, 60 * MINUTE_MS).default(5 * MINUTE_MS), {
    about: 'longest silence in the body of an answer; how long an answer takes is not bounded',
    unit: 'ms',
  }),
};

const address = z.string().min(1).max(2_048).optional();

const keyedProvider = z.strictObject({
  kind: option(z.enum(KEYED_KINDS), {
    about:
      'the vendor, or the software of an own server: which protocols it speaks, and in which header it wants its key',
  }),
  baseUrl: option(address, {
    about:
      'http or https address, without credentials or query; by default the one in the table of kinds, and of the same form: with the version where that has one',
  }),
  key: option(secretSourceSchema.optional(), {
    about:
      "where the provider key is: exactly one of `env` and `file`. Left out, the vendor's variable is read, if the address is the vendor's; a server at a `baseUrl` of your own then gets none",
  }),
  models,
  registry,
  ...timeouts,
});

export const regionSchema = z.string().regex(/^[a-z]{2}-[a-z-]{3,24}-\d{1,2}$/, 'must be an AWS region');

const awsSecret = (variable: string) =>
  option(secretSourceSchema.optional(), {
    about: `where this part of the AWS credentials is: exactly one of \`env\` and \`file\`; by default \`${variable}\``,
  });

const bedrockProvider = z.strictObject({
  kind: option(z.literal('bedrock'), { about: 'Amazon Bedrock: requests are signed, or carry an API key of its own' }),
  region: option(regionSchema.optional(), { about: 'AWS region, such as `eu-central-1`; by default `AWS_REGION`' }),
  baseUrl: option(address, {
    about: 'http or https address of another endpoint, such as a private one; the region still signs',
  }),
  key: option(secretSourceSchema.optional(), {
    about:
      'where a Bedrock API key is, in place of AWS credentials; by default `AWS_BEARER_TOKEN_BEDROCK`, if that is set and no AWS credentials are named here',
  }),
  accessKeyId: awsSecret('AWS_ACCESS_KEY_ID'),
  secretAccessKey: awsSecret('AWS_SECRET_ACCESS_KEY'),
  sessionToken: option(secretSourceSchema.optional(), {
    about:
      'where the session token of temporary credentials is; by default `AWS_SESSION_TOKEN`, if the other two come from the environment by default',
  }),
  models,
  registry,
  ...timeouts,
});

const demoProvider = z.strictObject({
  kind: option(z.literal('demo'), {
    about: 'the built-in, deterministic stand-in for every protocol: no network, no key',
  }),
  script: option(z.string().min(2).max(65_536).exactOptional(), {
    about:
      'what it answers where a request scripts nothing, JSON, as in the header `x-demo-answer`: `{"text": "yes"}`; `{"option": 1}` takes the second value of each enumeration of a schema; `{"minds": [{"weights": "a", "answers": 500}, {"weights": "b"}]}` answers with one word, as a model that is swapped after 500 answers',
  }),
  models,
  registry,
});

export const providerSchema = z.discriminatedUnion('kind', [keyedProvider, bedrockProvider, demoProvider]);

/** What `kind` may be. */
export const PROVIDER_KINDS = [...VENDOR_KINDS, 'demo'] as const;

export type ProviderOptions = z.output<typeof providerSchema>;
export type KeyedOptions = z.output<typeof keyedProvider>;
export type BedrockOptions = z.output<typeof bedrockProvider>;
export type DemoOptions = z.output<typeof demoProvider>;
