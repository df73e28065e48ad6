import type { ExchangeEndpoint, Fault, ParseLimits, SliceContent } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import { decodeUtf8, isNull, memberOf, numberOf, parseJson, TextCollector } from '@sallyport/wire';
import { type PlainRequest, type PlainRules, parsePlain, readPlainRest, readTexts } from '../openai/plain-request.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { mostOutput } from '../request/most-output.ts';
import { isTrue } from '../request/shape.ts';
import { fields } from './fields.ts';

/** Answers that one request may ask for, as far as a refusal repeats itself; the provider has its own limit. */
const CHOICES_MAX = 128;
/** A prompt as the model's own vectors, which vLLM takes. Source: vLLM, "Prompt Embedding Inputs". */
const EMBEDS: ReadonlySet<string> = new Set(['prompt_embeds']);
const OPENING_BRACKET = 0x5b;
const RULES: PlainRules = {
  fields,
  pieces: [{ name: 'prompt', kind: 'message', whole: true, undivided: true, skipVectors: 'all', read: readPrompt }],
  readRest: readPlainRest(fields, EMBEDS),
};

/** A parsed body, with what this protocol alone needs to know of it. */
export interface CompletionRequest extends PlainRequest {
  /** `stream_options.include_usage`: the client waits for a chunk with the usage. */
  readonly includeUsage: boolean;
  /** Log-probabilities were asked for. */
  readonly logprobs: boolean;
  /**
   * The answer is the prompt and nothing else: `echo` without a token to generate. Where text is generated, nobody says
   * where the prompt ends: the two are one text, which counts as the assistant's.
   */
  readonly repeatsPrompt: boolean;
}

export function parseRequest(
  body: Uint8Array,
  endpoint: Pick<ExchangeEndpoint, 'model'>,
  limits: ParseLimits,
): CompletionRequest | Fault {
  const parsed = parsePlain(body, { rules: RULES, endpoint, limits });
  if (isFault(parsed)) return parsed;
  const { request, rest } = parsed;
  const { facts } = request;
  const asked = numberOf(rest, 'n') ?? 1;
  const each = Number.isInteger(asked) ? Math.max(asked, 1) : 1;
  const logprobs = memberOf(rest, 'logprobs');
  return {
    ...request,
    facts: {
      ...facts,
      ...mostOutput(rest, ['max_tokens']),
      choices: Math.min(each * promptsOf(request, limits), CHOICES_MAX),
    },
    includeUsage: isTrue(memberOf(memberOf(rest, 'stream_options'), 'include_usage')),
    logprobs: logprobs !== undefined && !isNull(logprobs),
    repeatsPrompt: isTrue(memberOf(rest, 'echo')) && numberOf(rest, 'max_tokens') === 0,
  };
}

function readPrompt({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  return readTexts(node, { field: 'prompt' }, out) ?? out.content();
}

/** Each prompt of a list is completed on its own; a list of tokens is one prompt, and is read without them. */
function promptsOf({ slices }: PlainRequest, { maxDepth, maxNodes }: ParseLimits): number {
  const bytes = slices[0]?.bytes;
  if (bytes?.[0] !== OPENING_BRACKET) return 1;
  const text = decodeUtf8(bytes);
  const rules = { maxDepth, maxNodes, strict: true, skipVectors: 'all' } as const;
  const node = typeof text === 'string' ? parseJson(text, rules) : text;
  if (isFault(node) || node.kind !== 'array') return 1;
  return Math.max(1, node.items.length);
}
