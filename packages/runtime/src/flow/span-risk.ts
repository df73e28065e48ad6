import type { Inspector, RequestContext } from '@sallyport/core';

const NO_REQUEST: RequestContext = { instructions: [], definitions: [], canaries: [] };

/** How much a text that a tool brought looks like an instruction: the injection detectors' highest score, 0..1000. Cost: a detection. */
export function spanRiskOf(inspector: Inspector): (text: string) => number {
  return (text) => {
    const { findings } = inspector.inspect(text, {
      point: 'tool-result',
      origin: { role: 'tool', field: 'content' },
      request: NO_REQUEST,
    });
    const injections = findings.filter(({ category }) => category === 'injection');
    return Math.round(1000 * injections.reduce((highest, { score }) => Math.max(highest, score), 0));
  };
}
