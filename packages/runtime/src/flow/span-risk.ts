import { BoundedCache, type Inspector, type RequestContext } from '@sallyport/core';

/** Scores of texts that are kept: conversations repeat what their tools answered. */
const KEPT = { maxEntries: 65_536, maxWeight: 64_000_000 };

const NO_REQUEST: RequestContext = { instructions: [], definitions: [], canaries: [] };

/** How much a text that a tool brought looks like an instruction: the injection detectors' highest score, 0..1000. */
export function spanRiskOf(inspector: Inspector): (text: string) => number {
  const known = new BoundedCache<number>(KEPT);
  return (text) => {
    let risk = known.get(text);
    if (risk === undefined) {
      const { findings } = inspector.inspect(text, {
        point: 'tool-result',
        origin: { role: 'tool', field: 'content' },
        request: NO_REQUEST,
      });
      const injections = findings.filter(({ category }) => category === 'injection');
      risk = Math.round(1000 * injections.reduce((highest, { score }) => Math.max(highest, score), 0));
      known.set(text, risk, text.length + 64);
    }
    return risk;
  };
}
