import { z } from 'zod';
import { detectorOverrideSchema } from './detectors-schema.ts';
import { headerName, headerValue, secretHeader } from './header-schemas.ts';
import { fileSchema, integer, nameSchema, option, postureSchema } from './option.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const KIB = 1_024;
const MIB = 1_024 * KIB;

const limits = {
  maxMessageBytes: option(integer(KIB, 256 * MIB).default(8 * MIB), {
    about: 'size of one message either way, of a card, and of all that one stream says',
    unit: 'bytes',
  }),
  maxPending: option(integer(1, 10_000).default(64), {
    about: 'requests of all clients without an answer, streams among them; further ones are refused',
    unit: 'requests',
  }),
  silenceMs: option(integer(100, 24 * 60 * MINUTE_MS).default(5 * MINUTE_MS), {
    about: 'how long an answer or a stream may say nothing',
    unit: 'ms',
  }),
  holdMs: option(integer(10, 60 * MINUTE_MS).default(2 * MINUTE_MS), {
    about: 'how long events of a stream are held until the texts that they begin are whole',
    unit: 'ms',
  }),
  holdPosture: option(postureSchema.default('closed'), {
    about:
      'what happens beyond that: `closed` ends the stream, `open` tells what is there, judged as far as it goes and together with the end of what was told before',
  }),
  startMs: option(integer(100, 10 * MINUTE_MS).default(30 * SECOND_MS), {
    about: 'time for a connection, TLS included',
    unit: 'ms',
  }),
};

const agent = z.strictObject({
  enabled: option(z.boolean().default(true), { about: '`false` leaves it out, as if it were not here' }),
  url: option(z.string().min(1).max(2_048), {
    about: 'http or https address at which it speaks JSON-RPC; no address that its card names is called',
  }),
  cardUrl: option(z.string().min(1).max(2_048).optional(), {
    about: 'address of its card; by default `/.well-known/agent-card.json` at the host of `url`',
  }),
  cardKeys: option(z.array(fileSchema).max(8).default([]), {
    about:
      'files, PEM, of public keys: a card that none of them signed is not served, and its agent is not reached; without any, signatures are not looked at',
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
  cardMs: option(integer(0, 24 * 60 * MINUTE_MS).default(MINUTE_MS), {
    about: 'how long a card counts before it is asked for again',
    unit: 'ms',
  }),
  limits: option(z.strictObject(limits).prefault({}), { about: 'bounds on what it may do' }),
  approvals: option(
    z
      .strictObject({
        holdMs: option(integer(0, 10 * MINUTE_MS).optional(), { about: 'overrides `approvals.holdMs`', unit: 'ms' }),
      })
      .prefault({}),
    { about: 'how its messages wait for people' },
  ),
  detectors: option(z.record(nameSchema, detectorOverrideSchema('agent')).default({}), {
    about: 'detectors for this agent, by id, the custom ones included',
  }),
});

export const a2aSchema = z.strictObject({
  agents: option(z.record(nameSchema, agent).default({}), {
    about: 'agents that are reached through the gateway at `/a2a/{name}`, by name of your choice',
  }),
});
