import { RELEASES } from '@sallyport/core';
import { STARTER_PACKS } from '@sallyport/policy';
import { z } from 'zod';
import { a2aSchema } from './a2a-schema.ts';
import { accessSchema } from './access-schema.ts';
import { adminSchema } from './admin-schema.ts';
import { alertsSchema } from './alerts-schema.ts';
import { auditSchema } from './audit-schema.ts';
import { budgetsSchema } from './budgets-schema.ts';
import { calibrationSchema } from './calibration-schema.ts';
import { contentSchema, redactionSchema } from './content-schema.ts';
import { detectorsSchema } from './detectors-schema.ts';
import { identitySchema } from './identity-schema.ts';
import { judgeSchema } from './judge-schema.ts';
import { keysSchema } from './keys-schema.ts';
import { mcpSchema } from './mcp-schema.ts';
import { monitorSchema } from './monitor-schema.ts';
import {
  fileSchema,
  folderSchema,
  hostSchema,
  integer,
  nameSchema,
  option,
  portSchema,
  postureSchema,
} from './option.ts';
import { providerSchema } from './providers-schema.ts';
import { routeSchema } from './routes-schema.ts';
import { secretSourceSchema } from './secret-source-schema.ts';
import { telemetrySchema } from './telemetry-schema.ts';
import { tlsSchema } from './tls-schema.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const KIB = 1_024;
const MIB = 1_024 * KIB;

export const logLevelSchema = z.enum(['debug', 'info', 'warn', 'error', 'silent']);

const holdOptions = {
  release: option(z.enum(RELEASES).default('hold'), {
    about:
      'when streamed text leaves: `hold` as soon as nothing can be found in it any more, `buffer` when the whole answer is clear, `cut` at once, and the answer stops at the first violation, of which a part may be out by then',
  }),
  heartbeatMs: option(integer(100, 5 * MINUTE_MS).default(10 * SECOND_MS), {
    about: 'silence towards a client after which it gets a sign of life, while something is held',
    unit: 'ms',
  }),
  textChars: option(integer(64, MIB).default(4_096), {
    about: 'text of a stream that may be held because it could still become a match',
    unit: 'characters',
  }),
  textMs: option(integer(10, 5 * MINUTE_MS).default(2 * SECOND_MS), {
    about: 'how long such text may be held',
    unit: 'ms',
  }),
  toolCallBytes: option(integer(KIB, 64 * MIB).default(256 * KIB), {
    about: 'size of one tool call in a stream; a call is held until it is decided whole',
    unit: 'bytes',
  }),
  posture: option(postureSchema.default('closed'), {
    about:
      'what happens beyond these bounds: `closed` ends the answer, `open` lets it go on unchecked and says so in the receipt',
  }),
};

const limits = z.strictObject({
  maxBodyBytes: option(integer(KIB, 512 * MIB).default(10 * MIB), {
    about: 'size of a request body, after decompression',
    unit: 'bytes',
  }),
  maxAnswerBytes: option(integer(KIB, 1_024 * MIB).default(64 * MIB), {
    about: 'size of an answer, after decompression',
    unit: 'bytes',
  }),
  maxDepth: option(integer(4, 512).default(64), { about: 'nesting of JSON in requests and answers', unit: 'levels' }),
  maxNodes: option(integer(100, 50_000_000).default(200_000), {
    about:
      'values and names of members in the JSON of a request, strings above all: each costs some 100 bytes of memory while it is read, and time, however short it is',
    unit: 'values',
  }),
  maxAnswerNodes: option(integer(100, 50_000_000).default(1_000_000), {
    about: 'the same in an answer, or in one event of a stream; vectors of an embedding are left out',
    unit: 'values',
  }),
  maxHeaderBytes: option(integer(KIB, MIB).default(16 * KIB), { about: 'size of all request headers', unit: 'bytes' }),
  maxConnections: option(integer(1, 100_000).default(10_000), {
    about: 'client connections open at a time; further ones are closed at once',
    unit: 'connections',
  }),
  headersTimeoutMs: option(integer(100, 10 * MINUTE_MS).default(10 * SECOND_MS), {
    about: 'time for the headers of a request to arrive',
    unit: 'ms',
  }),
  bodyTimeoutMs: option(integer(100, 60 * MINUTE_MS).default(30 * SECOND_MS), {
    about: 'time for the body of a request to arrive',
    unit: 'ms',
  }),
  clientStallMs: option(integer(100, 60 * MINUTE_MS).default(MINUTE_MS), {
    about: 'how long a client may leave its answer unread before the connection, and that to the provider, are closed',
    unit: 'ms',
  }),
  inspectMs: option(integer(1, 10 * MINUTE_MS).default(2 * SECOND_MS), {
    about: 'time for all detectors on one text; those that had no turn by then count as `timed-out`',
    unit: 'ms',
  }),
  hold: option(z.strictObject(holdOptions).prefault({}), { about: 'how much of a streamed answer may be held back' }),
});

