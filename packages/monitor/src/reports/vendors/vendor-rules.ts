import type {
  AuditRecord,
  IdentityRecord,
  IdentityState,
  ProviderRegistration,
  RecordedDecision,
  Resource,
} from '@sallyport/core';
import { CountedNames } from '../../sketch/counted-names.ts';

/** Policies of one model that are told apart. */
export const VENDOR_POLICIES_MAX = 50;

/** What speaks against the use of a model, as far as the log can show it. */
export const CONCERNS = [
  'provider-unregistered',
  'registration-unseen',
  'region-unknown',
  'retention-unknown',
  'training-unknown',
  'trains-on-data',
  'provider-unapproved',
  'no-own-guardrails',
  'model-unfollowed',
  'model-unapproved',
  'model-warned',
  'model-changed',
  'forbidden-to-some',
  'forbidden-to-all',
] as const;
export type Concern = (typeof CONCERNS)[number];

/** What access policies said of requests for a model in the period. */
export interface VendorRules {
  readonly permitted: number;
  readonly forbidden: number;
  /** By the policies that forbade it; none where nothing permitted it. */
  readonly forbiddenBy: Readonly<Record<string, number>>;
  readonly concerns: readonly Concern[];
}

/** How the identity of a model stands at the end of the period. */
export interface VendorIdentity {
  readonly state: IdentityState;
  readonly since: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
}

/** `undefined`: no record of it. `unregistered`: it was asked about, and nothing stood in the registry. */
export type SeenRegistration = ProviderRegistration | 'unregistered' | undefined;

/** Counts what policies said of the use of one model. */
export class RuleCounts {
  readonly #forbiddenBy = new CountedNames(VENDOR_POLICIES_MAX);
  #permitted = 0;
  #forbidden = 0;

  take({ decision }: RecordedDecision): void {
    if (decision.verdict === 'allow') {
      this.#permitted += 1;
      return;
    }
    this.#forbidden += 1;
    for (const policy of decision.policies) this.#forbiddenBy.add(policy);
  }

  report(registration: SeenRegistration, identity: VendorIdentity | undefined): VendorRules {
    return {
      permitted: this.#permitted,
      forbidden: this.#forbidden,
      forbiddenBy: Object.fromEntries(this.#forbiddenBy.entries()),
      concerns: [...concernsOfProvider(registration), ...concernsOfModel(identity), ...this.#concerns()],
    };
  }

  #concerns(): readonly Concern[] {
    if (this.#forbidden === 0) return [];
    return [this.#permitted === 0 ? 'forbidden-to-all' : 'forbidden-to-some'];
  }
}

function concernsOfProvider(registration: SeenRegistration): readonly Concern[] {
  if (registration === undefined) return ['registration-unseen'];
  if (registration === 'unregistered') return ['provider-unregistered'];
  const { region, retentionDays, trainsOnData, approvedBy, guardrails } = registration;
  return [
    ...(region === undefined ? (['region-unknown'] as const) : []),
    ...(retentionDays === undefined ? (['retention-unknown'] as const) : []),
    ...(trainsOnData === undefined ? (['training-unknown'] as const) : []),
    ...(trainsOnData === true ? (['trains-on-data'] as const) : []),
    ...(approvedBy === undefined ? (['provider-unapproved'] as const) : []),
    ...(guardrails.length === 0 ? (['no-own-guardrails'] as const) : []),
  ];
}

function concernsOfModel(identity: VendorIdentity | undefined): readonly Concern[] {
  switch (identity?.state) {
    case undefined:
      return ['model-unfollowed'];
    case 'approved':
      return [];
    case 'watching':
      return ['model-unapproved'];
    case 'warned':
      return identity?.approvedBy === undefined ? ['model-unapproved', 'model-warned'] : ['model-warned'];
    case 'changed':
      return ['model-changed'];
  }
}

export function identityOf({ state, since, approvedBy, approvedAt }: IdentityRecord): VendorIdentity {
  return {
    state,
    since,
    ...(approvedBy !== undefined && { approvedBy }),
    ...(approvedAt !== undefined && { approvedAt }),
  };
}

/** Models that policies were asked about in a record, each with what they said: access to them, and no more. */
export function modelRulings(
  record: AuditRecord,
): readonly { readonly resource: Resource; readonly recorded: RecordedDecision }[] {
  if (record.kind !== 'opened' && record.kind !== 'closed') return NONE;
  const found: { resource: Resource; recorded: RecordedDecision }[] = [];
  for (const recorded of record.decisions) {
    if (recorded.kind !== 'access' || recorded.question.action !== 'use-model') continue;
    const resource = recorded.question.resource ?? record.resource;
    if (resource?.kind === 'model' && resource.provider !== undefined) found.push({ resource, recorded });
  }
  return found;
}

const NONE: readonly never[] = [];
