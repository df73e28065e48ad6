import type { StoredEntity } from '@sallyport/core';
import { ENTITY_SECTIONS, type Entities, entitiesSchema } from '../config/access-schema.ts';
import type { DeepReadonly } from '../config/config.ts';

/** What several places say of the same names, together: lists are added up, and of a single value the later place counts. */
export function mergedEntities(layers: readonly DeepReadonly<Entities>[]): DeepReadonly<Entities> {
  const merged = new Map<string, Map<string, unknown>>();
  for (const layer of layers) {
    for (const [section, entries] of Object.entries(layer)) {
      const into = merged.get(section) ?? new Map<string, unknown>();
      merged.set(section, into);
      for (const [name, entry] of Object.entries(entries)) into.set(name, joined(into.get(name), entry));
    }
  }
  return Object.fromEntries(
    [...merged].map(([section, entries]) => [section, Object.fromEntries(entries)]),
  ) as unknown as DeepReadonly<Entities>;
}

function joined(before: unknown, after: object): object {
  if (typeof before !== 'object' || before === null) return after;
  const was = new Map<string, unknown>(Object.entries(before));
  for (const [option, value] of Object.entries(after)) {
    const old = was.get(option);
    was.set(option, Array.isArray(old) && Array.isArray(value) ? [...new Set([...old, ...value])] : value);
  }
  return Object.fromEntries(was);
}

/** What the admin API was told. An entry that does not fit any more, since a newer release wants another form, is left out and named. */
export function storedEntities(stored: readonly StoredEntity[]): {
  readonly entities: Entities;
  readonly unfit: readonly string[];
} {
  const unfit: string[] = [];
  const fitting = new Map<string, Record<string, unknown>>();
  for (const { section, name, value } of stored) {
    const known = ENTITY_SECTIONS.some((each) => each === section);
    if (!known || !entitiesSchema.safeParse({ [section]: { [name]: value } }).success) unfit.push(`${section}/${name}`);
    else fitting.set(section, { ...fitting.get(section), [name]: value });
  }
  return { entities: entitiesSchema.parse(Object.fromEntries(fitting)), unfit };
}
