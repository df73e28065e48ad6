import { z } from 'zod';
import { integer, nameSchema, option } from './option.ts';

const canarySchema = z.strictObject({
  provider: option(nameSchema, { about: 'which of `providers` is asked' }),
  model: option(z.string().regex(/^[!-~]{1,200}$/, 'must be 1 to 200 visible ASCII characters'), {
    about: 'which of its models',
  }),
  everyHours: option(integer(1, 168).default(24), { about: 'time between two rounds', unit: 'hours' }),
  inputs: option(integer(4, 64).default(20), { about: 'inputs that each round asks', unit: 'inputs' }),
  samples: option(integer(2, 32).default(10), { about: 'how often a round asks each of them', unit: 'calls' }),
  maxTokensPerDay: option(integer(100, 100_000_000).default(20_000), {
    about: 'what all its calls of a day of the clock may come to, in and out; what is beyond waits',
    unit: 'tokens',
  }),
});

const digestSchema = z.strictObject({
  provider: option(nameSchema, { about: 'which of `providers` is asked for its list of models' }),
  everyMinutes: option(integer(1, 1_440).default(60), { about: 'time between two looks', unit: 'minutes' }),
  models: option(z.record(z.string().regex(/^[!-~]{1,200}$/), z.string().regex(/^[\w.:/@+$-]{1,256}$/)).default({}), {
    about:
      'by the name of a model, the digest that it is to have; of others the first that is seen is taken for theirs',
  }),
});

export const monitorSchema = z.strictObject({
  enabled: option(z.boolean().default(true), {
    about: 'whether signals are measured, and events given to whoever watches; metrics are made either way',
  }),
  tailRecords: option(integer(0, 100_000).default(4_096), {
    about: 'records at the end of the log that a start learns from, 25 us each; with 0 it learns from nothing',
    unit: 'records',
  }),
  liveEvents: option(integer(64, 65_536).default(4_096), {
    about: 'newest events that are kept for whoever watches and comes back; each takes about 1 KB',
    unit: 'events',
  }),
  batch: option(
    z
      .array(
        z
          .string()
          .regex(/^[!-~]+(?:[ -~]*[!-~])?$/, 'must be a name such as `default/service/nightly`')
          .max(800),
      )
      .max(1_000)
      .default([]),
    {
      about:
        'principals, named as signals name them (`default/service/nightly`), that ask one template through and use much because they are meant to: neither is a finding with them',
    },
  ),
  canaries: option(z.array(canarySchema).max(16).default([]), {
    about:
      'models that the gateway asks for words of its own, to see whether they still answer as they did; they cost what calls cost',
  }),
  digests: option(z.array(digestSchema).max(64).default([]), {
    about: 'servers of your own (`ollama`, `vllm`) that are asked now and then what the files of their models are',
  }),
});
