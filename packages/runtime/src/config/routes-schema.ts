import { RELEASES } from '@sallyport/core';
import { z } from 'zod';
import { PROTOCOL_IDS } from '../providers/vendors.ts';
import { detectorOverrideSchema } from './detectors-schema.ts';
import { integer, modelPatternsSchema, nameSchema, option, postureSchema } from './option.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const MIB = 1_048_576;

export const retrySchema = z.strictObject({
  tries: option(integer(1, 10).optional(), {
    about: 'calls in all, the first included; by default 2, or as many as there are providers if those are more',
  }),
  backoffMs: option(integer(1, MINUTE_MS).default(500), {
    about:
      'longest wait before a provider is called again; doubles with each call, and is drawn at random from zero up',
    unit: 'ms',
  }),
  maxBackoffMs: option(integer(1, 10 * MINUTE_MS).default(8 * SECOND_MS), {
    about:
      'longest wait of all. A provider that asks for a longer one (`retry-after`) is not waited for: the next one is asked, or its answer is passed on',
    unit: 'ms',
  }),
  budgetPercent: option(z.number().min(0).max(100).default(20), {
    about:
      'calls of a provider that was already asked, as a share of the exchanges of the last ten seconds; three in ten seconds are always allowed, and asking the next provider costs nothing of it',
    unit: 'percent',
  }),
  perTryMs: option(integer(10, 60 * MINUTE_MS).optional(), {
    about: 'time from a call to the head of its answer; by default what `headersMs` of the provider says',
    unit: 'ms',
  }),
  totalMs: option(integer(10, 60 * MINUTE_MS).default(10 * MINUTE_MS), {
    about:
      'time from the first call to the head of the answer that is taken, waits included; a stream then takes as long as it takes',
    unit: 'ms',
  }),
});

export const breakerSchema = z.strictObject({
  failures: option(integer(1, 1_000).default(10), {
    about: 'calls of one provider that failed one after the other: unreachable, too late, or 502, 503, 504, 529',
  }),
  windowMs: option(integer(100, 60 * MINUTE_MS).default(30 * SECOND_MS), {
    about: 'within how long',
    unit: 'ms',
  }),
  openMs: option(integer(100, 60 * MINUTE_MS).default(10 * SECOND_MS), {
    about: 'how long it is left alone then; one call probes after that, and its end decides',
    unit: 'ms',
  }),
});

const markerSchema = z.string().min(2).max(256);

export const routeSchema = z.strictObject({
  name: option(nameSchema, { about: 'its name in records and policies' }),
  models: option(modelPatternsSchema.default(['*']), {
    about: 'model names that take this route; `*` stands for any characters',
  }),
  protocols: option(
    z
      .array(z.enum(PROTOCOL_IDS))
      .min(1)
      .default([...PROTOCOL_IDS]),
    {
      about:
        'wire protocols in which this route is taken; a request in another one goes on to the next route that fits',
    },
  ),
  provider: option(nameSchema.optional(), { about: 'the provider that answers; short for `providers` with one' }),
  providers: option(z.array(nameSchema).min(1).max(10).optional(), {
    about:
      'who answers, in order of preference: the next is asked when one fails before its answer has begun. Each names one of `providers`; one that does not speak the protocol of a request is passed over. Policies see the first as the provider of the model',
  }),
  retry: option(retrySchema.prefault({}), {
    about: 'when a failed call is made again: only before the first byte of an answer has come',
  }),
  breaker: option(breakerSchema.optional(), {
    about:
      'when a provider is left alone for a while; without it, routes with several providers use the defaults below and others have none',
  }),
  blockForm: option(z.enum(['refusal', 'error']).default('refusal'), {
    about:
      "how a block looks: `refusal` is HTTP 200 in the protocol's refusal form, `error` is HTTP 400 in its error form",
  }),
  continuation: option(postureSchema.default('closed'), {
    about:
      'what happens with a request that goes on with what the ledger does not know (`previous_response_id`, a conversation): `closed` refuses it, `open` lets it pass and says in the receipt that nobody has seen that history',
  }),
  uninspected: option(z.enum(['refuse', 'pass']).default('refuse'), {
    about:
      'what happens with endpoints that the gateway cannot read, such as files, batches, images and audio: `refuse`, or `pass` to the provider of the first route that says so, with a receipt of 0%',
  }),
  hold: option(
    z
      .strictObject({
        release: option(z.enum(RELEASES).optional(), { about: 'overrides `limits.hold.release`' }),
        heartbeatMs: option(integer(100, 5 * MINUTE_MS).optional(), {
          about: 'overrides `limits.hold.heartbeatMs`',
          unit: 'ms',
        }),
        textChars: option(integer(64, MIB).optional(), {
          about: 'overrides `limits.hold.textChars`',
          unit: 'characters',
        }),
        textMs: option(integer(10, 5 * MINUTE_MS).optional(), { about: 'overrides `limits.hold.textMs`', unit: 'ms' }),
        toolCallBytes: option(integer(1_024, 64 * MIB).optional(), {
          about: 'overrides `limits.hold.toolCallBytes`',
          unit: 'bytes',
        }),
        posture: option(postureSchema.optional(), { about: 'overrides `limits.hold.posture`' }),
      })
      .prefault({}),
    { about: 'bounds on held text for this route alone' },
  ),
  approvals: option(
    z
      .strictObject({
        holdMs: option(integer(0, 10 * MINUTE_MS).optional(), { about: 'overrides `approvals.holdMs`', unit: 'ms' }),
      })
      .prefault({}),
    { about: 'how this route alone waits for humans' },
  ),
  dataSource: option(nameSchema.optional(), {
    about: 'name of the data source that everything on this route reads or feeds, such as an index of embeddings',
  }),
  documents: option(
    z
      .array(
        z.strictObject({
          open: option(markerSchema, { about: 'text that a document begins with, such as `<context>`' }),
          close: option(markerSchema, {
            about: 'text that it ends with; of several the last counts, since a document may hold one itself',
          }),
        }),
      )
      .max(100)
      .default([]),
    {
      about:
        'what marks documents in texts of users on this route: nobody vouches for what stands in them. `<sallyport:document>` is known everywhere',
    },
  ),
  detectors: option(z.record(nameSchema, detectorOverrideSchema('route')).default({}), {
    about: 'detectors of this route, by id, the custom ones included',
  }),
});
