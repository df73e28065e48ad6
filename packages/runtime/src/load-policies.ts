import {
  type LoadResult,
  loadPolicySets,
  type PolicyInfo,
  type PolicyProblem,
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
export function loadPolicies(
  { starter, folder, hasContentKeys }: PoliciesConfig,
  findingTypes: readonly string[],
): LoadResult {
  const folders = [...(starter ? [STARTER_FOLDER] : []), ...(folder === undefined ? [] : [folder])];
  const readings = folders.map(readPolicyFolder);
  const problems = readings.flatMap((reading) => (reading.ok ? [] : reading.problems));
  if (problems.length > 0) return { ok: false, problems };
  const sources: PolicySources = {
    access: readings.flatMap((reading) => (reading.ok ? reading.sources.access : [])),
    guard: readings.flatMap((reading) => (reading.ok ? reading.sources.guard : [])),
  };
  const loaded = loadPolicySets(sources, { findingTypes });
  const keyless = loaded.ok && hasContentKeys === false ? withoutKeys(loaded.engine.policies) : [];
  return keyless.length > 0 ? { ok: false, problems: keyless } : loaded;
}

/** What nobody could put under lock must not look as if somebody did. */
function withoutKeys(policies: readonly PolicyInfo[]): readonly PolicyProblem[] {
  return policies.flatMap(({ at, mode, capture, vault }) => {
    if (mode !== 'enforce' || (capture === undefined && vault === undefined)) return [];
    const code = capture === undefined ? 'vault' : 'capture';
    return [{ ...at, code, message: `\`@${code}\` needs \`content.keys\` in the configuration` }];
  });
}
