import type { AnswerFacts } from '@sallyport/core';
import { type JsonObject, memberOf, numberOf } from '@sallyport/wire';

/** What an answer says of its cost, in the words of chat and legacy completions. */
export function usageOf(usage: JsonObject): NonNullable<AnswerFacts['usage']> {
  const counts = {
    inputTokens: numberOf(usage, 'prompt_tokens'),
    outputTokens: numberOf(usage, 'completion_tokens'),
    cachedTokens: numberOf(memberOf(usage, 'prompt_tokens_details'), 'cached_tokens'),
    reasoningTokens: numberOf(memberOf(usage, 'completion_tokens_details'), 'reasoning_tokens'),
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}
