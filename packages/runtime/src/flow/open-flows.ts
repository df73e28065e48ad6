import type { Flow, Inspector } from '@sallyport/core';
import { createFlow, type DocumentMarker, type ToolOverrides } from '@sallyport/flow';
import { spanRiskOf } from './span-risk.ts';

export interface FlowSettings {
  /** What marks documents in users' texts on this route. */
  readonly documents: readonly DocumentMarker[];
}

/** Opens a labeller for each way in which routes read transcripts; those that read alike share one, and its memory. */
export function openFlows(tools: ToolOverrides): (settings: FlowSettings, inspector: Inspector) => Flow {
  const flows = new Map<string, Flow>();
  return ({ documents }, inspector) => {
    const key = JSON.stringify([inspector.version, documents]);
    let flow = flows.get(key);
    if (flow === undefined) {
      flow = createFlow({ overrides: tools, spanRisk: spanRiskOf(inspector), markers: documents });
      flows.set(key, flow);
    }
    return flow;
  };
}
