import type { Background } from './background.ts';
import tuning from './tuning.json' with { type: 'json' };

/** Weights by feature, of length one: stems, pairs of neighbours, and pieces of stems. */
export type TextFeatures = ReadonlyMap<string, number>;

/** How much a stem says: the natural logarithm of how rare it is. */
export function rarityOf(stem: string, background: Background): number {
  return Math.log((background.texts + 1) / (background.countOf(stem) + 1));
}

/** Cost: O(stems), some 10 features for each. */
export function featuresOf(stems: readonly string[], background: Background): TextFeatures {
  const features = new Map<string, number>();
  const add = (feature: string, weight: number) => features.set(feature, (features.get(feature) ?? 0) + weight);
  let before: { readonly stem: string; readonly rarity: number } | undefined;
  for (const stem of stems) {
    const rarity = rarityOf(stem, background);
    add(stem, rarity);
    addPieces(stem, rarity, add);
    if (before !== undefined) {
      add(`${before.stem} ${stem}`, tuning.pairWeight * Math.min(before.rarity + rarity, tuning.pairMax));
    }
    before = { stem, rarity };
  }
  let squares = 0;
  for (const weight of features.values()) squares += weight * weight;
  const length = Math.sqrt(squares) || 1;
  for (const [feature, weight] of features) features.set(feature, weight / length);
  return features;
}

/** Words of one family are alike in pieces, though their endings differ. */
function addPieces(stem: string, rarity: number, add: (feature: string, weight: number) => void): void {
  if (stem.length < tuning.gramChars) return;
  const whole = `^${stem}$`;
  const pieces = whole.length - tuning.gramChars + 1;
  const weight = (rarity * tuning.gramWeight) / Math.sqrt(pieces);
  for (let at = 0; at < pieces; at += 1) add(`#${whole.slice(at, at + tuning.gramChars)}`, weight);
}
