import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyChange } from '@sallyport/core';
import {
  type CedarPolicyEngine,
  CHANGE_FILE,
  describeProblem,
  loadPolicySets,
  type PolicySetName,
  type PolicySources,
  promotedText,
  promotionProblem,
  readPolicyFolder,
  readStarterPack,
} from '@sallyport/policy';
import type { PoliciesConfig } from '../config/index.ts';
import { policyChangeText } from './policy-change-file.ts';

/** A promotion that could be made: nothing is written yet. */
export interface Promotion {
  readonly ok: true;
  /** The set as it is, and as it would be. */
  readonly before: CedarPolicyEngine;
  readonly after: CedarPolicyEngine;
  /** Files that change, by their place in the folder. */
  readonly files: ReadonlyMap<string, string>;
}

export type PreparedPromotion = Promotion | { readonly ok: false; readonly problems: readonly string[] };

/** Lets policies of the operator's folder act that only reported, in memory. Starter policies are not the operator's to change. */
export function preparePromotion(
  { starter, pack = 'baseline', folder, toolSchemas = {} }: PoliciesConfig,
  ids: readonly string[],
  findingTypes: readonly string[],
): PreparedPromotion {
  if (folder === undefined) return { ok: false, problems: ['`policies.folder` names no folder of your own'] };
  const built = starter ? readStarterPack(pack) : undefined;
  const own = readPolicyFolder(folder);
  if (!own.ok) return { ok: false, problems: own.problems.map(describeProblem) };
  const load = (sources: PolicySources) =>
    loadPolicySets(built?.ok === true ? joined(built.sources, sources) : sources, { findingTypes, toolSchemas });
  const before = load(own.sources);
  if (!before.ok) return { ok: false, problems: before.problems.map(describeProblem) };
  const changed = promoted(own.sources, before.engine, ids);
  if ('problems' in changed) return { ok: false, problems: changed.problems };
  const after = load(changed.sources);
  if (!after.ok) return { ok: false, problems: after.problems.map(describeProblem) };
  return { ok: true, before: before.engine, after: after.engine, files: changed.files };
}

function joined(a: PolicySources, b: PolicySources): PolicySources {
  return { access: [...a.access, ...b.access], guard: [...a.guard, ...b.guard] };
}

function promoted(
  own: PolicySources,
  engine: CedarPolicyEngine,
  ids: readonly string[],
):
  | { readonly sources: PolicySources; readonly files: ReadonlyMap<string, string> }
  | { readonly problems: readonly string[] } {
  const files = new Map<string, string>();
  const problems: string[] = [];
  const textAt = (set: PolicySetName, name: string, text: string) => files.get(`${set}/${name}`) ?? text;
  for (const id of new Set(ids)) {
    const policy = engine.loaded().find(({ info }) => info.id === id);
    const problem = promotionProblem(id, policy);
    const source = own[policy?.info.set ?? 'guard'].find(
      ({ name }) => policy?.info.at.file === `${policy?.info.set}/${name}`,
    );
    if (problem !== undefined || policy === undefined) problems.push(problem ?? '');
    else if (source === undefined) {
      problems.push(`the policy \`${id}\` is a starter policy: \`sallyport policy copy\` makes a pack your own`);
    } else {
      const { set } = policy.info;
      // Places stay: the new word is as long as the old one.
      const text = promotedText({ ...source, text: textAt(set, source.name, source.text) }, policy);
      if (text === undefined) problems.push(`\`@mode\` of \`${id}\` is not written as \`@mode("monitor")\``);
      else files.set(`${set}/${source.name}`, text);
    }
  }
  if (problems.length > 0) return { problems };
  const changedIn = (set: PolicySetName) =>
    own[set].map((source) => ({ ...source, text: textAt(set, source.name, source.text) }));
  return { sources: { access: changedIn('access'), guard: changedIn('guard') }, files };
}

/**
 * Writes the change and then the files: a gateway that watches the folder finds what is said of the set when it takes it.
 * Each file is replaced as a whole.
 */
export function writePromotion(folder: string, { files }: Promotion, change: PolicyChange): void {
  replace(folder, CHANGE_FILE, policyChangeText(change));
  for (const [place, text] of files) replace(folder, place, text);
}

function replace(folder: string, place: string, text: string): void {
  const path = join(folder, place);
  // Not `.cedar`: the folder may be read at any moment.
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
