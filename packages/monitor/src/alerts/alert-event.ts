import {
  type AlertAbout,
  type AuditRecord,
  type Effect,
  type FoundCategory,
  foundCategories,
  type Principal,
  type RecordedDecision,
  type SignalRecord,
} from '@sallyport/core';
import { readRecord, type Sighting } from '../signals/read-record.ts';
import { RATE_SIGNALS } from '../signals/signal.ts';
import type { AlertCount } from './alert-rule.ts';

/** What one record says for alert rules: names, numbers and how it was decided, never content. */
export interface AlertEvent {
  readonly atMs: number;
  /** Exchanges that it is about, the newest last. */
  readonly exchanges: readonly string[];
  readonly about: AlertAbout;
  readonly effect?: Effect;
  readonly findings: Readonly<Partial<Record<FoundCategory, number>>>;
  /** In which the findings stand; of what is found over many exchanges none. */
  readonly decisions: readonly RecordedDecision[];
  readonly counts: Readonly<Partial<Record<AlertCount, number>>>;
  /** How far a signal moved; absent where none did. */
  readonly strength?: number;
}

/** Nothing for what operators do, for alerts themselves, and for drills: nobody meant them. Cost: 2 us. */
export function alertEvent(record: AuditRecord): AlertEvent | undefined {
  if (record.kind === 'signal') return signalEvent(record);
  if ('drill' in record && record.drill !== undefined) return undefined;
  if (record.kind === 'approval') {
    if (record.step !== 'asked') return undefined;
    const about = { ...whose(record.principal), tool: record.tool };
    return { ...base(record), about, findings: {}, decisions: [], counts: { approval: 1 } };
  }
  if (record.kind !== 'opened' && record.kind !== 'decided' && record.kind !== 'closed') return undefined;
  const { principal, request, session, resource, effect } = record;
  const findings = foundCategories(record.decisions);
  const tool = record.kind === 'decided' ? record.tool : resource?.kind === 'tool' ? resource.id : undefined;
  const provider =
    record.kind === 'opened' ? record.provider : record.kind === 'closed' ? record.upstream?.provider : undefined;
  return {
    ...base(record),
    about: {
      ...(principal && whose(principal)),
      ...(request && { route: request.route, ...(request.model !== '' && { model: request.model }) }),
      ...(provider !== undefined && { provider }),
      ...(tool !== undefined && { tool }),
      ...(session && { session: session.id }),
    },
    effect,
    findings,
    decisions: record.decisions,
    counts: countsOf(readRecord(record), findings),
  };
}

function base({ at, exchange }: Pick<AuditRecord, 'at' | 'exchange'>): Pick<AlertEvent, 'atMs' | 'exchanges'> {
  return { atMs: Date.parse(at), exchanges: [exchange] };
}

function whose({ tenant, kind, id }: Principal): AlertAbout {
  return { tenant, principal: `${kind}/${id}` };
}

function countsOf(sighting: Sighting | undefined, found: AlertEvent['findings']): AlertEvent['counts'] {
  const counts: Partial<Record<AlertCount, number>> = {};
  const findings = Object.values(found).reduce((sum, count) => sum + count, 0);
  if (findings > 0) counts.finding = findings;
  if (sighting?.call !== undefined) counts.call = 1;
  const { end } = sighting ?? {};
  if (end === undefined) return counts;
  counts.exchange = end.count;
  for (const [at, signal] of RATE_SIGNALS.entries()) if (end.hits[at] === true) counts[signal] = end.count;
  return counts;
}

/** A series is named by what it is about; a principal's by tenant, kind and id. */
function signalEvent(record: SignalRecord): AlertEvent {
  const { at, signal, category, scope, name, tenant, strength, moved = [], exchanges } = record;
  const news = signal.startsWith('new-') ? moved[0]?.kind : undefined;
  const about: AlertAbout = {
    signal,
    ...(category !== undefined && { category }),
    name: news ?? name,
    ...(tenant !== undefined && { tenant }),
    ...(isNamed(scope) && { [scope]: name }),
    ...((scope === 'principal' || scope === 'agent') && { principal: principalIn(name) }),
    ...(signal === 'new-tool' && news !== undefined && { tool: news }),
  };
  // Of what is found over many exchanges nothing was decided: it has no effect.
  const findings = category === undefined ? {} : { [category]: 1 };
  const counts = category === undefined ? {} : { finding: 1 };
  const seen = { atMs: Date.parse(at), exchanges: [...exchanges].reverse() };
  return { ...seen, about, findings, decisions: [], counts, strength };
}

function isNamed(scope: string): boolean {
  return scope === 'model' || scope === 'provider' || scope === 'route' || scope === 'tool';
}

function principalIn(name: string): string {
  const [, kind = '', id = ''] = name.split('/').map((part) => part.replaceAll('%2F', '/').replaceAll('%25', '%'));
  return `${kind}/${id}`;
}
