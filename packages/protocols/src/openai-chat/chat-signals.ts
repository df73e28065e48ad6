import type { ProviderSignal } from '@sallyport/core';
import { type JsonNode, memberOf, stringOf } from '@sallyport/wire';
import { filterSignals, moderationSignals } from '../openai/signals.ts';

/** The finish reason of a choice that the provider's filter ended. */
const FILTERED = 'content_filter';

/** What a member of a completion or a chunk says of the provider's guardrails. */
export function answerSignals(name: string, value: JsonNode): readonly ProviderSignal[] {
  switch (name) {
    case 'moderation':
      return [
        ...moderationSignals(memberOf(memberOf(value, 'input'), 'results'), 'input'),
        ...moderationSignals(memberOf(memberOf(value, 'output'), 'results'), 'output'),
      ];
    // Azure, of the prompt, in the first chunk.
    case 'prompt_filter_results':
    case 'prompt_annotations':
      return value.kind === 'array'
        ? value.items.flatMap((one) => filterSignals(memberOf(one, 'content_filter_results'), 'input'))
        : [];
    case 'error':
      return errorSignals(value);
    default:
      return [];
  }
}

/** What a member of a choice says of them. */
export function choiceSignals(name: string, value: JsonNode): readonly ProviderSignal[] {
  if (name === 'content_filter_results' || name === 'content_filter_result') return filterSignals(value, 'output');
  const filtered = name === 'finish_reason' && value.kind === 'string' && value.value === FILTERED;
  return filtered ? [{ type: 'filtered', score: 1, about: 'output' }] : [];
}

/** What a member of a message says of them. */
export function messageSignals(name: string, value: JsonNode): readonly ProviderSignal[] {
  const refused = name === 'refusal' && value.kind === 'string' && value.value !== '';
  return refused ? [{ type: 'refusal', score: 1, about: 'input' }] : [];
}

/** An error that says that the provider's filter refused the request. */
function errorSignals(error: JsonNode): readonly ProviderSignal[] {
  const inner = memberOf(error, 'innererror');
  const filters = filterSignals(memberOf(inner, 'content_filter_result'), 'input');
  if (filters.length > 0) return filters;
  return stringOf(error, 'code') === FILTERED ? [{ type: 'filtered', score: 1, about: 'input' }] : [];
}
