import {
  type AlertRecord,
  type AuditRecord,
  type Category,
  type Containment,
  foundCategories,
  ownerName,
  ownerOf,
  type Principal,
  type RecordedDecision,
  type SignalRecord,
} from '@sallyport/core';

/** What is told of a record to whoever watches: who, what and how it was decided; all of it stands in the record, and none of it is content. */
export interface LiveEvent {
  /** `signal.changed` for what moved; else the kind of the record. */
  readonly kind: 'signal.changed' | Exclude<AuditRecord['kind'], 'signal'>;
  readonly at: string;
  readonly exchange: string;
  readonly tenant?: string;
  readonly principal?: string;
  readonly session?: string;
  readonly drill?: string;
  readonly route?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly tool?: string;
  readonly effect?: string;
  readonly outcome?: string;
  readonly fault?: string;
  readonly step?: string;
  /** Findings by category. */
  readonly findings?: Readonly<Partial<Record<Category, number>>>;
  /** Policies that held and were enforced. */
  readonly policies?: readonly string[];
  readonly ms?: number;
  /** Of `alert`: which rule, how grave, and what it is about. */
  readonly alert?: LiveAlert;
  /** Of `containment`. */
  readonly containment?: Containment;
  /** Of `signal.changed`. */
  readonly signal?: LiveSignal;
}

/** What moved, of what, since when and how sure it is. */
export type LiveSignal = Omit<SignalRecord, 'v' | 'kind' | 'exchange' | 'at' | 'step' | 'shortened' | 'tenant'>;

export type LiveAlert = Pick<AlertRecord, 'alert' | 'rule' | 'severity' | 'about' | 'evidence'>;

/** Policies that one event names at most. */
const POLICIES_MAX = 8;

/** Cost: 1 us. */
export function liveEvent(record: AuditRecord): LiveEvent {
  const { at, exchange } = record;
  switch (record.kind) {
    case 'signal': {
      const { v: _v, kind: _kind, exchange: _id, at: _at, step: _step, tenant, ...signal } = record;
      return { kind: 'signal.changed', at, exchange, ...(tenant && { tenant }), signal };
    }
    case 'alert': {
      const { kind, step, alert, rule, severity, about, evidence } = record;
      const { tenant } = about;
      const told = { alert, rule, severity, about, ...(evidence && { evidence }) };
      return { kind, at, exchange, ...(tenant && { tenant }), step, alert: told };
    }
    case 'containment': {
      const { kind, step, containment } = record;
      const { tenant } = containment.of;
      return { kind, at, exchange, ...(tenant && { tenant }), step, containment };
    }
    case 'opened':
    case 'decided':
    case 'closed': {
      const { kind, effect, principal, session, drill, request, decisions } = record;
      return {
        kind,
        at,
        exchange,
        ...whose(principal),
        ...(session && { session: session.id }),
        ...(drill && { drill }),
        ...(request && { route: request.route, ...(request.model !== '' && { model: request.model }) }),
        ...ownOf(record),
        effect,
        ...judged(decisions),
      };
    }
    default: {
      const { kind } = record;
      const { step, action, outcome, fault, tool, principal, provider, model } = record as Partial<{
        readonly step: string;
        readonly action: string;
        readonly outcome: string;
        readonly fault: string;
        readonly tool: string;
        readonly provider: string;
        readonly model: string;
        readonly principal: Principal;
      }>;
      return {
        kind,
        at,
        exchange,
        ...whose(principal),
        ...((step ?? action) && { step: step ?? action }),
        ...(outcome && { outcome }),
        ...(fault && { fault }),
        ...(tool && { tool }),
        ...(provider && { provider }),
        ...(model && { model }),
      };
    }
  }
}

function ownOf(record: Extract<AuditRecord, { kind: 'opened' | 'decided' | 'closed' }>): Partial<LiveEvent> {
  if (record.kind === 'decided') return { tool: record.tool };
  const { fault } = record;
  const provider = record.kind === 'opened' ? record.provider : record.upstream?.provider;
  return {
    ...(fault && { fault }),
    ...(provider && { provider }),
    ...(record.kind === 'closed' && { outcome: record.outcome, ms: record.ms.total }),
  };
}

function whose(principal: Principal | undefined): Pick<LiveEvent, 'tenant' | 'principal'> {
  if (principal === undefined) return {};
  return { tenant: principal.tenant, principal: ownerName(ownerOf(principal)) };
}

function judged(decisions: readonly RecordedDecision[]): Pick<LiveEvent, 'findings' | 'policies'> {
  const findings = foundCategories(decisions);
  let policies: Set<string> | undefined;
  for (const recorded of decisions) {
    for (const policy of recorded.decision.policies) {
      policies ??= new Set();
      if (policies.size < POLICIES_MAX) policies.add(policy);
    }
  }
  const found = Object.keys(findings).length > 0;
  return { ...(found && { findings }), ...(policies && { policies: [...policies] }) };
}
