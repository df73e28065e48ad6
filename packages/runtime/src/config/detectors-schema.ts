import { CATEGORIES, CHECKPOINTS } from '@sallyport/core';
import { z } from 'zod';
import { hostSchema, integer, option, postureSchema } from './option.ts';

const detectorOptions = {
  enabled: option(z.boolean().default(true), {
    about: 'whether it runs; one that does not is `skipped` in every receipt',
  }),
  posture: option(postureSchema.default('closed'), {
    about:
      'what happens when it gives no answer to trust: `closed` blocks the content, `open` lets it pass and says so in the receipt',
  }),
};

const detectorId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be 1 to 63 of `a-z 0-9 -`, beginning with a letter');

const customDetector = z
  .strictObject({
    id: option(detectorId, { about: 'its name in receipts, and the type of its findings' }),
    category: option(z.enum(CATEGORIES).default('custom'), { about: 'what its findings count as in policies' }),
    keywords: option(z.array(z.string().min(1).max(256)).max(10_000).default([]), {
      about:
        'words or phrases to find, ASCII case ignored; beside a `pattern`, texts without any of them are passed over',
    }),
    wholeWords: option(z.boolean().default(true), {
      about: 'whether a keyword counts only as a whole word, where its script parts words',
    }),
    pattern: option(z.string().min(1).max(4_096).exactOptional(), {
      about: 'expression in RE2 syntax, matched in linear time; `^` and `$` match at line ends',
    }),
    flags: option(z.enum(['', 'i', 's', 'is']).default(''), {
      about: 'of the pattern: `i` ignores case, `s` lets `.` match line ends',
    }),
    maxMatchChars: option(integer(1, 4_096).default(128), {
      about: 'longest match of the pattern; longer ones are cut, and a stream holds back as much',
      unit: 'characters',
    }),
    score: option(z.number().min(0).max(1).default(1), { about: 'score of what it finds', unit: '0..1' }),
    points: option(
      z
        .array(z.enum(CHECKPOINTS))
        .min(1)
        .default([...CHECKPOINTS]),
      { about: 'checkpoints where it runs' },
    ),
    enabled: detectorOptions.enabled,
    posture: detectorOptions.posture,
  })
  .refine(({ keywords, pattern }) => keywords.length > 0 || pattern !== undefined, {
    error: 'needs `keywords`, a `pattern` or both',
  });

const intentExample = z.string().min(2).max(2_000);

const plainDetector = z.strictObject(detectorOptions).prefault({});

/** What looks at the content. */
export const detectorsSchema = z.strictObject({
  secrets: option(plainDetector, { about: 'credentials: keys, tokens, private keys, connection strings' }),
  'personal-data': option(plainDetector, {
    about:
      'e-mail, phone, payment card, IBAN, IP address, national numbers, documents, names, postal addresses, dates of birth',
  }),
  'prompt-injection': option(plainDetector, { about: 'text that tries to override its reader' }),
  exfiltration: option(
    z
      .strictObject({
        ...detectorOptions,
        allowedHosts: option(z.array(hostSchema).max(10_000).default([]), {
          about: 'hosts, with their subdomains, to which links and images may carry data',
        }),
      })
      .prefault({}),
    { about: 'links and images that carry data out' },
  ),
  'hidden-text': option(plainDetector, {
    about: 'text that a reader does not see: invisible characters, terminal escapes',
  }),
  content: option(plainDetector, {
    about:
      'harmful content of users and models: harassment, hate, self-harm, sexual, violence, illicit, weapons, malware, fraud',
  }),
  'context-leak': option(
    z
      .strictObject({
        ...detectorOptions,
        canaries: option(z.array(z.string().min(8).max(256)).max(1_000).default([]), {
          about: 'marks planted in prompts or documents; one that shows up in an answer is a leak',
        }),
      })
      .prefault({}),
    { about: 'the system prompt, tool definitions or canaries of the request in its answer' },
  ),
  'unsafe-output': option(plainDetector, {
    about:
      'what an answer would do where it is shown or followed: active markup, false links, unread scripts, names of packages',
  }),
  'tool-misuse': option(plainDetector, {
    about: 'what arguments of tool calls would do: paths, addresses, SQL, shell, code and templates',
  }),
  'tool-integrity': option(
    z
      .strictObject({
        ...detectorOptions,
        maxResultChars: option(integer(1_024, 67_108_864).default(262_144), {
          about:
            'size of the tool results of one message; what is beyond is a finding, which the starter policies cut out',
          unit: 'UTF-16 units',
        }),
        maxPins: option(integer(1, 100_000).default(500), {
          about:
            'tools whose definitions are remembered for one principal, route and protocol; beyond, `tool-integrity` counts as unchecked',
        }),
        keepTexts: option(z.enum(['servers', 'all', 'none']).default('servers'), {
          about:
            'whose definitions are kept, sealed, so that `sallyport tools show` tells what changed: those of MCP servers and agents, also those that clients send to models, or none; of the rest there are fingerprints alone',
        }),
        unpinned: option(z.array(z.string().min(1).max(256)).max(10_000).default([]), {
          about: 'names of tools whose definitions may change at any time, such as those that hold a date',
        }),
      })
      .prefault({}),
    { about: 'tools whose definition changed or passes for another, and results beyond all measure' },
  ),
  'multi-turn': option(plainDetector, {
    about: 'attacks that build up over the turns of a conversation',
  }),
  intent: option(
    z
      .strictObject({
        ...detectorOptions,
        description: option(z.string().max(2_000).default(''), {
          about:
            'what the assistant is for, in a sentence or two, such as `answers questions about accounts and cards of a bank`',
        }),
        onIntent: option(z.array(intentExample).max(2_000).default([]), {
          about:
            'texts that belong to it; with fewer than eight, and without a description of as many words, nothing is measured against them',
        }),
        offIntent: option(z.array(intentExample).max(2_000).default([]), {
          about: 'texts that do not, though they may look like it',
        }),
      })
      .prefault({}),
    { about: 'texts of users and answers that are not what the assistant is for; runs only where that is said' },
  ),
  custom: option(z.array(customDetector).max(200).default([]), {
    about: 'keyword and expression detectors of your own',
  }),
});

/** Ids of the detectors that configuration knows by name. */
export const BUILT_IN_DETECTORS = [
  'secrets',
  'personal-data',
  'prompt-injection',
  'exfiltration',
  'hidden-text',
  'content',
  'context-leak',
  'unsafe-output',
  'tool-misuse',
  'tool-integrity',
  'multi-turn',
  'intent',
] as const;

/** What a route, or an MCP server, may change about a detector. */
export const detectorOverrideSchema = (of: 'route' | 'server' | 'agent') =>
  z.strictObject({
    enabled: option(z.boolean().optional(), { about: `overrides \`enabled\` on this ${of}` }),
    posture: option(postureSchema.optional(), { about: `overrides \`posture\` on this ${of}` }),
  });