/** The file `sallyport.yaml`. Every option has a default: an empty file is a valid one. */
export const configFileSchema = z.strictObject({
  data: option(folderSchema.default('./data'), {
    about:
      'folder of the embedded store; one process at a time. In the file relative to it, else to the working folder',
  }),
  listen: option(
    z
      .strictObject({
        host: option(hostSchema.default('127.0.0.1'), {
          about: 'address of the data plane; `0.0.0.0` for every interface',
        }),
        port: option(portSchema.default(8_787), { about: 'port of the data plane; 0 picks a free one' }),
        tls: option(tlsSchema.optional(), {
          about: 'TLS, with files that are read again when they change; without it plain HTTP',
        }),
      })
      .prefault({}),
    { about: 'the data plane: what clients talk to' },
  ),
  admin: option(adminSchema.prefault({}), { about: 'the admin API' }),
  providers: option(
    z
      .record(nameSchema, providerSchema)
      .refine((providers) => Object.keys(providers).length > 0, { error: 'needs at least one provider' })
      .optional(),
    {
      about:
        'who answers, by name of your choice. Without it: each of `openai`, `anthropic` and `gemini` whose key is in the environment, else the built-in `demo`',
    },
  ),
  routes: option(z.array(routeSchema).min(1).max(1_000).optional(), {
    about:
      'which model goes where; the first route whose pattern and protocols fit is taken. Without it: one route per provider, in the order of `providers`, for the protocols that it speaks',
  }),
  a2a: option(a2aSchema.prefault({}), { about: 'agents that are spoken to in A2A' }),
  mcp: option(mcpSchema.prefault({}), { about: 'servers of the Model Context Protocol' }),
  limits: option(limits.prefault({}), { about: 'bounds on what is taken in' }),
  identity: option(identitySchema.prefault({}), { about: 'who may come in, beside those with a gateway key' }),
  keys: option(keysSchema.default({}), {
    about: 'gateway keys whose secrets come from the environment or from files, by name; they are not stored',
  }),
  detectors: option(detectorsSchema.prefault({}), { about: 'what looks at the content' }),
  judge: option(judgeSchema.optional(), {
    about: 'a chat model that is asked for a verdict where detectors are not sure; without it none is',
  }),
  calibration: option(calibrationSchema.prefault({}), {
    about: 'how often honest content may look like an attack, and the scores at which it does in your own traffic',
  }),
  policies: option(
    z
      .strictObject({
        starter: option(z.boolean().default(true), { about: 'whether the built-in starter policies are in force' }),
        pack: option(z.enum(STARTER_PACKS).default('baseline'), {
          about:
            'which of them: `baseline`, `strict` for regulated data, `coding-agent` for agents that run commands and write files',
        }),
        folder: option(folderSchema.optional(), {
          about:
            'folder of your own Cedar policies, read again when it changes: `access/` says who may use what, `guard/` what happens to findings',
        }),
        bundle: option(
          z
            .strictObject({
              publicKeys: option(z.array(fileSchema).min(1).max(16), {
                about: 'PEM files with Ed25519 public keys, any of which is enough',
              }),
              allowRollback: option(z.boolean().default(false), {
                about: 'whether a version below the highest that was in force is taken',
              }),
            })
            .optional(),
          {
            about:
              'with it only a folder that `sallyport policy sign` signed is taken: a folder that changed afterwards is refused, and the last good set stays in force',
          },
        ),
      })
      .prefault({}),
    { about: 'what decides' },
  ),
  budgets: option(budgetsSchema.optional(), {
    about: 'limits on requests, tokens, cost and tool calls; without it nothing is counted',
  }),
  access: option(accessSchema.prefault({}), { about: 'who is who, what is what, and who may read which data' }),
  ledger: option(
    z
      .strictObject({
        maxEntries: option(integer(1, 100_000_000).default(1_000_000), {
          about:
            'answers, conversations and items that providers keep and that are known here; beyond, the oldest are forgotten',
          unit: 'entries',
        }),
        maxAgeDays: option(integer(1, 3_650).default(30), { about: 'how long each is known', unit: 'days' }),
      })
      .prefault({}),
    { about: 'what providers keep, by id: whose it is and where it lives, never its text' },
  ),
  flow: option(
    z
      .strictObject({
        tools: option(fileSchema.optional(), {
          about:
            'file, YAML or JSON, of what you know about tools: what each changes, what its arguments decide, who vouches for what it returns',
        }),
        memory: option(
          z
            .strictObject({
              maxKeys: option(integer(1_000, 1_000_000).default(65_536), {
                about:
                  'fingerprints of what was written into one memory that are kept, some six for each 35 characters; beyond, the oldest are forgotten, and what is read from it then counts as written by anybody',
                unit: 'fingerprints',
              }),
              maxAgeDays: option(integer(1, 3_650).default(365), {
                about: 'how long after its last write a piece is known',
                unit: 'days',
              }),
            })
            .prefault({}),
          { about: 'what tools keep across sessions: where it came from, never its text' },
        ),
      })
      .prefault({}),
    { about: 'where the values of tool calls come from' },
  ),
  approvals: option(
    z
      .strictObject({
        holdMs: option(integer(0, 10 * MINUTE_MS).default(0), {
          about:
            'how long an answer waits for a human when a policy asks for one; with 0 it ends at once and says what waits, and the agent tries again later',
          unit: 'ms',
        }),
        expiresMs: option(integer(SECOND_MS, 24 * 60 * MINUTE_MS).default(15 * MINUTE_MS), {
          about: 'how long a question waits for a human, and then a yes for its one call',
          unit: 'ms',
        }),
        webhook: option(
          z
            .strictObject({
              url: option(z.string().min(1).max(2_048), {
                about: 'http or https address that each new question is posted to',
              }),
              secret: option(secretSourceSchema, {
                about:
                  'where the secret is that signs these posts, and the answers that come back: `whsec_` and 24 to 64 bytes in base64; exactly one of `env` and `file`',
              }),
              arguments: option(z.boolean().default(false), {
                about:
                  'whether the arguments of calls are posted too, and where they came from with what stood there; they are content',
              }),
            })
            .optional(),
          { about: 'another system that is told of questions, and may answer them; after Standard Webhooks' },
        ),
      })
      .prefault({}),
    { about: 'calls that a human must allow' },
  ),
  content: option(contentSchema.prefault({}), {
    about: 'content that policies want to be kept, under lock: captured texts and redacted values',
  }),
  redaction: option(redactionSchema.prefault({}), { about: 'what stands in the place of redacted values' }),
  monitor: option(monitorSchema.prefault({}), {
    about: 'what is measured of traffic while it happens, and said when it moves',
  }),
  alerts: option(alertsSchema.prefault({}), {
    about: 'what needs attention, who is told, and what is done at once',
  }),
  telemetry: option(telemetrySchema.prefault({}), {
    about: 'what is told to other systems; without it, nothing',
  }),
  audit: option(auditSchema.prefault({}), {
    about: 'the audit log; `audit: relaxed` is short for `audit: { mode: relaxed }`',
  }),
  log: option(
    z
      .strictObject({ level: option(logLevelSchema.default('info'), { about: 'least severe line that is logged' }) })
      .prefault({}),
    { about: 'the log on standard error' },
  ),
});

export type ConfigFile = z.output<typeof configFileSchema>;
