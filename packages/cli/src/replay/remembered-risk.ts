import { BoundedCache } from '@sallyport/core';

/** Scores of texts that are kept. */
const KEPT = { maxEntries: 65_536, maxWeight: 64_000_000 };

/** The same scores, each text scored once: recorded runs repeat what their tools answered. */
export function rememberedRisk(spanRisk: (text: string) => number): (text: string) => number {
  const known = new BoundedCache<number>(KEPT);
  return (text) => {
    let risk = known.get(text);
    if (risk === undefined) {
      risk = spanRisk(text);
      known.set(text, risk, text.length + 64);
    }
    return risk;
  };
}
