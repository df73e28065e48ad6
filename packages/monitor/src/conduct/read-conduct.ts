import type { AuditRecord, ClosedRecord } from '@sallyport/core';
import { isRefused } from '../signals/is-refused.ts';
import { whoOf } from '../signals/read-record.ts';
import type { SeriesName } from '../signals/signal.ts';

interface Happened {
  readonly atMs: number;
  readonly exchange: string;
  readonly who: SeriesName;
}

/** A query, by its sketch, in a request, by its keyed fingerprint. */
export interface AskedEvent extends Happened {
  readonly kind: 'asked';
  readonly sketch: string | undefined;
  readonly body: string | undefined;
}

/** An exchange ended. */
export interface EndedEvent extends Happened {
  readonly kind: 'ended';
  /** A policy stopped it, or the model declined. */
  readonly isStopped: boolean;
  /** Tokens of the answer; as many as its characters say, where nobody counted. */
  readonly tokens: number;
  /** Millionths of the currency; not a number where no price is known. */
  readonly cost: number;
  /** Budgets of its session that it reached. */
  readonly loops: readonly string[];
}

/** What a record says of how somebody conducts themselves. */
export type ConductEvent = AskedEvent | EndedEvent;

const NONE: readonly string[] = [];
const CHARS_PER_TOKEN = 4;

/** Nothing of what has no principal, of what was turned away, and of drills: nobody meant them. Cost: 1 us. */
export function readConduct(record: AuditRecord): ConductEvent | undefined {
  if (record.kind !== 'opened' && record.kind !== 'closed') return undefined;
  const { principal, drill, exchange } = record;
  const who = principal === undefined || drill !== undefined ? undefined : whoOf(principal).at(-1);
  const atMs = Date.parse(record.at);
  if (who === undefined || Number.isNaN(atMs)) return undefined;
  if (record.kind === 'closed') return endedIn(record, { atMs, exchange, who });
  const { sketch, body } = record;
  return { kind: 'asked', atMs, exchange, who, sketch, body };
}

function endedIn(record: ClosedRecord, { atMs, exchange, who }: Happened): EndedEvent | undefined {
  const { outcome, effect, answer, cost, releasedChars, budgets } = record;
  const loops = budgets === undefined ? NONE : loopsIn(budgets);
  if (outcome === 'rejected' && loops.length === 0) return undefined;
  return {
    kind: 'ended',
    atMs,
    exchange,
    who,
    isStopped: outcome !== 'rejected' && (effect === 'block' || isRefused(record)),
    tokens: answer.usage?.outputTokens ?? releasedChars / CHARS_PER_TOKEN,
    cost: cost?.settled ?? Number.NaN,
    loops,
  };
}

function loopsIn(budgets: NonNullable<ClosedRecord['budgets']>): readonly string[] {
  const loops = budgets.filter(({ limit, mode }) => limit.startsWith('session-') && mode !== 'uncounted');
  return loops.map(({ limit }) => limit);
}
