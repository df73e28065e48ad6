import {
  ALERT_ATTRIBUTES,
  CHECKPOINTS,
  CONTAINMENT_ACTIONS,
  EFFECTS,
  FOUND_CATEGORIES,
  SEVERITIES,
} from '@sallyport/core';
import { ALERT_COUNTS, NEW_THINGS, RATE_SIGNALS, RESPONSE_TARGETS, SIGNALS } from '@sallyport/monitor';
import { z } from 'zod';
import { CONTAINED_MAX_MS, CONTAINED_MIN_MS, PER_MINUTE_MAX } from '../containment/containment-office.ts';
import { integer, nameSchema, option } from './option.ts';
import { secretSourceSchema } from './secret-source-schema.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const COUNT_MAX = 1_000_000;
const WITHIN = { about: 'the window that slides over what is counted, in twelve steps', unit: 'ms' };

const conditions = {
  finding: option(
    z
      .strictObject({
        categories: option(z.array(z.enum(FOUND_CATEGORIES)).max(FOUND_CATEGORIES.length).default([]), {
          about: 'only findings of these categories; nothing: of all',
        }),
        points: option(z.array(z.enum(CHECKPOINTS)).max(CHECKPOINTS.length).default([]), {
          about:
            'only where it was found at these checkpoints; nothing: at any. What is found over many exchanges is at none',
        }),
        effects: option(z.array(z.enum(EFFECTS)).max(EFFECTS.length).default([]), {
          about: 'only where it was decided so; nothing: however. What is found over many exchanges was not decided',
        }),
      })
      .optional(),
    { about: 'when: something was found. Every rule has exactly one of `finding`, `count`, `share`, `moved`, `new`' },
  ),
  count: option(
    z
      .strictObject({
        of: option(z.enum(ALERT_COUNTS), { about: 'what is counted' }),
        atLeast: option(integer(1, COUNT_MAX), { about: 'how many it takes' }),
        withinMs: option(integer(SECOND_MS, DAY_MS).default(10 * 60_000), WITHIN),
      })
      .optional(),
    { about: 'when: so many within a time' },
  ),
  share: option(
    z
      .strictObject({
        of: option(z.enum(RATE_SIGNALS), { about: 'which exchanges' }),
        above: option(z.number().min(0).max(1), { about: 'more than this share of all exchanges', unit: '0..1' }),
        minimum: option(integer(1, COUNT_MAX).default(20), {
          about: 'exchanges below which a share says nothing',
          unit: 'exchanges',
        }),
        withinMs: option(integer(SECOND_MS, DAY_MS).default(10 * 60_000), WITHIN),
      })
      .optional(),
    { about: 'when: such a share of the exchanges within a time' },
  ),
  moved: option(
    z
      .strictObject({
        signals: option(z.array(z.enum(SIGNALS)).max(SIGNALS.length).default([]), {
          about: 'only these signals; nothing: all but those of what is new, and of findings over many exchanges',
        }),
        minStrength: option(z.number().min(1).max(1_000).default(1), {
          about: 'how far beyond what raises an alarm of monitoring, 1 is just so far',
        }),
      })
      .optional(),
    { about: 'when: a signal moved, by what monitoring says' },
  ),
  new: option(
    z
      .strictObject({
        of: option(z.array(z.enum(NEW_THINGS)).min(1).max(NEW_THINGS.length), {
          about:
            'what: a tool, destination or type of personal data by what monitoring says, or a model, provider or agent whose name was not seen in the gateway since its start and in the records that it learns from, once 100 exchanges were',
        }),
      })
      .optional(),
    { about: 'when: something was never seen before' },
  ),
};

const ruleSchema = z.strictObject({
  ...conditions,
  severity: option(z.enum(SEVERITIES).default('medium'), { about: 'how grave it is' }),
  by: option(z.array(z.enum(ALERT_ATTRIBUTES)).max(ALERT_ATTRIBUTES.length).optional(), {
    about:
      'what is told apart, each with its own count and alert; a principal with its tenant. By default `category` and `principal` of findings, `signal` and `name` of what moved or is new, else nothing',
  }),
  dedupeMs: option(integer(0, 7 * DAY_MS).default(15 * 60_000), {
    about: 'while an alert is open, how long it is only counted when it comes about again',
    unit: 'ms',
  }),
  respond: option(
    z
      .strictObject({
        action: option(z.enum(CONTAINMENT_ACTIONS), { about: 'what is done at once, and ends by itself' }),
        target: option(z.enum(RESPONSE_TARGETS), { about: 'about whom or what; it must be among `by`' }),
        forMs: option(integer(CONTAINED_MIN_MS, CONTAINED_MAX_MS), { about: 'for how long', unit: 'ms' }),
        perMinute: option(integer(1, PER_MINUTE_MAX).optional(), {
          about: 'exchanges and tool calls a minute; of `throttle` alone, which needs it',
        }),
      })
      .optional(),
    { about: 'a response that waits for nobody' },
  ),
});

const minSeverity = option(z.enum(SEVERITIES).default('low'), { about: 'what is less grave is not told here' });
const sinkSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: option(z.literal('webhook'), { about: 'signed posts after Standard Webhooks' }),
    url: option(z.string().min(1).max(2_048), { about: 'http or https address that is posted to' }),
    secret: option(secretSourceSchema, {
      about: 'where the secret is that signs: `whsec_` and 24 to 64 bytes in base64; exactly one of `env` and `file`',
    }),
    minSeverity,
  }),
  z.strictObject({
    kind: option(z.literal('slack'), {
      about: 'posts that an incoming webhook of Slack, or of what is like it, takes',
    }),
    url: option(secretSourceSchema, {
      about: 'where the address is: whoever knows it can post; exactly one of `env` and `file`',
    }),
    minSeverity,
  }),
]);

export const alertsSchema = z.strictObject({
  rules: option(z.record(nameSchema, ruleSchema).default({}), { about: 'what raises an alert, by name; up to 100' }),
  sinks: option(z.record(nameSchema, sinkSchema).default({}), { about: 'who is told, by name; up to 16' }),
  maxPerHour: option(integer(1, 10_000).default(60), {
    about: 'alerts that are raised at once, and as many an hour; further ones are counted',
    unit: 'alerts',
  }),
});
