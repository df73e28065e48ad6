import type { ProviderSignal } from '@sallyport/core';
import { type JsonNode, memberOf, stringOf } from '@sallyport/wire';
import { filterSignals, moderationSignals } from './signals.ts';

type Signals = readonly ProviderSignal[];

const NONE: Signals = [];
/** The finish reason of a choice, and the code of an error, where the provider's filter ended it. */
const FILTERED = 'content_filter';

/** What a member of an answer, of a chunk or of an error's body says of the provider's guardrails. */
export function answerSignals(name: string, value: JsonNode): Signals {
  switch (name) {
    case 'moderation':
      return [...moderated(memberOf(value, 'input'), 'input'), ...moderated(memberOf(value, 'output'), 'output')];
    // Azure, of the prompt, in the first chunk. The second name is that of its first versions.
    case 'prompt_filter_results':
    case 'prompt_annotations':
      return eachOf(value, (one) => filterSignals(memberOf(one, 'content_filter_results'), 'input'));
    case 'content_filters':
      return eachOf(value, filterEntry);
    case 'error':
      return errorSignals(value);
    default:
      return NONE;
  }
}

/** What a member of a choice says of them. Azure's annotations may come before, with or after the text that they are about. */
export function choiceSignals(name: string, value: JsonNode): Signals {
  if (name === 'content_filter_results' || name === 'content_filter_result') return filterSignals(value, 'output');
  const filtered = name === 'finish_reason' && value.kind === 'string' && value.value === FILTERED;
  return filtered ? [{ type: 'filtered', score: 1, about: 'output' }] : NONE;
}

/** What a member of a message says of them. */
export function messageSignals(name: string, value: JsonNode): Signals {
  const refused = name === 'refusal' && value.kind === 'string' && value.value !== '';
  return refused ? [{ type: 'refusal', score: 1, about: 'input' }] : NONE;
}

/** Chat Completions list results, Responses has one. Source: the types of the `openai` package 6.49. */
function moderated(said: JsonNode | undefined, about: ProviderSignal['about']): Signals {
  if (said === undefined) return NONE;
  const results = memberOf(said, 'results');
  return moderationSignals(results ?? { kind: 'array', start: said.start, end: said.end, items: [said] }, about);
}

/** An error that says that the provider's filter refused the request. Azure says why. */
function errorSignals(error: JsonNode): Signals {
  const inner = memberOf(error, 'innererror');
  const said = [
    ...filterSignals(memberOf(inner, 'content_filter_result'), 'input'),
    ...eachOf(memberOf(error, 'content_filters'), filterEntry),
  ];
  if (stringOf(error, 'code') !== FILTERED || said.some(({ score }) => score === 1)) return said;
  return [...said, { type: 'filtered', score: 1, about: 'input' }];
}

/** One filter that Azure ran, as its newer answers list them. Source: Microsoft, "Guardrail annotations", Responses API. */
function filterEntry(entry: JsonNode): Signals {
  const about = stringOf(entry, 'source_type') === 'prompt' ? 'input' : 'output';
  return filterSignals(memberOf(entry, 'content_filter_results'), about);
}

function eachOf(list: JsonNode | undefined, signalsOf: (one: JsonNode) => Signals): Signals {
  return list?.kind === 'array' ? list.items.flatMap(signalsOf) : NONE;
}
