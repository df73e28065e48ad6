import type { ProviderSignal, ProviderSignalType } from '@sallyport/core';
import { type JsonNode, memberOf, stringOf } from '@sallyport/wire';
import { filterSignals, moderationSignals } from '../openai/signals.ts';
import table from './signals.json' with { type: 'json' };

const ERRORS: Readonly<Record<string, string>> = table.errors;
const CHECKS: Readonly<Record<string, string>> = table.safetyChecks;
/** The reason of an answer that the provider's filter ended. */
const FILTERED = 'content_filter';

/** What a member of a response says of the provider's guardrails. */
export function responseSignals(name: string, value: JsonNode): readonly ProviderSignal[] {
  switch (name) {
    case 'moderation':
      return [...moderated(memberOf(value, 'input'), 'input'), ...moderated(memberOf(value, 'output'), 'output')];
    // Azure: one entry for the prompt, one for what it led to.
    case 'content_filters':
      return value.kind === 'array'
        ? value.items.flatMap((one) => {
            const about = stringOf(one, 'source_type') === 'prompt' ? 'input' : 'output';
            return filterSignals(memberOf(one, 'content_filter_results'), about);
          })
        : [];
    case 'incomplete_details':
      return stringOf(value, 'reason') === FILTERED ? [{ type: 'filtered', score: 1, about: 'output' }] : [];
    case 'error':
      return errorSignals(value);
    default:
      return [];
  }
}

/** An error that says that the provider refused the request for what it holds. */
export function errorSignals(error: JsonNode): readonly ProviderSignal[] {
  const filters = filterSignals(memberOf(memberOf(error, 'innererror'), 'content_filter_result'), 'input');
  return filters.length > 0 ? filters : worded(ERRORS, stringOf(error, 'code'), 'input');
}

/** Checks that the provider wants a person to make before a computer does what the model asks. */
export function safetyCheckSignals(checks: JsonNode): readonly ProviderSignal[] {
  return checks.kind === 'array'
    ? checks.items.flatMap((check) => worded(CHECKS, stringOf(check, 'code') ?? '', 'output', 'other'))
    : [];
}

function moderated(result: JsonNode | undefined, about: ProviderSignal['about']): readonly ProviderSignal[] {
  if (result === undefined) return [];
  const results = memberOf(result, 'results');
  return moderationSignals(results ?? { kind: 'array', start: result.start, end: result.end, items: [result] }, about);
}

function worded(
  words: Readonly<Record<string, string>>,
  code: string | undefined,
  ...[about, otherwise]: [ProviderSignal['about'], ProviderSignalType?]
): readonly ProviderSignal[] {
  const type = code !== undefined && Object.hasOwn(words, code) ? (words[code] as ProviderSignalType) : otherwise;
  return type === undefined || code === undefined ? [] : [{ type, score: 1, about }];
}
