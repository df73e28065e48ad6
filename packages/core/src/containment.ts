import type { BudgetRefusal } from './budgets.ts';
import type { Principal, Resource } from './decision.ts';
import type { RecordedBy } from './operator-records.ts';
import type { RecordBase } from './recorded-decision.ts';

/**
 * What is done about somebody or something for a time. `isolate`: nothing of it passes. `step-up`: each of its tool calls needs a human.
 * `throttle`: so many exchanges and calls a minute.
 */
export const CONTAINMENT_ACTIONS = ['throttle', 'step-up', 'isolate'] as const;
export type ContainmentAction = (typeof CONTAINMENT_ACTIONS)[number];

/** `principal`: `user/ann`, also where an agent acts for her. `agent`: an agent that asks, and one that stands behind the gateway. */
export const CONTAINED_KINDS = ['principal', 'agent', 'tool', 'model'] as const;
export type ContainedKind = (typeof CONTAINED_KINDS)[number];

/** Who or what is held back. */
export interface Contained {
  readonly kind: ContainedKind;
  readonly name: string;
  /** Of whom: a tenant's principal or agent; of tools and models, whose use of them. Absent: of every tenant. */
  readonly tenant?: string;
}

/** Something held back for a time: it counts until it is released or its time is over. */
export interface Containment {
  /** `iso_` and 20 letters and digits. */
  readonly id: string;
  readonly action: ContainmentAction;
  readonly of: Contained;
  /** Exchanges and calls of tools a minute, of `throttle`. */
  readonly perMinute?: number;
  /** RFC 3339. */
  readonly from: string;
  readonly until: string;
  /** An operator's own words, or what a rule says. */
  readonly reason: string;
  /** Alert whose rule asked for it; absent where an operator did. */
  readonly alert?: string;
}

/** What becomes of a containment. */
export const CONTAINMENT_STEPS = ['begun', 'released', 'expired'] as const;
export type ContainmentStep = (typeof CONTAINMENT_STEPS)[number];

/** What all records of containments stand under, instead of an exchange: together they say what is in force. */
export const CONTAINMENTS_KEY = 'containments';

export interface ContainmentRecord extends RecordBase {
  readonly kind: 'containment';
  readonly step: ContainmentStep;
  readonly containment: Containment;
  /** Who began or ended it; absent for what a rule began, and for one whose time passed. */
  readonly by?: RecordedBy;
  /** Why it was released: the operator's own words. */
  readonly reason?: string;
}

/** What a question may run into. */
export interface ContainmentQuery {
  readonly principal: Principal;
  readonly resource?: Pick<Resource, 'kind' | 'id' | 'groups'>;
  /** Of a tool call: the model that made it; empty where none did. */
  readonly model?: string;
}

/** What is in force now. Synchronous; while nothing is, a question costs one test. */
export interface Containments {
  /** Grows with each that begins or ends, and when the time of one is over. */
  readonly version: number;
  /** Id of the first that does this to whoever asks, or to what they ask for. */
  holding(action: ContainmentAction, query: ContainmentQuery): string | undefined;
  /** Takes one from each throttle that holds; what has no room left is refused. */
  throttled(query: ContainmentQuery): BudgetRefusal | undefined;
}

/** Group of the tools of an agent behind the gateway. */
export const AGENT_GROUP_PREFIX = 'a2a/';
