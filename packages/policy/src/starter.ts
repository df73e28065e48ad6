import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FolderReading, readPolicyFolder } from './policy-folder.ts';
import { POLICY_SETS, type PolicySource } from './statement.ts';

/**
 * The sets that come with the product. `baseline` is in force until somebody says otherwise; `strict` is for regulated data,
 * `coding-agent` for agents that run commands and write files.
 */
export const STARTER_PACKS = ['baseline', 'strict', 'coding-agent'] as const;
export type StarterPack = (typeof STARTER_PACKS)[number];

/** Where the packs lie, beside src and dist. */
const STARTER = fileURLToPath(new URL('../starter/', import.meta.url));

/** A pack's own folder: `access/`, `guard/` and `tests/`. Packs beside `baseline` hold only what they say otherwise or besides. */
export function starterFolder(pack: StarterPack): string {
  return join(STARTER, pack);
}

/** The policies of a pack, whole: those of `baseline`, of which its own files replace those of the same name. */
export function readStarterPack(pack: StarterPack): FolderReading {
  const baseline = readPolicyFolder(starterFolder('baseline'));
  if (pack === 'baseline' || !baseline.ok) return baseline;
  const own = readPolicyFolder(starterFolder(pack));
  if (!own.ok) return own;
  const [access, guard] = POLICY_SETS.map((set) => replaced(baseline.sources[set], own.sources[set]));
  return { ok: true, sources: { access: access ?? [], guard: guard ?? [] }, digests: new Map() };
}

function replaced(sources: readonly PolicySource[], own: readonly PolicySource[]): readonly PolicySource[] {
  const names = new Set(own.map(({ name }) => name));
  return [...sources.filter(({ name }) => !names.has(name)), ...own];
}
