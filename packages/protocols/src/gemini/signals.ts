import { PROVIDER_SIGNALS, type ProviderSignal, type ProviderSignalType } from '@sallyport/core';
import type { JsonNode } from '@sallyport/wire';
import table from './signals.json' with { type: 'json' };
import { itemsOf, memberIn, stringIn } from './spelling.ts';

const FINISH = new Map(Object.entries(table.finishReason));
const BLOCK = new Map(Object.entries(table.blockReason));
const CATEGORIES = new Map(Object.entries(table.category));
const PROBABILITIES: ReadonlyMap<string, number> = new Map(Object.entries(table.probability));

/** What the end of a candidate says of it: the provider acted. */
export function finishSignal(reason: string): ProviderSignal | undefined {
  const type = FINISH.get(reason);
  return type === undefined ? undefined : { type: known(type), score: 1, about: 'output' };
}

/** A prompt that was not answered. A reason that nobody knows is still one. */
export function blockSignal(reason: string): ProviderSignal {
  return { type: known(BLOCK.get(reason) ?? 'filtered'), score: 1, about: 'input' };
}

/**
 * Safety ratings. Scores: 1 where a rating blocked; else its probability (HIGH 0.9, MEDIUM 0.6, LOW 0.3). NEGLIGIBLE says nothing.
 * Source: `SafetyRating`, `HarmCategory` and `HarmProbability` of @google/genai 2.32.0.
 */
export function ratingSignals(
  ratings: JsonNode | undefined,
  about: ProviderSignal['about'],
): readonly ProviderSignal[] {
  return itemsOf(ratings).flatMap((rating) => {
    const blocked = memberIn(rating, 'blocked');
    const isBlocked = blocked?.kind === 'word' && blocked.value === true;
    const score = isBlocked ? 1 : (PROBABILITIES.get(stringIn(rating, 'probability') ?? '') ?? 0);
    const type = known(CATEGORIES.get(stringIn(rating, 'category') ?? ''));
    return score > 0 ? [{ type, score, about }] : [];
  });
}

function known(type: string | undefined): ProviderSignalType {
  return PROVIDER_SIGNALS.find((each) => each === type) ?? 'other';
}
