import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Principal, SallyportError, type StoredGrant } from '@sallyport/core';
import { loadPolicySets, type PolicyProblem } from '@sallyport/policy';
import { readRecords } from '@sallyport/record';
import { openAccessStore, openKeyStore, openRecordReader } from '@sallyport/stores';
import { readEntitiesFile } from '../../config/access.ts';
import type { Entities } from '../../config/access-schema.ts';
import type { Config, DeepReadonly } from '../../config/index.ts';
import { loadPolicies } from '../../load-policies.ts';
import { findingTypesOf } from '../../open-inspection.ts';
import { fixedGrants } from '../access-room.ts';
import { EntityIndex } from '../entity-index.ts';
import { mergedEntities, storedEntities } from '../merge-entities.ts';
import { StandingDirectory } from '../standing-directory.ts';
import { AccessUsage } from './access-usage.ts';
import { narrowingPolicies, unifiedDiff } from './narrowing-policies.ts';
import { type AccessReview, reviewAccess } from './review-access.ts';

const DAY_MS = 86_400_000;
/** Where in a policy folder the suggestion would stand. */
export const REVIEW_FILE = 'access/review.cedar';

export interface ReviewOptions {
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export type ReviewReport = AccessReview & {
  readonly from: string;
  readonly to: string;
  /** Records of the time that hold decisions. */
  readonly records: number;
  /** Principals and names that there was no room for. */
  readonly dropped: number;
  /** What would be taken away, as Cedar policies of the access set; empty where all was used. */
  readonly policies: string;
  /** The same against the file of that name in the policy folder. */
  readonly diff: string;
};

/**
 * Reviews who may do what against what was done, from a data folder; beside a gateway that may be running. Records are read one by one.
 * @throws {SallyportError} `STORE_BROKEN` where there is no log, or it has a leaf that is no record
 */
export async function openAccessReview(
  config: Config,
  { days, nowMs }: ReviewOptions,
): Promise<ReviewReport | { readonly problems: readonly PolicyProblem[] }> {
  const loaded = loadPolicies(config.policies, findingTypesOf(config));
  if (!loaded.ok) return { problems: loaded.problems };
  const from = new Date(nowMs - days * DAY_MS).toISOString();
  const usage = await usageSince(config.data, from);
  const { entities, grants } = kept(config);
  const index = new EntityIndex(entities, config.access.registry);
  const open = grants.filter(({ revokedAt }) => revokedAt === undefined);
  const review = reviewAccess(usage, {
    config,
    engine: loaded.engine,
    directory: new StandingDirectory({ index, grants: () => open, dateMs: () => nowMs }),
    known: {
      tools: Object.keys(entities.tools).filter((name) => !name.includes('*')),
      dataSources: Object.keys(entities.dataSources),
    },
    principals: [...keyHolders(config), ...principalsOf(entities)],
    grants: open,
    earlier: new Set(loaded.engine.policies.filter(({ at }) => at.file === REVIEW_FILE).map(({ id }) => id)),
    nowMs,
  });
  const policies = narrowingPolicies(review.principals);
  checkLoads(policies);
  const diff = unifiedDiff(REVIEW_FILE, standing(config), policies);
  const { records, dropped } = usage;
  return { ...review, from, to: new Date(nowMs).toISOString(), records, dropped, policies, diff };
}

async function usageSince(data: string, from: string): Promise<AccessUsage> {
  const usage = new AccessUsage(from);
  const reader = openRecordReader(data);
  try {
    for (const { record } of readRecords(reader)) usage.add(record);
  } finally {
    await reader.close();
  }
  return usage;
}

function kept({ data, access }: Config): {
  readonly entities: DeepReadonly<Entities>;
  readonly grants: readonly StoredGrant[];
} {
  const store = openAccessStore(data);
  try {
    const filed =
      access.entitiesFile === undefined ? undefined : readEntitiesFile(access.entitiesFile, access.maxGrantDays);
    const layers = [access.entities, ...(filed !== undefined && 'entities' in filed ? [filed.entities] : [])];
    const entities = mergedEntities([...layers, storedEntities(store.entities()).entities]);
    return { entities, grants: [...fixedGrants(entities), ...store.grants()] };
  } finally {
    store.close();
  }
}

function keyHolders({ data, keys }: Config): readonly Principal[] {
  const store = openKeyStore(data);
  try {
    const live = store.list().filter(({ revokedAt }) => revokedAt === undefined);
    return [...live.map(({ principal }) => principal), ...keys.map(({ principal }) => principal)];
  } finally {
    store.close();
  }
}

function principalsOf({ principals }: DeepReadonly<Entities>): readonly Principal[] {
  return Object.entries(principals).flatMap(([name, { tenant }]) => {
    const [kind, ...id] = name.split('/');
    if (tenant === '*' || (kind !== 'user' && kind !== 'service' && kind !== 'agent')) return [];
    return [{ kind, id: id.join('/'), tenant, groups: [] }];
  });
}

function standing({ policies: { folder } }: Config): string | undefined {
  const file = folder === undefined ? undefined : join(folder, REVIEW_FILE);
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** A suggestion that could not be put into force would be none. */
function checkLoads(text: string): void {
  if (text === '') return;
  const loaded = loadPolicySets({ access: [{ name: 'review.cedar', text }], guard: [] }, { findingTypes: [] });
  if (loaded.ok) return;
  throw new SallyportError('INTERNAL', { detail: `the policies of the review: ${loaded.problems[0]?.message}` });
}
