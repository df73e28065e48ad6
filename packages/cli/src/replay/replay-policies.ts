import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FlowFacts, type PolicyEngine, toolGroups, type Verdict } from '@sallyport/core';
import { loadPolicySets, starterFolder } from '@sallyport/policy';

export const REPLAY_POLICIES = ['detector', 'coarse', 'value', 'joint', 'tiered'] as const;
export type ReplayPolicyName = (typeof REPLAY_POLICIES)[number];

/** What a policy is asked about: facts, and nothing of any text. */
export interface ReplayQuestion {
  readonly facts: FlowFacts;
  /** The highest score of anything that the session's tools brought, 0..1000. */
  readonly sessionRisk: number;
}

export type ReplayPolicy = (question: ReplayQuestion) => Verdict;

/** The comparisons lie beside src and dist; `tiered` is what the gateway starts with. */
const COMPARISONS = fileURLToPath(new URL('../../replay/', import.meta.url));
const PRINCIPAL = { kind: 'agent', id: 'replay', tenant: 'default', groups: [] } as const;
const FACTS = {
  protocol: 'none',
  route: 'none',
  model: 'none',
  stream: false,
  tools: [],
  messages: 1,
  bodyBytes: 0,
} as const;

/** A guard policy by its name, as the gateway's engine judges calls by it. */
export function replayPolicy(name: ReplayPolicyName): ReplayPolicy {
  const engine = engineOf(name);
  return ({ facts, sessionRisk }) =>
    engine.guard({
      principal: PRINCIPAL,
      point: 'tool-call',
      resource: { kind: 'tool', id: facts.tool.name, groups: toolGroups(facts) },
      context: {
        request: FACTS,
        findings: [{ category: 'injection', type: 'replayed', score: sessionRisk / 1000, detector: 'replay' }],
        unseen: [],
        unchecked: [],
        flow: facts,
      },
    }).verdict;
}

function engineOf(name: ReplayPolicyName): PolicyEngine {
  const file =
    name === 'tiered' ? join(starterFolder('baseline'), 'guard', 'flow.cedar') : join(COMPARISONS, `${name}.cedar`);
  const guard = [{ name: `${name}.cedar`, text: readFileSync(file, 'utf8') }];
  const loaded = loadPolicySets({ access: [], guard });
  if (!loaded.ok) throw new Error(`the policies of ${name} do not load`);
  return loaded.engine;
}
