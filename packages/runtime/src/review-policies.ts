import { type Coverage, type PolicyInfo, type PolicyProblem, type ProbeReport, probe } from '@sallyport/policy';
import type { PoliciesConfig } from './config/index.ts';
import { loadPolicies } from './load-policies.ts';

/** What there is to say about a policy set before it is in force. */
export type PolicyReview =
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] }
  | {
      readonly ok: true;
      readonly policySet: string;
      readonly policies: readonly PolicyInfo[];
      readonly warnings: readonly PolicyProblem[];
      /** Which policies are compiled, and which Cedar evaluates itself, slower, and why. */
      readonly coverage: Coverage;
      /** What the fixed hostile probes meet. */
      readonly probes: ProbeReport;
    };

/** Loads the policies that the configuration names, and asks every probe. */
export function reviewPolicies(policies: PoliciesConfig, findingTypes: readonly string[]): PolicyReview {
  const loaded = loadPolicies(policies, findingTypes);
  if (!loaded.ok) return loaded;
  const { engine, warnings } = loaded;
  return {
    ok: true,
    policySet: engine.policySet,
    policies: engine.policies,
    warnings,
    coverage: engine.coverage(),
    probes: probe(engine),
  };
}
