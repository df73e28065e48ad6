import { BoundedCache } from '@sallyport/core';
import type { Inspection } from '@sallyport/runtime';

/** Scores of texts that are kept: recorded runs repeat what their tools answered. */
const KEPT = { maxEntries: 65_536, maxWeight: 64_000_000 };

/** How much a text that a tool brought looks like an instruction: the injection detectors' highest score, 0..1000. */
export function spanRiskOf({ inspector, emptyRequest }: Inspection): (text: string) => number {
  const known = new BoundedCache<number>(KEPT);
  return (text) => {
    let risk = known.get(text);
    if (risk === undefined) {
      const { findings } = inspector.inspect(text, {
        point: 'tool-result',
        origin: { role: 'tool', field: 'content' },
        request: emptyRequest,
      });
      const injections = findings.filter(({ category }) => category === 'injection');
      risk = Math.round(1000 * injections.reduce((highest, { score }) => Math.max(highest, score), 0));
      known.set(text, risk, text.length + 64);
    }
    return risk;
  };
}
