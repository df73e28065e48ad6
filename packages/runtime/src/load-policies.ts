import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  bundleProblem,
  checkBundle,
  type FolderReading,
  type LoadResult,
  loadPolicySets,
  type PolicyBundle,
  type PolicyInfo,
  type PolicyProblem,
  type PolicySources,
  readPolicyFolder,
  readStarterPack,
} from '@sallyport/policy';
import type { PoliciesConfig } from './config/index.ts';
import { readPolicyChange } from './lifecycle/policy-change-file.ts';

type GoodReading = Extract<FolderReading, { ok: true }>;

/** The files of policies that a configuration names, or what is wrong with them. */
export type PolicyFiles =
  | { readonly ok: true; readonly sources: PolicySources; readonly own: GoodReading | undefined }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Reads a starter pack and the operator's folder, as far as the configuration names them. */
export function readPolicyFiles({ starter, pack = 'baseline', folder }: PoliciesConfig): PolicyFiles {
  const built = starter ? readStarterPack(pack) : undefined;
  const own = folder === undefined ? undefined : readPolicyFolder(folder);
  const readings = [built, own].filter((reading) => reading !== undefined);
  const problems = readings.flatMap((reading) => (reading.ok ? [] : reading.problems));
  const good = readings.filter((reading) => reading.ok);
  if (problems.length > 0) return { ok: false, problems };
  const sources = {
    access: good.flatMap((reading) => reading.sources.access),
    guard: good.flatMap((reading) => reading.sources.guard),
  };
  return { ok: true, sources, own: own?.ok === true ? own : undefined };
}

/**
 * Reads the policies that the configuration names, a starter pack and the operator's folder together, and loads them.
 * A file of the operator's that bears the name of a starter file is a problem, not a replacement: what is in force must
 * not depend on which was read last. Where the configuration names public keys, the folder must be signed as it was read.
 * @param findingTypes every type of finding that the detectors can yield
 */
export function loadPolicies(policies: PoliciesConfig, findingTypes: readonly string[]): LoadResult {
  const { bundle, hasContentKeys, toolSchemas = {} } = policies;
  const read = readPolicyFiles(policies);
  if (!read.ok) return read;
  const { sources, own } = read;
  const checked =
    bundle === undefined || own === undefined ? undefined : checkBundle(own, bundle.publicKeys.map(asKey));
  if (checked?.ok === false) return checked;
  const loaded = loadPolicySets(sources, { findingTypes, toolSchemas });
  const keyless = loaded.ok && hasContentKeys === false ? withoutKeys(loaded.engine.policies) : [];
  if (keyless.length > 0) return { ok: false, problems: keyless };
  return vouched(loaded, checked?.bundle, own);
}

function asKey(pem: string): KeyObject {
  return createPublicKey(pem);
}

function vouched(loaded: LoadResult, bundle: PolicyBundle | undefined, own: GoodReading | undefined): LoadResult {
  if (!loaded.ok) return loaded;
  const { policySet } = loaded.engine;
  const change = own === undefined ? undefined : readPolicyChange(own.change, policySet);
  const warnings: readonly PolicyProblem[] =
    bundle === undefined || bundle.policySet === policySet
      ? loaded.warnings
      : [
          ...loaded.warnings,
          bundleProblem('was signed for another configuration or release: the set in force is not that'),
        ];
  return { ...loaded, warnings, ...(bundle && { bundle }), ...(change && { change }) };
}

/** What nobody could put under lock must not look as if somebody did. */
function withoutKeys(policies: readonly PolicyInfo[]): readonly PolicyProblem[] {
  return policies.flatMap(({ at, mode, capture, vault }) => {
    if (mode !== 'enforce' || (capture === undefined && vault === undefined)) return [];
    const code = capture === undefined ? 'vault' : 'capture';
    return [{ ...at, code, message: `\`@${code}\` needs \`content.keys\` in the configuration` }];
  });
}
