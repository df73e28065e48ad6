import { z } from 'zod';
import { headerName, headerValue, secretHeader } from './header-schemas.ts';
import { fileSchema, folderSchema, integer, option } from './option.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** What is told by OTLP, by the words of OpenTelemetry. */
export const OTLP_SIGNALS = ['traces', 'metrics', 'logs'] as const;
export type OtlpSignal = (typeof OTLP_SIGNALS)[number];

/** Releases of OpenTelemetry's semantic conventions whose names for generative AI spans can have. */
export const GEN_AI_VERSIONS = ['1.41', '1.36', 'off'] as const;
export type GenAiVersion = (typeof GEN_AI_VERSIONS)[number];

const otlpSchema = z.strictObject({
  endpoint: option(z.string().min(1).max(2_048), {
    about: 'http or https address of a collector, behind which `/v1/traces` and its like stand',
  }),
  headers: option(z.record(headerName, headerValue).default({}), {
    about: 'headers of every request to it; secrets have no place here',
  }),
  secretHeaders: option(z.record(headerName, secretHeader).default({}), {
    about: 'headers whose values are secrets: each exactly one of `env` and `file`',
  }),
  ca: option(fileSchema.optional(), {
    about: 'file, PEM, of the authorities that its certificate is checked with, in place of those that are known',
  }),
  service: option(
    z
      .string()
      .regex(/^[!-~]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
      .default('sallyport'),
    {
      about: 'name of this gateway there, `service.name`',
    },
  ),
  signals: option(
    z
      .array(z.enum(OTLP_SIGNALS))
      .min(1)
      .default([...OTLP_SIGNALS]),
    { about: 'what is told' },
  ),
  sampleRatio: option(z.number().min(0).max(1).default(1), {
    about: 'share of the traces that begin here of which spans are told; one that began elsewhere says itself',
    unit: '0..1',
  }),
  genAi: option(z.enum(GEN_AI_VERSIONS).default('1.41'), {
    about: 'by which release of the semantic conventions spans name what is of generative AI; `off`: not at all',
  }),
  activity: option(z.boolean().default(false), {
    about: 'whether exchanges that ended and tool calls are told as logs too, as API Activity',
  }),
  maxBehindRecords: option(integer(1_000, 1_000_000_000).default(1_000_000), {
    about: 'records of the log that may wait to be told as logs; the oldest beyond are passed over and counted',
    unit: 'records',
  }),
  metricsEveryMs: option(integer(1_000, 60 * 60_000).default(60_000), {
    about: 'from one time that metrics are told to the next',
    unit: 'ms',
  }),
  timeoutMs: option(integer(100, 5 * 60_000).default(10_000), {
    about: 'time for one request to the collector',
    unit: 'ms',
  }),
  maxWaitingItems: option(integer(1, 1_000_000).default(10_000), {
    about: 'spans that wait to be told; further ones are dropped and counted',
    unit: 'items',
  }),
  maxWaitingBytes: option(integer(64 * KIB, 1_024 * MIB).default(16 * MIB), {
    about: 'bytes of what waits to be told; what is beyond is dropped and counted',
    unit: 'bytes',
  }),
});

export const telemetrySchema = z.strictObject({
  ocsf: option(
    z
      .strictObject({
        folder: option(folderSchema, {
          about: 'folder of `findings.ocsf.jsonl`, made where there is none. In the file relative to it',
        }),
        activity: option(z.boolean().default(false), {
          about: 'whether exchanges that ended and tool calls are told too, as API Activity',
        }),
        maxFileBytes: option(integer(64 * KIB, 1_024 * MIB).default(16 * MIB), {
          about: 'a file that would grow beyond it is set aside, and a new one begun',
          unit: 'bytes',
        }),
        maxFiles: option(integer(1, 1_000).default(8), {
          about: 'files that are kept, the one that is written too; the oldest is removed',
          unit: 'files',
        }),
        maxWaitingEvents: option(integer(1, 1_000_000).default(10_000), {
          about: 'events that wait to be written; further ones are dropped and counted',
          unit: 'events',
        }),
        maxWaitingBytes: option(integer(64 * KIB, 1_024 * MIB).default(16 * MIB), {
          about: 'bytes of events that wait to be written; further ones are dropped and counted',
          unit: 'bytes',
        }),
      })
      .optional(),
    { about: 'findings as events of OCSF 1.8, a line each; without it, none are written' },
  ),
  otlp: option(otlpSchema.optional(), {
    about: 'what is told to a collector by OTLP over HTTP, in JSON; without it, nothing is',
  }),
});
