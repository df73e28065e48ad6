import { SallyportError } from '@sallyport/core';
import { describeProblem, PolicyHolder, type PolicyProblem, watchPolicyFolder } from '@sallyport/policy';
import type { PoliciesConfig } from './config/index.ts';
import { loadPolicies } from './load-policies.ts';

export interface PolicyRoom {
  readonly holder: PolicyHolder;
  close(): void;
}

export interface PolicyRoomOptions {
  readonly policies: PoliciesConfig;
  /** Every type of finding that the detectors can yield. */
  readonly findingTypes: readonly string[];
  /** Called when the folder changed, with what is wrong with it: empty when it came into force. */
  readonly onReload: (problems: readonly PolicyProblem[]) => void;
}

/**
 * Loads the policies and keeps them fresh: a folder that changes is read again, and a set that can't be loaded leaves the
 * last good one in force.
 * @throws {SallyportError} `POLICY_INVALID` when there is no good set to begin with
 */
export function openPolicyRoom({ policies, findingTypes, onReload }: PolicyRoomOptions): PolicyRoom {
  const first = loadPolicies(policies, findingTypes);
  if (!first.ok) throw new SallyportError('POLICY_INVALID', { detail: first.problems.map(describeProblem).join('\n') });
  const holder = new PolicyHolder(first);
  if (policies.folder === undefined) return { holder, close: () => undefined };
  const watch = watchPolicyFolder(policies.folder, {
    onChange: () => onReload(holder.offer(loadPolicies(policies, findingTypes)).problems),
  });
  return { holder, close: () => watch.close() };
}
