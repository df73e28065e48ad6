import {
  BoundedCache,
  fitsPattern,
  type IdentityState,
  type Principal,
  type ProviderRegistration,
  type Resource,
} from '@sallyport/core';
import type { DataSourceEntity, Entities } from '../config/access-schema.ts';
import type { DeepReadonly } from '../config/config.ts';
import { folded, registeredKey } from './source-keys.ts';

/** Names that are remembered; longer ones are looked up each time. */
const REMEMBERED = { maxEntries: 10_000, maxWeight: 1_000_000 };

/** A data source, as it is asked about and as it is reached. */
export interface KnownSource {
  readonly resource: Resource;
  readonly entity: DeepReadonly<DataSourceEntity>;
}

/** Entities made ready to be looked up by name. Made anew when they change. */
export class EntityIndex {
  readonly #groups: ReadonlyMap<string, readonly string[]>;
  readonly #entities: DeepReadonly<Entities>;
  readonly #registry: Readonly<Record<string, ProviderRegistration>>;
  readonly #members = new WeakMap<Principal, Principal>();
  readonly #models = new BoundedCache<Resource>(REMEMBERED);
  readonly #tools = new BoundedCache<readonly string[]>(REMEMBERED);
  readonly #byKey = new Map<string, KnownSource[]>();
  readonly sources: readonly KnownSource[];

  constructor(entities: DeepReadonly<Entities>, registry: Readonly<Record<string, ProviderRegistration>>) {
    this.#entities = entities;
    this.#registry = registry;
    this.#groups = ancestorsOf(entities.groups);
    this.sources = Object.entries(entities.dataSources).map(([id, entity]) => ({
      entity,
      resource: { kind: 'data-source', id, registered: true, groups: this.#within(entity.groups) },
    }));
    for (const source of this.sources) {
      for (const id of new Set([folded(source.resource.id), ...source.entity.ids.map(registeredKey)])) {
        const others = this.#byKey.get(id);
        if (others === undefined) this.#byKey.set(id, [source]);
        else others.push(source);
      }
    }
  }

  member(principal: Principal): Principal {
    let member = this.#members.get(principal);
    if (member === undefined) {
      const { kind, onBehalfOf } = principal;
      member = {
        ...principal,
        groups: this.#groupsOf(`${kind}/${principal.id}`, principal),
        ...(onBehalfOf && {
          onBehalfOf: { ...onBehalfOf, groups: this.#groupsOf(`user/${onBehalfOf.id}`, onBehalfOf) },
        }),
      };
      this.#members.set(principal, member);
    }
    return member;
  }

  /** @param identity whether it is still the model that was approved: where that changes, so does the resource */
  model(id: string, provider: string | undefined, identity?: IdentityState): Resource {
    const key = `${provider ?? ''} ${identity ?? ''} ${id}`;
    let model = this.#models.get(key);
    if (model === undefined) {
      const registration =
        provider !== undefined && Object.hasOwn(this.#registry, provider) ? this.#registry[provider] : undefined;
      model = {
        kind: 'model',
        id,
        ...(provider !== undefined && { provider }),
        ...(registration && { registration }),
        ...(identity && { identity }),
        groups: this.#fitting(this.#entities.models, id),
      };
      this.#models.set(key, model, key.length);
    }
    return model;
  }

  toolGroups(tool: string): readonly string[] {
    let groups = this.#tools.get(tool);
    if (groups === undefined) {
      groups = this.#fitting(this.#entities.tools, tool);
      this.#tools.set(tool, groups, tool.length + 1);
    }
    return groups;
  }

  /** Sources of any of these keys, each once. */
  withKeys(keys: Iterable<string>): readonly KnownSource[] {
    const found = new Set<KnownSource>();
    for (const key of keys) for (const source of this.#byKey.get(key) ?? []) found.add(source);
    return [...found];
  }

  /** Every key under which a source is known, with the sources. */
  get keys(): ReadonlyMap<string, readonly KnownSource[]> {
    return this.#byKey;
  }

  #groupsOf(name: string, { tenant, groups }: Pick<Principal, 'tenant' | 'groups'>): readonly string[] {
    const { principals, tenants } = this.#entities;
    const entry = Object.hasOwn(principals, name) ? principals[name] : undefined;
    const own = entry !== undefined && (entry.tenant === '*' || entry.tenant === tenant) ? entry.groups : [];
    const shared = Object.hasOwn(tenants, tenant) ? (tenants[tenant]?.groups ?? []) : [];
    return this.#within([...groups, ...own, ...shared]);
  }

  #fitting(entries: Readonly<Record<string, { readonly groups: readonly string[] }>>, name: string): readonly string[] {
    return this.#within(
      Object.entries(entries).flatMap(([pattern, { groups }]) => (fitsPattern(pattern, name) ? groups : [])),
    );
  }

  /** These groups, and all that they are a part of. */
  #within(groups: readonly string[]): readonly string[] {
    if (groups.length === 0) return groups;
    return [...new Set(groups.flatMap((group) => [group, ...(this.#groups.get(group) ?? [])]))];
  }
}

/** Of each group all above it; a group above itself changes nothing. */
function ancestorsOf(groups: DeepReadonly<Entities>['groups']): ReadonlyMap<string, readonly string[]> {
  const parentsOf = (group: string) => (Object.hasOwn(groups, group) ? (groups[group]?.parents ?? []) : []);
  return new Map(
    Object.keys(groups).map((group) => {
      const above = new Set<string>(parentsOf(group));
      for (const each of above) for (const parent of parentsOf(each)) above.add(parent);
      return [group, [...above]];
    }),
  );
}
