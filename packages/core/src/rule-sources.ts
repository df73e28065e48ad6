import {
  type AccessDirectory,
  ROUTE_SOURCE,
  SLICE_SOURCES_MAX,
  SOURCES_MAX,
  type SourceRef,
  type UnreadRequest,
} from './access-directory.ts';
import { firstNewMessage, type Judge, type Ruling, ruleAccess } from './decide.ts';
import type { Resource } from './decision.ts';
import type { DetectedRequest, DetectedSlice } from './detect.ts';
import { type Fault, isFault } from './errors.ts';
import type { SliceContent } from './protocol.ts';

/** What was ruled on the data sources that a request reaches. */
export interface SourceRuling {
  readonly rulings: readonly Ruling[];
  /** One of them may not be reached, so the request goes nowhere. */
  readonly denied: boolean;
  /** Their ids, for whoever goes on with the answer. */
  readonly sources: readonly string[];
}

export interface SourceMatter {
  readonly judge: Judge;
  /** Id of the data source of the route. */
  readonly route: string | undefined;
  /** Ids of those that what it goes on with has read. */
  readonly continued: readonly string[];
  readonly unread: UnreadRequest;
}

/** Nobody names as many in earnest; what is not asked about is not let through. */
const TOO_MANY: Fault = { fault: 'BODY_SHAPE' };
const NONE: SourceRuling = { rulings: [], denied: false, sources: [] };

/**
 * Asks access policy about every data source that a request reaches: those that it names, that of its route, those that the
 * history has read which its provider keeps, those that are named where nobody reads, and those that new results of tools come from.
 */
export function ruleSources(detected: DetectedRequest, matter: SourceMatter): SourceRuling | Fault {
  const { judge, route, continued, unread } = matter;
  const { directory } = judge;
  if (directory === undefined) return NONE;
  if (detected.slices.some(({ sources = [] }) => sources.length >= SLICE_SOURCES_MAX)) return TOO_MANY;
  const named: SourceRef[] = detected.slices.flatMap(({ sources = [] }) => sources);
  for (const id of continued) named.push({ kind: KNOWN, id });
  if (route !== undefined) named.push({ kind: ROUTE_SOURCE, id: route });
  const reached = new Map<string, Resource>();
  const all = [
    ...directory.sources(named),
    ...directory.sourcesIn(unread),
    ...(directory.hasTools ? ofNewResults(detected.slices, directory) : []),
  ];
  for (const source of all) reached.set(`${source.registered} ${source.id}`, source);
  if (reached.size > SOURCES_MAX) return TOO_MANY;
  const rulings = ruleReads(judge, [...reached.values()]);
  return {
    rulings,
    denied: rulings.some(({ decision }) => decision.verdict !== 'allow'),
    sources: Array.from(reached.values(), ({ id }) => id),
  };
}

/** The kind of what is called by its name in configuration. */
const KNOWN = 'known';

/** May the principal read these? */
export function ruleReads(judge: Judge, sources: readonly Resource[]): readonly Ruling[] {
  const { principal, facts } = judge;
  const context = { route: facts.route, protocol: facts.protocol };
  return sources.map((resource) => ruleAccess(judge, { principal, action: 'read-data', resource, context }));
}

/**
 * Sources that the results came from which the model has not seen yet. What was called stands in the assistant's last message; of a
 * result whose call does not stand there, all that its tool may reach counts.
 */
function ofNewResults(slices: readonly DetectedSlice[], directory: AccessDirectory): readonly Resource[] {
  const firstNew = firstNewMessage(slices);
  const fresh = slices.flatMap((slice, at) => (at >= firstNew && bringsResults(slice) ? [opened(slice)] : []));
  const results = fresh.flatMap((content) => content?.results ?? []);
  if (results.length === 0) return [];
  const calls = slices.slice(0, firstNew).flatMap((slice) => (mayCall(slice) ? (opened(slice)?.calls ?? []) : []));
  return results.flatMap(({ id, tool }) => {
    const own = calls.filter((call) => (id === undefined ? call.tool === tool : call.id === id));
    if (own.length > 0) return own.flatMap((call) => directory.sourcesOfCall(call.tool, call.arguments));
    return tool === undefined ? [] : directory.sourcesOfCall(tool, undefined);
  });
}

function bringsResults({ slice, segments }: DetectedSlice): boolean {
  return slice.kind === 'message' && segments.some(({ point }) => point === 'tool-result');
}

/** Only an assistant's message calls. */
function mayCall({ turn }: DetectedSlice): boolean {
  return turn?.said !== undefined;
}

function opened({ slice }: DetectedSlice): SliceContent | undefined {
  const content = slice.open();
  return isFault(content) ? undefined : content;
}
