import { REVISIONS } from '@sallyport/mcp';
import { z } from 'zod';
import { detectorOverrideSchema } from './detectors-schema.ts';
import { headerName, headerValue, secretHeader } from './header-schemas.ts';
import { mcpAuthorizationSchema } from './mcp-authorization-schema.ts';
import { fileSchema, folderSchema, hostSchema, integer, nameSchema, option } from './option.ts';
import { secretSourceSchema } from './secret-source-schema.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const KIB = 1_024;
const MIB = 1_024 * KIB;

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of an environment variable');
/** What would end an argument or a value early for whoever reads it. */
const processText = z
  .string()
  .max(32_768)
  .refine((text) => !text.includes('\0'), { error: 'must not hold a zero character' });

const limits = {
  maxMessageBytes: option(integer(KIB, 256 * MIB).default(8 * MIB), {
    about: 'size of one message, either way; a larger one of the server is not read to its end',
    unit: 'bytes',
  }),
  maxPending: option(integer(1, 10_000).default(64), {
    about: 'requests without an answer, either way, in one session; further ones are refused',
    unit: 'requests',
  }),
  silenceMs: option(integer(100, 24 * 60 * MINUTE_MS).default(5 * MINUTE_MS), {
    about:
      'how long a request may go without an answer or progress; time in which the server waits for the client does not count',
    unit: 'ms',
  }),
  startMs: option(integer(100, 10 * MINUTE_MS).default(30 * SECOND_MS), {
    about: 'time for the first answer of a process that was started, or for a connection, TLS included',
    unit: 'ms',
  }),
  maxUnreadable: option(integer(0, 1_000).default(16), {
    about: 'lines of a process that are no message before it is ended; one that prints a greeting stays below',
    unit: 'lines',
  }),
  maxMemoryBytes: option(integer(MIB, 1_024 * 1_024 * MIB).default(1_024 * MIB), {
    about: 'memory that a process may use, with those that it started; on Linux only',
    unit: 'bytes',
  }),
  maxCpuSeconds: option(integer(1, 31_536_000).optional(), {
    about:
      'processor time that a process may use in its life, with those that it started; on Linux only. Without it there is no bound',
    unit: 's',
  }),
};

const restart = {
  firstMs: option(integer(1, 10 * MINUTE_MS).default(500), {
    about: 'wait before a process that ended is started again; doubles with each time, half of it drawn at random',
    unit: 'ms',
  }),
  maxMs: option(integer(1, 60 * MINUTE_MS).default(30 * SECOND_MS), {
    about: 'longest wait of all; a process that ran for longer than this begins anew with `firstMs`',
    unit: 'ms',
  }),
  tries: option(integer(0, 100).default(5), {
    about: 'starts again, one after the other, before its session ends; another session tries anew',
    unit: 'starts',
  }),
};

const server = z.strictObject({
  command: option(processText.min(1).optional(), {
    about:
      'program of a server that is spoken to over its standard input and output: started without a shell, in a process group of its own. One of `command` and `url`',
  }),
  args: option(z.array(processText).max(256).default([]), { about: 'its arguments' }),
  cwd: option(folderSchema.optional(), { about: 'its working folder; by default the one of this file' }),
  uid: option(integer(0, 4_294_967_294).optional(), { about: 'number of the user it runs as; needs the right to' }),
  gid: option(integer(0, 4_294_967_294).optional(), { about: 'number of the group it runs as; needs the right to' }),
  pass: option(z.array(variable).max(256).default([]), {
    about:
      'environment variables that are passed on to it, beside `HOME`, `LANG`, `LC_ALL`, `LC_CTYPE`, `LOGNAME`, `PATH`, `TMPDIR`, `TZ`, `USER`; it gets no others',
  }),
  env: option(z.record(variable, processText).default({}), {
    about: 'environment variables with their values; secrets have no place here',
  }),
  secretEnv: option(z.record(variable, secretSourceSchema).default({}), {
    about: 'environment variables whose values are secrets: each exactly one of `env` and `file`',
  }),
  url: option(z.string().min(1).max(2_048).optional(), {
    about: 'http or https address of a server that speaks Streamable HTTP; redirects are not followed',
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
  revisions: option(
    z
      .array(z.enum(REVISIONS))
      .min(1)
      .default([...REVISIONS]),
    { about: 'revisions of the protocol that clients may speak to it' },
  ),
  tools: option(fileSchema.optional(), {
    about:
      'file with what its `tools/list` answers, JSON: policies may name these tools and, with their types, the arguments. Read at the start',
  }),
  limits: option(z.strictObject(limits).prefault({}), { about: 'bounds on what it may do' }),
  restart: option(z.strictObject(restart).prefault({}), { about: 'what happens when a process of `command` ends' }),
  approvals: option(
    z
      .strictObject({
        holdMs: option(integer(0, 10 * MINUTE_MS).optional(), { about: 'overrides `approvals.holdMs`', unit: 'ms' }),
      })
      .prefault({}),
    { about: 'how its calls wait for people, where the client can ask nobody' },
  ),
  detectors: option(z.record(nameSchema, detectorOverrideSchema('server')).default({}), {
    about: 'detectors for this server, by id, the custom ones included',
  }),
});

/** Origins as browsers write them: no path, no final slash. */
const origin = z
  .string()
  .regex(/^https?:\/\/[A-Za-z0-9.:[\]_-]{1,253}$/, 'must be an origin such as `https://app.example`');

export const mcpSchema = z.strictObject({
  servers: option(z.record(nameSchema, server).default({}), {
    about: 'servers that are reached through the gateway at `/mcp/{name}`, by name of your choice',
  }),
  sessions: option(
    z
      .strictObject({
        maxSessions: option(integer(1, 100_000).default(1_000), {
          about: 'sessions of all clients at a time; further ones are refused',
          unit: 'sessions',
        }),
        maxPerPrincipal: option(integer(1, 100_000).default(100), {
          about:
            'sessions of one principal at a time; the one that was idle longest gives way, or the new one is refused',
          unit: 'sessions',
        }),
        idleMs: option(integer(SECOND_MS, 24 * 60 * MINUTE_MS).default(30 * MINUTE_MS), {
          about: 'how long a session lives without a request under way or an open stream',
          unit: 'ms',
        }),
        resumeBytes: option(integer(0, 64 * MIB).default(MIB), {
          about: 'messages that a session keeps for a client whose stream broke; older ones are lost to it',
          unit: 'bytes',
        }),
      })
      .prefault({}),
    { about: 'bounds on the sessions of clients' },
  ),
  allowedOrigins: option(z.array(origin).max(1_000).default([]), {
    about: 'origins whose web pages may be clients; a request with any other `Origin` is refused',
  }),
  allowedHosts: option(z.array(hostSchema).min(1).max(1_000).optional(), {
    about:
      'names in `Host` by which the gateway may be addressed, without port; by default any, and those of this machine alone where `listen.host` is one of them',
  }),
  authorization: option(mcpAuthorizationSchema.prefault({}), {
    about: 'who may come in at these servers with tokens for them, and what lets the gateway in there',
  }),
});
