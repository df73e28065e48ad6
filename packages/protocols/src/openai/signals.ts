import type { ProviderSignal, ProviderSignalType } from '@sallyport/core';
import { type JsonNode, memberOf, numberOf, stringOf } from '@sallyport/wire';
import table from './signals.json' with { type: 'json' };

const MODERATION: Readonly<Record<string, string | undefined>> = table.moderation;
const AZURE: Readonly<Record<string, string | undefined>> = table.azure;
const SEVERITY: Readonly<Record<string, number | undefined>> = table.azureSeverity;
/** Azure's classifiers that say yes or no. */
const DETECTED = 0.9;
const ACTED = 1;

type About = ProviderSignal['about'];

/**
 * The results of a moderation, as OpenAI's endpoint and its chat answers give them: each flagged category with its score.
 * Source: OpenAI API reference, "Moderations".
 */
export function moderationSignals(results: JsonNode | undefined, about: About): readonly ProviderSignal[] {
  if (results?.kind !== 'array') return [];
  return results.items.flatMap((result) => {
    const categories = memberOf(result, 'categories');
    if (categories?.kind !== 'object') return [];
    const scores = memberOf(result, 'category_scores');
    return categories.members.flatMap(({ key, value }) => {
      if (value.kind !== 'word' || value.value !== true) return [];
      return [{ type: typeOf(MODERATION, key.value), score: scoreOf(numberOf(scores, key.value)), about }];
    });
  });
}

/**
 * What Azure's content filters say: a severity, or whether something was detected; 1 where it was filtered.
 * Source: Microsoft, "Azure OpenAI content filtering" and "content filter configurability".
 */
export function filterSignals(results: JsonNode | undefined, about: About): readonly ProviderSignal[] {
  if (results?.kind !== 'object') return [];
  return results.members.flatMap(({ key, value }) => {
    if (key.value === 'error' || value.kind !== 'object') return [];
    const score = filterScore(value);
    return score === 0 ? [] : [{ type: typeOf(AZURE, key.value), score, about }];
  });
}

function filterScore(result: JsonNode): number {
  if (isYes(result, 'filtered')) return ACTED;
  if (isYes(result, 'detected')) return DETECTED;
  return SEVERITY[stringOf(result, 'severity') ?? 'safe'] ?? DETECTED;
}

function isYes(node: JsonNode, name: string): boolean {
  const value = memberOf(node, name);
  return value?.kind === 'word' && value.value === true;
}

function typeOf(names: Readonly<Record<string, string | undefined>>, name: string): ProviderSignalType {
  return Object.hasOwn(names, name) ? (names[name] as ProviderSignalType) : 'other';
}

/** A category that was flagged without a score counts in full. */
function scoreOf(score: number | undefined): number {
  return score === undefined ? ACTED : Math.min(Math.max(score, 0), 1);
}
