import type { AccessDirectory, Grant, ProviderRegistration } from '@sallyport/core';
import type { z } from 'zod';
import { EntityIndex } from '../access/entity-index.ts';
import { StandingDirectory } from '../access/standing-directory.ts';
import { entitiesSchema } from '../config/access-schema.ts';

export interface DirectoryOptions {
  readonly grants?: readonly Grant[];
  readonly registry?: Readonly<Record<string, ProviderRegistration>>;
  /** Milliseconds since 1970. */
  readonly dateMs?: () => number;
}

/** A directory of what a test says. */
export function directoryOf(
  entities: z.input<typeof entitiesSchema>,
  { grants = [], registry = {}, dateMs = () => 0 }: DirectoryOptions = {},
): AccessDirectory {
  const index = new EntityIndex(entitiesSchema.parse(entities), registry);
  return new StandingDirectory({ index, grants: () => grants, dateMs });
}

export function emptyDirectory(): AccessDirectory {
  return directoryOf({});
}
