import type { AccessAction, AuditRecord, Principal, RecordedDecision } from '@sallyport/core';
import { NO_NAME } from '@sallyport/core';

/** What is reviewed: the actions by which something is used, and what of each is counted. */
export const REVIEWED = {
  'use-model': 'models',
  'call-tool': 'tools',
  'read-data': 'dataSources',
  'pass-uninspected': 'uninspected',
} as const satisfies Partial<Record<AccessAction, string>>;
export type ReviewedKind = (typeof REVIEWED)[keyof typeof REVIEWED];
export const REVIEWED_KINDS = Object.values(REVIEWED);

/** Principals that are told apart, and names of one kind; of more, the report says that there were some. */
export const REVIEWED_PRINCIPALS_MAX = 10_000;
export const REVIEWED_NAMES_MAX = 1_000;

export interface Use {
  readonly count: number;
  /** RFC 3339. */
  readonly last: string;
}

export interface PrincipalUse {
  readonly principal: Principal;
  readonly used: Readonly<Record<ReviewedKind, ReadonlyMap<string, Use>>>;
}

type Counting = { readonly principal: Principal; readonly used: Record<ReviewedKind, Map<string, Use>> };

/** Adds up what principals did: from the decisions of a log, one record at a time. Memory grows with names, not with records. */
export class AccessUsage {
  readonly #from: string;
  readonly #principals = new Map<string, Counting>();
  readonly #grants = new Map<string, Use>();
  #dropped = 0;
  records = 0;

  /** @param from RFC 3339, UTC: what was before does not count */
  constructor(from: string) {
    this.#from = from;
  }

  add(record: AuditRecord): void {
    // What operators read of content under lock is no use that an exchange made.
    if (record.at < this.#from || !('decisions' in record) || record.kind === 'content') return;
    // Nobody meant what a drill asks for: a grant that drills alone use is not used.
    if (record.principal === undefined || ('drill' in record && record.drill !== undefined)) return;
    this.records += 1;
    const counting = this.#of(record.principal);
    if (counting === undefined) return;
    for (const decision of record.decisions) {
      this.#count(counting, decision, { at: record.at, resource: record.resource?.id });
    }
  }

  get principals(): readonly PrincipalUse[] {
    return [...this.#principals.values()];
  }

  /** Grants that let something through, by id. */
  get grants(): ReadonlyMap<string, Use> {
    return this.#grants;
  }

  /** Principals and names that there was no room for. */
  get dropped(): number {
    return this.#dropped;
  }

  #of(principal: Principal): Counting | undefined {
    const key = principalKey(principal);
    const known = this.#principals.get(key);
    if (known !== undefined) return known;
    if (this.#principals.size >= REVIEWED_PRINCIPALS_MAX) {
      this.#dropped += 1;
      return undefined;
    }
    const used = { models: new Map(), tools: new Map(), dataSources: new Map(), uninspected: new Map() };
    const made = { principal, used };
    this.#principals.set(key, made);
    return made;
  }

  #count(
    { used }: Counting,
    recorded: RecordedDecision,
    { at, resource }: { readonly at: string; readonly resource: string | undefined },
  ): void {
    if (recorded.kind !== 'access' || recorded.decision.verdict !== 'allow') return;
    const { action, context } = recorded.question;
    const grant = context.grant;
    if (grant !== undefined) this.#grants.set(grant, added(this.#grants.get(grant), at));
    if (!isReviewed(action)) return;
    const id = recorded.question.resource?.id ?? resource;
    if (id === undefined || id === NO_NAME) return;
    const names = used[REVIEWED[action]];
    if (!names.has(id) && names.size >= REVIEWED_NAMES_MAX) this.#dropped += 1;
    else names.set(id, added(names.get(id), at));
  }
}

function isReviewed(action: AccessAction): action is keyof typeof REVIEWED {
  return action in REVIEWED;
}

function added(use: Use | undefined, at: string): Use {
  return use === undefined ? { count: 1, last: at } : { count: use.count + 1, last: at > use.last ? at : use.last };
}

/** Names a principal among those of all tenants. */
export function principalKey({ tenant, kind, id }: Pick<Principal, 'tenant' | 'kind' | 'id'>): string {
  return JSON.stringify([tenant, kind, id]);
}
