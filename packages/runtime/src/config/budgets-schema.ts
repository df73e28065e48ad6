import { LIMIT_UNITS } from '@sallyport/core';
import { z } from 'zod';
import { integer, nameSchema, option, postureSchema } from './option.ts';

/** Windows that a limit may name; without one it counts what goes on at the same time, or all of a session. */
export const LIMIT_WINDOWS = ['second', 'minute', 'hour', 'day', 'month'] as const;
/** What a limit may count apart. */
export const LIMIT_KEYS = ['principal', 'user', 'tenant', 'group', 'model', 'provider', 'route', 'tool'] as const;

/** A thousand million of the currency: its millionths are still whole numbers. */
const COST_MAX = 1_000_000_000;
const TOKENS_MAX = 1_000_000_000_000;
const LIMITS_MAX = 1_000;

const patterns = z.array(z.string().min(1).max(200)).min(1).max(1_000).optional();
const amount = z.number().min(0).max(TOKENS_MAX);
const price = z.number().min(0).max(1_000_000);
const modeSchema = z.enum(['hard', 'soft']);
const MODE = '`hard` refuses, `soft` lets pass and says so in the record, a header and a metric';

const limitSchema = z.strictObject({
  name: option(nameSchema, { about: 'its name in records and metrics' }),
  counts: option(z.enum(LIMIT_UNITS), {
    about: 'what it counts; `concurrent`: exchanges under way at the same time',
  }),
  max: option(amount, {
    about: 'how much of it; of `cost` in the currency, with up to six decimals, else a whole number',
  }),
  per: option(z.enum(LIMIT_WINDOWS).optional(), {
    about:
      'within how long: `second`, `minute` and `hour` slide, `day` and `month` are those of the calendar in UTC. Required but for `concurrent`, which has none',
  }),
  by: option(z.array(z.enum(LIMIT_KEYS)).max(LIMIT_KEYS.length).default([]), {
    about:
      'what is counted apart; nothing: all together. `user`: on whose behalf an agent asks, else the principal itself; `group`: in each of its groups',
  }),
  mode: option(modeSchema.default('hard'), { about: MODE }),
  where: option(
    z
      .strictObject({
        principals: option(patterns, { about: 'only these principals; `*` stands for any characters, here and below' }),
        tenants: option(patterns, { about: 'only these tenants' }),
        groups: option(patterns, { about: 'only principals in one of these groups' }),
        models: option(patterns, { about: 'only these models' }),
        providers: option(patterns, { about: 'only these providers' }),
        routes: option(patterns, { about: 'only these routes' }),
        tools: option(patterns, { about: 'only these tools; of `tool-calls` alone' }),
      })
      .prefault({}),
    { about: 'what it holds for' },
  ),
});

const priceSchema = z.strictObject({
  model: option(z.string().min(1).max(200), { about: 'a model, or a pattern with `*`; the first that fits counts' }),
  provider: option(nameSchema.optional(), { about: 'only of this provider' }),
  input: option(price, { about: 'of a million input tokens, in the currency' }),
  output: option(price, { about: 'of a million output tokens' }),
  cacheRead: option(price.optional(), {
    about: "of a million input tokens that were read from the provider's cache; by default as `input`",
  }),
  cacheWrite: option(price.optional(), {
    about: "of a million input tokens that were written to the provider's cache; by default as `input`",
  }),
  reasoning: option(price.optional(), {
    about: 'of a million output tokens that are reasoning; by default as `output`',
  }),
  outputTokens: option(integer(0, 10_000_000).optional(), {
    about: 'tokens that are reserved for an answer whose request sets no limit',
    unit: 'tokens',
  }),
});

const sessionSchema = z.strictObject({
  requests: option(integer(1, 1_000_000_000).optional(), { about: 'exchanges of one session', unit: 'exchanges' }),
  requestsPerMinute: option(integer(1, 1_000_000).optional(), {
    about: 'exchanges of one session within a minute',
    unit: 'exchanges',
  }),
  tokens: option(integer(1, TOKENS_MAX).optional(), { about: 'tokens of one session', unit: 'tokens' }),
  cost: option(z.number().min(0).max(COST_MAX).optional(), { about: 'cost of one session, in the currency' }),
  toolCalls: option(integer(1, 1_000_000_000).optional(), { about: 'tool calls of one session', unit: 'calls' }),
  repeatedCalls: option(integer(1, 1_000_000_000).optional(), {
    about: 'calls of one tool with the same arguments in one session',
    unit: 'calls',
  }),
  mode: option(modeSchema.default('hard'), { about: MODE }),
});

export const budgetsSchema = z.strictObject({
  currency: option(
    z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be three capital letters')
      .default('USD'),
    {
      about: 'in which costs are counted; the built-in prices are in `USD` and count in no other',
    },
  ),
  posture: option(postureSchema.default('closed'), {
    about:
      'what happens when a limit cannot be counted, because its store fails: `closed` refuses, `open` lets pass, and the record says so',
  }),
  unknownPrice: option(postureSchema.default('closed'), {
    about:
      'what happens with a model of which no price is known, where a hard limit of `cost` holds: `closed` refuses, `open` lets it pass as free',
  }),
  outputTokens: option(integer(0, 10_000_000).default(4_096), {
    about: 'tokens that are reserved for an answer whose request sets no limit, where its price says nothing else',
    unit: 'tokens',
  }),
  limits: option(z.array(limitSchema).max(LIMITS_MAX).default([]), { about: 'what may be used' }),
  session: option(sessionSchema.optional(), { about: 'loops and runaways: what one session may use' }),
  prices: option(z.array(priceSchema).max(10_000).default([]), {
    about: 'prices that go before the built-in ones',
  }),
});
