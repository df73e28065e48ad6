import { z } from 'zod';
import { integer, nameSchema, option, postureSchema } from './option.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

const score = (fallback: number) => z.number().min(0).max(1).default(fallback);

const use = {
  enabled: option(z.boolean().default(true), { about: 'whether it is asked; a route may say otherwise' }),
  posture: option(postureSchema.default('closed'), {
    about:
      'what happens when it gives no verdict to trust: `closed` blocks the content, `open` lets it pass and says so in the receipt',
  }),
};

/** One use of the judge, with the scores of detectors between which it is asked. */
const between = (from: number, to: number, of: string) =>
  z
    .strictObject({
      ...use,
      from: option(score(from), { about: `lowest score of ${of} at which it is asked`, unit: '0..1' }),
      to: option(score(to), { about: 'highest; beyond it the detectors are sure enough', unit: '0..1' }),
    })
    .refine((bounds) => bounds.from <= bounds.to, { error: 'needs a `from` that is not above `to`', path: ['from'] });

/** A chat model that is asked where detectors are not sure. */
export const judgeSchema = z.strictObject({
  provider: option(nameSchema, {
    about: 'which of `providers` answers; its calls go there straight away, and are neither inspected nor judged',
  }),
  model: option(z.string().regex(/^[!-~]{1,200}$/, 'must be 1 to 200 visible ASCII characters'), {
    about: 'which of its models',
  }),
  timeoutMs: option(integer(10, 5 * MINUTE_MS).default(5 * SECOND_MS), {
    about: 'time for one question, from its first wait to the last byte of its answer',
    unit: 'ms',
  }),
  maxConcurrent: option(integer(1, 1_000).default(8), {
    about: 'questions under way at a time; further ones wait within their time',
    unit: 'questions',
  }),
  maxTokensPerHour: option(integer(1, 1_000_000_000).default(2_000_000), {
    about: 'what all questions of an hour of the clock may come to, in and out; beyond, none is asked',
    unit: 'tokens',
  }),
  maxChars: option(integer(256, 200_000).default(8_000), {
    about: 'how much of one text it is shown',
    unit: 'characters',
  }),
  cacheEntries: option(integer(2, 1_000_000).default(10_000), {
    about: 'verdicts that are remembered, by keyed fingerprints of what was judged',
    unit: 'verdicts',
  }),
  intent: option(between(0.3, 0.7, '`off-intent`').optional(), {
    about:
      'whether it is asked if the newest message of the user is what the assistant is for: `detectors.intent.description` says what that is',
  }),
  alignment: option(z.strictObject(use).optional(), {
    about: 'whether it is asked if a tool call serves what the user asked',
  }),
  'grey-zone': option(between(0.3, 0.89, 'an injection').optional(), {
    about: 'whether it is asked if a text tries to override its reader',
  }),
});
