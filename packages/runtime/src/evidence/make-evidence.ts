import { existsSync, readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { SallyportError } from '@sallyport/core';
import { describeProblem, loadPolicySets, probe } from '@sallyport/policy';
import {
  builtInFrameworks,
  type Checkpoint,
  type Evidence,
  type Framework,
  type PackedPolicies,
  type PackReport,
  type VerifierKey,
  verifyLog,
  verifyPack,
  writePack,
} from '@sallyport/record';
import { openInstallKeys, openPackFolder, openRecordReader } from '@sallyport/stores';
import type { Config } from '../config/index.ts';
import { openInspectors } from '../inspectors.ts';
import { loadPolicies, readPolicyFiles } from '../load-policies.ts';
import { standingFacts } from './standing-facts.ts';

export interface EvidenceAsk {
  readonly framework: Framework;
  /** RFC 3339; `to` exclusive. */
  readonly period: { readonly from: string; readonly to: string };
  /** Where the pack goes: an empty folder, or one that is made. */
  readonly folder: string;
  /** Whether the whole log goes with it. */
  readonly wholeLog: boolean;
  readonly version: string;
  /** Told now and then how much of the log was verified, 0..1. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Writes a pack of evidence from a data folder, beside a gateway that may be running.
 * @throws {SallyportError} `STORE_BROKEN` when there is no log, or one that can't be read; `POLICY_INVALID`; `NOT_FOUND` for a log without
 * a head; `CONFIG_INVALID` when something stands in the folder, or the log says that other policies are in force
 */
export async function makeEvidence(config: Config, ask: EvidenceAsk): Promise<Evidence> {
  if (existsSync(ask.folder) && readdirSync(ask.folder).length > 0) {
    throw new SallyportError('CONFIG_INVALID', { detail: 'the folder of a pack has to be empty' });
  }
  const { detectors, findingTypes } = openInspectors(config, () => '');
  const loaded = loadPolicies(config.policies, findingTypes);
  const files = readPolicyFiles(config.policies);
  if (!loaded.ok || !files.ok) {
    const problems = [loaded, files].flatMap((each) => (each.ok ? [] : each.problems));
    throw new SallyportError('POLICY_INVALID', { detail: problems.map(describeProblem).join('\n') });
  }
  const { signingKey, publicKey } = openInstallKeys(config.data);
  const reader = openRecordReader(config.data);
  try {
    const { ok } = await verifyLog(reader, publicKey, {
      onProgress: (leaves) => ask.onProgress?.(leaves / Math.max(1, reader.size)),
    });
    const pack = openPackFolder(ask.folder);
    return await writePack({
      framework: ask.framework,
      facts: standingFacts({ config, engine: loaded.engine, detectors, findingTypes }),
      policies: new Map(
        (['access', 'guard'] as const).flatMap((set) =>
          files.sources[set].map(({ name, text }) => [`${set}/${name}`, text]),
        ),
      ),
      policySet: loaded.engine.policySet,
      reader,
      verified: ok,
      signingKey,
      publicKey,
      period: ask.period,
      createdAt: new Date().toISOString(),
      version: ask.version,
      files: pack,
      ...(ask.wholeLog && { log: pack.log }),
    });
  } finally {
    await reader.close();
  }
}

export interface EvidenceKeys {
  readonly log: VerifierKey;
  readonly witnesses: readonly VerifierKey[];
  /** Checkpoints of the log that were kept elsewhere. */
  readonly kept: readonly Checkpoint[];
}

/** Checks a pack with nothing but its folder and the keys. */
export function checkEvidence(folder: string, keys: EvidenceKeys): Promise<PackReport> {
  return verifyPack(openPackFolder(folder), { ...keys, policiesHold });
}

/** Whether policies are the set that they are said to be, and answer the probes as it is said. */
function policiesHold({ files, policySet, facts }: PackedPolicies): boolean {
  const { findingTypes, toolSchemas = {}, probes } = facts;
  const sourcesOf = (set: string) =>
    Array.from(files).flatMap(([path, text]) =>
      path.startsWith(`${set}/`) ? [{ name: path.slice(set.length + 1), text }] : [],
    );
  const sources = { access: sourcesOf('access'), guard: sourcesOf('guard') };
  const loaded = loadPolicySets(sources, { findingTypes, toolSchemas });
  return loaded.ok && loaded.engine.policySet === policySet && isDeepStrictEqual(probe(loaded.engine).results, probes);
}

/** The framework of this name, such as `owasp-llm` or `owasp-llm:2026`; the newest where no version is named. */
export function frameworkNamed(name: string): Framework | undefined {
  const fits = builtInFrameworks().filter(({ id, version }) => name === id || name === `${id}:${version}`);
  return fits.sort((a, b) => (a.version < b.version ? -1 : 1)).at(-1);
}
