import { type AuditRecord, foundCategories } from '@sallyport/core';
import { type ExchangeEnd, readRecord, type Sighting, seriesOf } from '../signals/read-record.ts';
import type { SeriesName } from '../signals/signal.ts';
import { BASELINE_SCOPES, type BaselineScope } from './compared-signals.ts';

/** The name of a series of a baseline. */
export interface BaselineName extends SeriesName {
  readonly scope: BaselineScope;
}

/** What one record says for baselines. */
export interface Observation {
  readonly atMs: number;
  readonly exchange: string;
  readonly series: readonly BaselineName[];
  readonly end?: ExchangeEnd;
  readonly call?: NonNullable<Sighting['call']>;
  /** Places where data is kept that were reached. */
  readonly destinations: readonly string[];
  /** `secrets/input`: categories of findings with their direction; `none/input` where nothing was found. */
  readonly findings: readonly string[];
}

/** Longest name that is kept: others are somebody's attempt. Of tools, places and ends the beginning counts; what is called so long itself is passed over. */
export const BASELINE_NAME_MAX_CHARS = 512;

const NONE: readonly string[] = [];
const SCOPES: ReadonlySet<string> = new Set(BASELINE_SCOPES);

/** What a record says for baselines; nothing for records of what operators do, and for exchanges of drills. Cost: 3 us. */
export function readObservation(record: AuditRecord): Observation | undefined {
  if (record.kind !== 'opened' && record.kind !== 'decided' && record.kind !== 'closed') return undefined;
  if (record.drill !== undefined) return undefined;
  const sighting = readRecord(record);
  const series = sighting?.series ?? seriesOf(record, undefined);
  const { at, exchange } = record;
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) return undefined;
  return {
    atMs,
    exchange,
    series: series.filter(
      (name): name is BaselineName => SCOPES.has(name.scope) && name.name.length <= BASELINE_NAME_MAX_CHARS,
    ),
    ...(sighting?.end !== undefined && { end: bounded(sighting.end) }),
    ...(sighting?.call !== undefined && { call: { ...sighting.call, tool: cut(sighting.call.tool) } }),
    destinations: sighting?.destinations.map(cut) ?? NONE,
    findings: findingsIn(record),
  };
}

function bounded(end: ExchangeEnd): ExchangeEnd {
  return end.finish === undefined ? end : { ...end, finish: cut(end.finish) };
}

function cut(name: string): string {
  return name.slice(0, BASELINE_NAME_MAX_CHARS);
}

/** Of texts alone: what a call is found to do stands in another record, as often as calls are made. */
function findingsIn(record: AuditRecord): readonly string[] {
  if (record.kind !== 'opened' && record.kind !== 'closed') return NONE;
  if (record.decisions.length === 0) return NONE;
  const direction = record.kind === 'opened' ? 'input' : 'output';
  const found = Object.keys(foundCategories(record.decisions));
  return (found.length === 0 ? ['none'] : found).map((category) => `${category}/${direction}`);
}
