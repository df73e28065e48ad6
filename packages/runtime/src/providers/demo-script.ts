import type { DemoAnswer } from '@sallyport/core';
import { z } from 'zod';

/** The header that scripts the demo's next answer, a JSON object; `metadata.demo` of a request does the same. */
export const DEMO_HEADER = 'x-demo-answer';
/** Longest wait that a script may ask for before each chunk, milliseconds. */
export const DEMO_DELAY_MAX_MS = 60_000;

const schema = z.strictObject({
  text: z.string().optional(),
  reasoning: z.string().optional(),
  refusal: z.string().optional(),
  toolCalls: z
    .array(z.strictObject({ name: z.string(), arguments: z.union([z.string(), z.record(z.string(), z.unknown())]) }))
    .max(128)
    .optional(),
  /** Answer as without a script, and take this one of the values of each enumeration of the schema that was asked for; the first is 0. */
  option: z.int().min(0).max(1_000).optional(),
  /**
   * Answer each text with one word, as a model of its own would: the same mind gives the same words in the same shares. Each gives so
   * many `answers` before the next takes its place; the last has no end.
   */
  minds: z
    .array(
      z.strictObject({
        /** Another name is another model. */
        weights: z.string().min(1).max(64),
        /** What the provider puts before what clients say. */
        instructions: z.string().max(1_000).default(''),
        /** Of each weight: fewer are a model that was quantised. */
        bits: z.literal([4, 8, 16]).default(16),
        /** What it calls itself; by default the name by which it was asked. */
        model: z.string().min(1).max(256).optional(),
        answers: z.int().min(1).max(1_000_000_000).optional(),
      }),
    )
    .min(1)
    .max(16)
    .optional(),
  finishReason: z.string().optional(),
  /** Texts that must stand, whole, in strings of the request that arrives: with one of them missing it answers `demo: not told`. */
  ifTold: z.array(z.string().min(1)).max(16).optional(),
  chunkChars: z.int().min(1).max(1_000_000).optional(),
  /** Before the first byte, milliseconds. */
  firstDelayMs: z.int().min(0).max(DEMO_DELAY_MAX_MS).default(0),
  /** Before every further chunk, milliseconds. */
  delayMs: z.int().min(0).max(DEMO_DELAY_MAX_MS).default(0),
  /** Wire bytes per chunk, for tests of framing; by default one event is one chunk. */
  wireBytes: z.int().min(1).max(1_000_000).optional(),
  /** Break off after so many chunks, as a provider that dies does. */
  dieAfterChunks: z.int().min(0).max(1_000_000).optional(),
  /** Fall silent after so many chunks, until the gateway gives up. */
  stallAfterChunks: z.int().min(0).max(1_000_000).optional(),
  /** Answer with an error instead. */
  error: z
    .strictObject({
      status: z.int().min(400).max(599),
      message: z.string().default('scripted error'),
      type: z.string().default('server_error'),
      code: z.string().nullable().default(null),
      headers: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  /** Wire bytes to send as they stand, base64, instead of an answer of the protocol. */
  raw: z.strictObject({ base64: z.base64(), contentType: z.string().default('application/json') }).optional(),
});

export type DemoScript = z.output<typeof schema>;

/** Reads a script. What is not one is reported by the demo as an error of its own, so that a mistyped script shows. */
export function readScript(text: string): DemoScript | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'the demo script is not JSON' };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return { problem: `the demo script does not fit at \`${issue?.path.join('.') ?? ''}\`` };
}

export const PLAIN_SCRIPT: DemoScript = schema.parse({});

/** The answer's content, in the words of the port. */
export function answerOf({ text, reasoning, refusal, toolCalls, finishReason, chunkChars }: DemoScript): DemoAnswer {
  return {
    ...(text !== undefined && { text }),
    ...(reasoning !== undefined && { reasoning }),
    ...(refusal !== undefined && { refusal }),
    ...(toolCalls !== undefined && { toolCalls: toolCalls.map(callOf) }),
    ...(finishReason !== undefined && { finishReason }),
    ...(chunkChars !== undefined && { chunkChars }),
  };
}

function callOf({ name, arguments: given }: { name: string; arguments: string | Record<string, unknown> }) {
  return { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) };
}
