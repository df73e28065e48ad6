import {
  type LoadResult,
  loadPolicySets,
  type PolicySources,
  readPolicyFolder,
  STARTER_FOLDER,
} from '@sallyport/policy';
import type { PoliciesConfig } from './config/index.ts';

/**
 * Reads the policies that the configuration names, the starter sets and the operator's folder together, and loads them.
 * A file of the operator's that bears the name of a starter file is a problem, not a replacement: what is in force must
 * not depend on which was read last.
 * @param findingTypes every type of finding that the detectors can yield
 */
export function loadPolicies({ starter, folder }: PoliciesConfig, findingTypes: readonly string[]): LoadResult {
  const folders = [...(starter ? [STARTER_FOLDER] : []), ...(folder === undefined ? [] : [folder])];
  const readings = folders.map(readPolicyFolder);
  const problems = readings.flatMap((reading) => (reading.ok ? [] : reading.problems));
  if (problems.length > 0) return { ok: false, problems };
  const sources: PolicySources = {
    access: readings.flatMap((reading) => (reading.ok ? reading.sources.access : [])),
    guard: readings.flatMap((reading) => (reading.ok ? reading.sources.guard : [])),
  };
  return loadPolicySets(sources, { findingTypes });
}
