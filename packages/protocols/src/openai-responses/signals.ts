import type { ProviderSignal, ProviderSignalType } from '@sallyport/core';
import { type JsonNode, stringOf } from '@sallyport/wire';
import { answerSignals } from '../openai/answer-signals.ts';
import table from './signals.json' with { type: 'json' };

const ERRORS: Readonly<Record<string, string>> = table.errors;
const CHECKS: Readonly<Record<string, string>> = table.safetyChecks;
/** The reason of an answer that the provider's filter ended. */
const FILTERED = 'content_filter';

/** What a member of a response says of the provider's guardrails. */
export function responseSignals(name: string, value: JsonNode): readonly ProviderSignal[] {
  switch (name) {
    case 'incomplete_details':
      return stringOf(value, 'reason') === FILTERED ? [{ type: 'filtered', score: 1, about: 'output' }] : [];
    case 'error':
      return errorSignals(value);
    default:
      return answerSignals(name, value);
  }
}

/** An error that says that the provider refused the request for what it holds. */
export function errorSignals(error: JsonNode): readonly ProviderSignal[] {
  return [...answerSignals('error', error), ...worded(ERRORS, stringOf(error, 'code'), 'input')];
}

/** Checks that the provider wants a person to make before a computer does what the model asks. */
export function safetyCheckSignals(checks: JsonNode): readonly ProviderSignal[] {
  return checks.kind === 'array'
    ? checks.items.flatMap((check) => worded(CHECKS, stringOf(check, 'code') ?? '', 'output', 'other'))
    : [];
}

function worded(
  words: Readonly<Record<string, string>>,
  code: string | undefined,
  ...[about, otherwise]: [ProviderSignal['about'], ProviderSignalType?]
): readonly ProviderSignal[] {
  const type = code !== undefined && Object.hasOwn(words, code) ? (words[code] as ProviderSignalType) : otherwise;
  return type === undefined || code === undefined ? [] : [{ type, score: 1, about }];
}
