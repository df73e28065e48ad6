import { readEntities, textOf } from '../config/access.ts';
import type { AccessConfig } from '../config/config.ts';
import { fixedGrants } from './access-room.ts';
import { EntityIndex } from './entity-index.ts';
import { mergedEntities } from './merge-entities.ts';
import { StandingDirectory } from './standing-directory.ts';

/**
 * Who is who and what is what as files say it: without what the admin API was told, which only the data folder has. A file of entities
 * that cannot be read says nothing.
 */
export function openDirectory({ entities, entitiesFile, maxGrantDays, registry }: AccessConfig): StandingDirectory {
  const read =
    entitiesFile === undefined ? undefined : readEntities(textOf(entitiesFile), { path: entitiesFile, maxGrantDays });
  const filed = read !== undefined && 'entities' in read ? [read.entities] : [];
  const merged = mergedEntities([entities, ...filed]);
  const grants = fixedGrants(merged);
  return new StandingDirectory({ index: new EntityIndex(merged, registry), grants: () => grants, dateMs: Date.now });
}
