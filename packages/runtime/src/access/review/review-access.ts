import {
  type AccessAction,
  type AccessDirectory,
  type AccessQuestion,
  completed,
  fitsAny,
  type Grant,
  type PolicyEngine,
  type Principal,
  type Resource,
} from '@sallyport/core';
import { type Config, namedModels } from '../../config/index.ts';
import {
  type AccessUsage,
  type PrincipalUse,
  principalKey,
  REVIEWED_KINDS,
  type ReviewedKind,
  type Use,
} from './access-usage.ts';

/** What a principal may do now, what it did, and what of it could be taken away. */
export interface PrincipalReview {
  readonly principal: Principal;
  readonly used: Readonly<Record<ReviewedKind, Readonly<Record<string, Use>>>>;
  /** What it may and did not. */
  readonly unused: Readonly<Record<ReviewedKind, readonly string[]>>;
  /** What it did not use before either, so that an earlier review took it away. */
  readonly taken: Readonly<Record<ReviewedKind, readonly string[]>>;
}

export interface GrantReview extends Grant {
  /** Absent: it let nothing through. */
  readonly used?: Use;
}

export interface AccessReview {
  readonly principals: readonly PrincipalReview[];
  /** Grants that are not over. */
  readonly grants: readonly GrantReview[];
}

export interface ReviewParts {
  readonly config: Pick<Config, 'routes'>;
  readonly engine: PolicyEngine;
  readonly directory: AccessDirectory;
  /** Names of tools and data sources beside those of the records. */
  readonly known: { readonly tools: readonly string[]; readonly dataSources: readonly string[] };
  /** Those that might do something, beside those of the records. */
  readonly principals: readonly Principal[];
  readonly grants: readonly Grant[];
  /** Ids of the policies of an earlier review: what they alone keep from somebody would be permitted without them. */
  readonly earlier: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

interface Asked {
  readonly kind: ReviewedKind;
  readonly id: string;
  /** The same in every place in which it could be asked for: one that is permitted is enough. */
  readonly questions: readonly Omit<AccessQuestion, 'principal'>[];
}

/**
 * Compares what is granted with what was used. Every principal is asked about everything that configuration, directory and records
 * name: what policies say of other names is not seen here.
 * Cost: an access decision for each principal, name and route.
 */
export function reviewAccess(usage: AccessUsage, parts: ReviewParts): AccessReview {
  const people = new Map(
    parts.principals.map((principal): [string, PrincipalUse | Principal] => [principalKey(principal), principal]),
  );
  for (const one of usage.principals) people.set(principalKey(one.principal), one);
  const asked = everything(usage, parts);
  const principals = Array.from(people.values(), (one) =>
    reviewOf('used' in one ? one : { principal: one, used: NOTHING }, asked, parts),
  );
  const open = parts.grants.filter(({ until }) => Date.parse(until) > parts.nowMs);
  return {
    principals: principals.sort((a, b) => (principalKey(a.principal) < principalKey(b.principal) ? -1 : 1)),
    grants: open.map((grant) => {
      const used = usage.grants.get(grant.id);
      return { ...grant, ...(used && { used }) };
    }),
  };
}

const NOTHING: PrincipalUse['used'] = {
  models: new Map(),
  tools: new Map(),
  dataSources: new Map(),
  uninspected: new Map(),
};

function reviewOf({ principal, used }: PrincipalUse, asked: readonly Asked[], parts: ReviewParts): PrincipalReview {
  // As it would be known at the door now: groups that it has lost since do not count.
  const member = parts.directory.member(principal);
  const [unused, taken] = [byKind<string[]>(() => []), byKind<string[]>(() => [])];
  for (const { kind, id, questions } of asked) {
    if (used[kind].has(id)) continue;
    const decisions = questions.map((question) => {
      const { context, ...whole } = completed({ principal: member, ...question }, parts.directory);
      // What a grant lets through ends by itself, and is listed with the grants.
      const { grant: _ends, ...standing } = context;
      return parts.engine.access({ ...whole, context: standing });
    });
    if (decisions.some(({ verdict }) => verdict === 'allow')) unused[kind].push(id);
    else if (
      decisions.some(({ policies }) => policies.length > 0 && policies.every((policy) => parts.earlier.has(policy)))
    ) {
      taken[kind].push(id);
    }
  }
  const { models, tools, dataSources, uninspected } = used;
  return {
    principal: member,
    used: {
      models: Object.fromEntries(models),
      tools: Object.fromEntries(tools),
      dataSources: Object.fromEntries(dataSources),
      uninspected: Object.fromEntries(uninspected),
    },
    unused,
    taken,
  };
}

function everything(usage: AccessUsage, { config, directory, known }: ReviewParts): readonly Asked[] {
  const names = byKind<Set<string>>(() => new Set());
  for (const model of namedModels(config)) names.models.add(model);
  for (const tool of known.tools) names.tools.add(tool);
  for (const source of known.dataSources) names.dataSources.add(source);
  if (config.routes.some(({ uninspected }) => uninspected === 'pass')) names.uninspected.add('uninspected');
  for (const { used } of usage.principals) {
    for (const kind of REVIEWED_KINDS) for (const id of used[kind].keys()) names[kind].add(id);
  }
  const places = config.routes.map(({ name, protocols }) => ({ route: name, protocol: protocols[0] ?? '' }));
  const anywhere = (action: AccessAction, resource: Resource) =>
    places.map((context) => ({ action, resource, context }));
  const models = (id: string, action: AccessAction) =>
    config.routes.flatMap(({ name, protocols, providers, models: patterns }) =>
      action === 'use-model' && !fitsAny(patterns, id)
        ? []
        : providers.map((provider) => ({
            action,
            resource: directory.model(id, provider),
            context: { route: name, protocol: protocols[0] ?? '' },
          })),
    );
  return [
    ...Array.from(names.models, (id) => ({ kind: 'models' as const, id, questions: models(id, 'use-model') })),
    ...Array.from(names.tools, (id) => {
      const resource = { kind: 'tool', id, groups: directory.toolGroups(id) } as const;
      return { kind: 'tools' as const, id, questions: anywhere('call-tool', resource) };
    }),
    ...Array.from(names.dataSources, (id) => ({
      kind: 'dataSources' as const,
      id,
      questions: directory.sources([{ kind: 'known', id }]).flatMap((resource) => anywhere('read-data', resource)),
    })),
    ...Array.from(names.uninspected, (id) => ({
      kind: 'uninspected' as const,
      id,
      questions: models(id, 'pass-uninspected'),
    })),
  ];
}

function byKind<T>(make: () => T): Record<ReviewedKind, T> {
  return { models: make(), tools: make(), dataSources: make(), uninspected: make() };
}
