import type { ContentType } from './content-types.ts';
import { conceptNumber } from './lexicon.ts';
import type { Mention } from './reading.ts';
import needs from './type-needs.json' with { type: 'json' };

/** By type, groups of concepts: of each group one is spoken of in what is of that type. */
const NEEDS: ReadonlyMap<string, readonly ReadonlySet<number>[]> = new Map(
  Object.entries(needs).map(([type, groups]) => [type, groups.map((group) => new Set(group.map(conceptNumber)))]),
);

/**
 * Whether a stretch speaks of what a type is about. Harm of any kind makes every type likelier to the model; a finding's
 * type is what somebody acts by.
 */
export function speaksOf(type: ContentType, mentions: readonly Mention[]): boolean {
  const groups = NEEDS.get(type) ?? [];
  return groups.every((group) => mentions.some(({ concept }) => group.has(concept)));
}
