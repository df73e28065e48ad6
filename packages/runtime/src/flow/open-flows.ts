import type { Flow, Inspector } from '@sallyport/core';
import { createFlow, type DocumentMarker, type ToolOverrides } from '@sallyport/flow';
import { spanRiskOf } from './span-risk.ts';

export interface FlowSettings {
  /** What marks documents in users' texts on this route. */
  readonly documents: readonly DocumentMarker[];
  /** The MCP server whose tools are called: what is named for a memory is one. */
  readonly server?: string;
}

/** Opens a labeller for each way in which routes read transcripts; those that read alike share one, and its memory. */
export function openFlows(tools: ToolOverrides): (settings: FlowSettings, inspector: Inspector) => Flow {
  const flows = new Map<string, Flow>();
  return ({ documents, server = '' }, inspector) => {
    const isMemory = /memor|knowledge|notes?\b/.test(server);
    const key = JSON.stringify([inspector.version, documents, isMemory]);
    let flow = flows.get(key);
    if (flow === undefined) {
      flow = createFlow({ overrides: tools, spanRisk: spanRiskOf(inspector), markers: documents, isMemory });
      flows.set(key, flow);
    }
    return flow;
  };
}
