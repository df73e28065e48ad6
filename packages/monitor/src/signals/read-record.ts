import {
  type AuditRecord,
  type ClosedRecord,
  type DecidedRecord,
  type Effect,
  type OpenedRecord,
  ownerOf,
  ownerParts,
  type Principal,
  type RecordedScene,
} from '@sallyport/core';
import { isRefused } from './is-refused.ts';
import type { SeriesName } from './signal.ts';

/** An exchange that ended. */
export interface ExchangeEnd {
  /** Exchanges that this one stands for, 1..: of a flood that is turned away, not every one is recorded. */
  readonly count: number;
  /** In the order of `LEVEL_SIGNALS`; not a number where it was not measured. */
  readonly levels: readonly number[];
  /** In the order of `RATE_SIGNALS`. */
  readonly hits: readonly boolean[];
  /** How the answer ended; absent where there was none. */
  readonly finish?: string;
  /** In which language it is; absent where that is not known. */
  readonly language?: string;
}

/** What one record says for signals. */
export interface Sighting {
  readonly atMs: number;
  readonly exchange: string;
  readonly series: readonly SeriesName[];
  readonly end?: ExchangeEnd;
  readonly call?: { readonly tool: string; readonly effect: Effect; readonly session: string };
  /** A human was asked. */
  readonly asked: boolean;
  /** `email/input`: types of personal data with their direction, each as often as it was found. */
  readonly personal: readonly string[];
  /** Places where data is kept that were reached. */
  readonly destinations: readonly string[];
}

const NONE: readonly string[] = [];
const GATEWAY: SeriesName = { scope: 'gateway', name: '' };
const SECOND_MS = 1_000;
/** An answer repeats itself where so much of it came before in it. */
export const REPETITIVE_MIN = 0.5;

/**
 * What a record says for signals; nothing for records of what operators do, and for exchanges of drills: nobody meant them.
 * Cost: 1 to 2 us.
 */
export function readRecord(record: AuditRecord): Sighting | undefined {
  if ('drill' in record && record.drill !== undefined) return undefined;
  switch (record.kind) {
    case 'opened': {
      const personal = personalIn(record.decisions, 'input');
      const destinations = destinationsIn(record);
      if (personal.length === 0 && destinations.length === 0) return undefined;
      return { ...sightingOf(record), series: seriesOf(record, record.provider), personal, destinations };
    }
    case 'decided':
      return {
        ...sightingOf(record),
        series: [...seriesOf(record, undefined), { scope: 'tool', name: record.tool }],
        call: { tool: record.tool, effect: record.effect, session: record.session?.id ?? record.exchange },
        personal: personalIn(record.decisions, 'output'),
        destinations: destinationsIn(record),
      };
    case 'closed':
      return {
        ...sightingOf(record),
        series: closedSeries(record),
        end: endOf(record),
        personal: personalIn(record.decisions, 'output'),
      };
    case 'approval':
      if (record.step !== 'asked') return undefined;
      return {
        ...sightingOf(record),
        series: [GATEWAY, ...whoOf(record.principal), { scope: 'tool', name: record.tool }],
        asked: true,
      };
    default:
      return undefined;
  }
}

function sightingOf({ at, exchange }: Pick<AuditRecord, 'at' | 'exchange'>): Omit<Sighting, 'series'> {
  return { atMs: Date.parse(at), exchange, asked: false, personal: NONE, destinations: NONE };
}

function closedSeries(record: ClosedRecord): readonly SeriesName[] {
  const series = seriesOf(record, record.upstream?.provider);
  // An exchange in MCP is one call of a tool: its time is the tool's.
  const { resource } = record;
  return resource?.kind === 'tool' ? [...series, { scope: 'tool', name: resource.id }] : series;
}

/** The series that an exchange belongs to. */
export function seriesOf({ principal, request }: RecordedScene, provider: string | undefined): readonly SeriesName[] {
  const series: SeriesName[] = [GATEWAY];
  if (request !== undefined && request.model !== '') series.push({ scope: 'model', name: request.model });
  if (provider !== undefined) series.push({ scope: 'provider', name: provider });
  if (request !== undefined) series.push({ scope: 'route', name: request.route });
  if (principal !== undefined) series.push(...whoOf(principal));
  return series;
}

/** An agent has a series of its own; for whom it acts, each has one too, which comes last. */
export function whoOf(principal: Principal): readonly SeriesName[] {
  const { tenant, kind, id, onBehalfOf } = principal;
  const agent: readonly SeriesName[] =
    kind === 'agent' ? [{ scope: 'agent', name: nameOf([tenant, kind, id]), tenant }] : [];
  if (kind === 'agent' && onBehalfOf === undefined) return agent;
  return [...agent, { scope: 'principal', name: nameOf(ownerParts(ownerOf(principal))), tenant }];
}

function nameOf(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll('%', '%25').replaceAll('/', '%2F')).join('/');
}

function endOf(record: ClosedRecord): ExchangeEnd {
  const { outcome, effect, redacted, answer, style = {}, upstreamStatus = 0, suppressed = 0 } = record;
  const repeats = (style.repetition ?? 0) >= REPETITIVE_MIN;
  const rejected = outcome === 'rejected';
  const failed = outcome === 'upstream-failed' || outcome === 'internal-error' || answer.error === true;
  const [finish] = answer.finishReasons ?? NONE;
  const refused = isRefused(record);
  return {
    count: 1 + suppressed,
    levels: levelsOf(record),
    hits: [
      failed || upstreamStatus >= 400,
      refused,
      effect === 'block' && !rejected,
      hasAny(redacted),
      rejected,
      repeats,
    ],
    ...(finish !== undefined && { finish }),
    ...(style.language !== undefined && { language: style.language }),
  };
}

function levelsOf({ ms, answer, cost, releasedChars }: ClosedRecord): readonly number[] {
  const { total, beforeUpstream = Number.NaN, upstreamFirstByte = Number.NaN } = ms;
  const tookMs = total - beforeUpstream;
  const tokens = answer.usage?.outputTokens ?? Number.NaN;
  return [
    // What was never sent took no time of anybody's but ours: it would hide how long the rest takes.
    Number.isNaN(tookMs) ? Number.NaN : total,
    upstreamFirstByte - beforeUpstream,
    tookMs > 0 ? (tokens * SECOND_MS) / tookMs : Number.NaN,
    cost?.settled ?? Number.NaN,
    releasedChars > 0 ? releasedChars : Number.NaN,
  ];
}

function hasAny(counts: ClosedRecord['redacted']): boolean {
  for (const _type in counts) return true;
  return false;
}

function personalIn(decisions: DecidedRecord['decisions'], direction: 'input' | 'output'): readonly string[] {
  let personal: string[] | undefined;
  for (const recorded of decisions) {
    if (recorded.kind === 'access') continue;
    for (const { category, type } of recorded.question.context.findings) {
      if (category !== 'personal-data') continue;
      personal ??= [];
      personal.push(`${type}/${direction}`);
    }
  }
  return personal ?? NONE;
}

function destinationsIn({ decisions, resource }: DecidedRecord | OpenedRecord): readonly string[] {
  let destinations: string[] | undefined;
  for (const recorded of decisions) {
    const reached = recorded.kind === 'access' ? (recorded.question.resource ?? resource) : undefined;
    if (reached?.kind !== 'data-source') continue;
    destinations ??= [];
    destinations.push(reached.id);
  }
  return destinations ?? NONE;
}
