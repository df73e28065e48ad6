import type { SourceRef } from './access-directory.ts';
import type { BoundedCache } from './bounded-cache.ts';
import type { Inspector, ReceiptLine, RequestContext } from './detector.ts';
import { type Fault, isFault } from './errors.ts';
import { inspectJoined, type JoinedInspection, type PlacedFinding } from './joined.ts';
import { judgeConversation, type SliceTurn, turnsOf } from './judge-conversation.ts';
import { openOnce } from './open-once.ts';
import { looksPlaced } from './placeholders.ts';
import type { ParsedRequest, Segment, Slice, SliceContent, Unseen } from './protocol.ts';
import { brokenOf } from './receipt.ts';
import type { Sessions, TurnNote } from './sessions.ts';
import type { ToolDefinition } from './transcript.ts';
import type { Checkpoint, Origin } from './vocabulary.ts';

/** What is known of a segment without its text. */
export interface SegmentNote {
  readonly point: Checkpoint;
  readonly origin: Origin;
  readonly chars: number;
  /** Holds something of a placeholder's form, so that it must be escaped when anything is replaced. */
  readonly placed: boolean;
  /** Never edited. */
  readonly fixed: boolean;
  /** The name of a member in JSON. */
  readonly isName: boolean;
}

/** What is known of a slice without its bytes: all that later requests with the same slice need. */
export interface InspectedSlice {
  readonly segments: readonly SegmentNote[];
  readonly findings: readonly PlacedFinding[];
  readonly lines: readonly ReceiptLine[];
  /** Those of the lines that say that something was not inspected. */
  readonly uninspected: readonly ReceiptLine[];
  readonly unseen: readonly Unseen[];
  /** What counts of it for the conversation. */
  readonly turns: readonly SliceTurn[];
  readonly chars: number;
  /** What a message says of its turn. */
  readonly turn?: TurnNote;
  /** What it names of places where data is kept. */
  readonly sources?: readonly SourceRef[];
}

export interface DetectedSlice extends InspectedSlice {
  readonly slice: Slice;
  /** Names what the slice says: two slices of one key are read alike. */
  readonly key: string;
  /** `message/3`, `tool/0`, `rest`. */
  readonly where: string;
}

export interface DetectedRequest {
  readonly parsed: ParsedRequest;
  readonly slices: readonly DetectedSlice[];
  /** Findings split over two neighbouring messages; `places[].segment` counts within the named slices. */
  readonly across: readonly AcrossFinding[];
  /** Lines of detectors that broke where two messages meet, or on the conversation as a whole. */
  readonly broken: readonly ReceiptLine[];
  readonly context: RequestContext;
}

export interface AcrossFinding {
  readonly finding: PlacedFinding['finding'];
  readonly places: readonly {
    readonly slice: number;
    readonly segment: number;
    readonly span: { start: number; end: number };
  }[];
}

/** What is remembered between requests, and how. */
export interface DetectionMemory {
  readonly slices: BoundedCache<InspectedSlice>;
  readonly contexts: BoundedCache<RequestContext>;
  readonly pairs: BoundedCache<readonly PlacedFinding[]>;
  /** A short name for each tenant, endpoint and detectors' version, so that keys stay short; one entry each, for as long as the house stands. */
  readonly scopes: Map<string, string>;
  /** Collision-resistant digest of bytes, as a string. */
  readonly digest: (bytes: Uint8Array) => string;
  readonly canaries: readonly string[];
  /** What of a message is remembered for the session that it belongs to; absent where it belongs to none. */
  readonly noteOf?: Sessions['noteOf'] | undefined;
}

export interface DetectionScope {
  /** Keeps one tenant's memory apart from another's. */
  readonly tenant: string;
  /** Protocol and operation: what one endpoint takes for a tool's result may be somebody's own text to another. */
  readonly endpoint: string;
  readonly inspector: Inspector;
}

interface DetectionParts extends DetectionMemory, Pick<DetectionScope, 'inspector'> {
  /** Opens a slice, for this request once: what was decoded is kept while it is inspected, within a bound. */
  readonly open: (slice: Slice) => SliceContent | Fault;
}

/**
 * Looks at every text of a request that was not looked at before. What a slice yielded is kept under the digest of its
 * bytes, its member, the endpoint, the tenant and the detectors' version, so that a conversation's history costs one digest
 * per message.
 * Failures and answers that depend on the request are never kept.
 */
export function detectRequest(
  parsed: ParsedRequest,
  { tenant, endpoint, inspector }: DetectionScope,
  memory: DetectionMemory,
): DetectedRequest | Fault {
  const parts = { ...memory, inspector, open: openOnce() };
  const scope = scopeOf(`${tenant}\n${endpoint}\n${inspector.version}`, memory.scopes);
  const keys: string[] = [];
  const slices: DetectedSlice[] = [];
  const counts = { message: 0, 'tool-definition': 0, rest: 0 };
  for (const slice of parsed.slices) {
    const key = `${scope}${slice.member} ${parts.digest(slice.bytes)}`;
    const inspected = parts.slices.get(key) ?? inspectSlice(slice, key, parts);
    if (isFault(inspected)) return inspected;
    keys.push(key);
    const where =
      slice.kind === 'rest' ? 'rest' : `${slice.kind === 'message' ? 'message' : 'tool'}/${counts[slice.kind]}`;
    counts[slice.kind] += 1;
    slices.push({ ...inspected, slice, key, where });
  }
  const context = contextOf(slices, keys, parts);
  const dependent = withRequestDetectors(slices, context, parts);
  const { across, broken } = acrossMessages(dependent, keys, parts);
  const judged = judgeConversation(dependent, inspector, parts.open);
  return { parsed, slices: judged.slices, across, broken: [...broken, ...judged.broken], context };
}

function scopeOf(name: string, scopes: Map<string, string>): string {
  let scope = scopes.get(name);
  if (scope === undefined) {
    scope = `${scopes.size} `;
    scopes.set(name, scope);
  }
  return scope;
}

function inspectSlice(slice: Slice, key: string, parts: DetectionParts): InspectedSlice | Fault {
  const content = parts.open(slice);
  if (isFault(content)) return content;
  const found = inspectContent(content, parts.inspector);
  const inspected = {
    ...found,
    ...(slice.kind === 'message' && parts.noteOf !== undefined && { turn: parts.noteOf(content) }),
    ...(content.sources !== undefined && { sources: content.sources }),
  };
  if (brokenOf(inspected.lines).length === 0) parts.slices.set(key, inspected, weightOf(inspected));
  return inspected;
}

function inspectContent({ segments, unseen }: SliceContent, inspector: Inspector): InspectedSlice {
  const findings: PlacedFinding[] = [];
  let lines: readonly ReceiptLine[] = [];
  let all: ReceiptLine[] | undefined;
  const notes: SegmentNote[] = [];
  let chars = 0;
  for (const [ordinal, { point, origin, text, fixed = false, isName = false }] of segments.entries()) {
    const inspected = inspector.inspect(text, { point, origin, only: 'content' });
    // Most slices hold one text: its lines are shared with all others of which there is as little to say.
    if (ordinal === 0) lines = inspected.lines;
    else {
      // One list for all, however many texts there are.
      all ??= [...lines];
      for (const line of inspected.lines) all.push(line);
      lines = all;
    }
    for (const finding of inspected.findings)
      findings.push({ finding, places: [{ segment: ordinal, span: finding.span }] });
    notes.push({ point, origin, chars: text.length, placed: looksPlaced(text), fixed, isName });
    chars += text.length;
  }
  for (const group of neighboursOf(segments)) {
    const first = group[0];
    if (first === undefined) continue;
    const question = { point: first.point, origin: first.origin, only: 'content' } as const;
    const joined = inspectJoined(group, inspector, question);
    findings.push(...joined.findings);
    if (joined.broken.length > 0) {
      all ??= [...lines];
      for (const line of joined.broken) all.push(line);
      lines = all;
    }
  }
  const turns = turnsOf(segments, findings, inspector);
  return { segments: notes, findings, lines, uninspected: uninspectedOf(lines), unseen, turns, chars };
}

/** Runs of two and more adjacent segments that a reader would take for one text. */
function neighboursOf(segments: readonly Segment[]): readonly (readonly (Segment & { readonly segment: number })[])[] {
  const groups: (Segment & { segment: number })[][] = [];
  for (const [ordinal, segment] of segments.entries()) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const joins = last !== undefined && last.point === segment.point && last.origin.role === segment.origin.role;
    if (joins && last.origin.field === segment.origin.field) group?.push({ ...segment, segment: ordinal });
    else groups.push([{ ...segment, segment: ordinal }]);
  }
  return groups.filter((group) => group.length > 1);
}

/** Detectors whose answer depends on the request run on every request; where there are none, no slice is opened again. */
function withRequestDetectors(
  slices: readonly DetectedSlice[],
  request: RequestContext,
  { inspector, open }: Pick<DetectionParts, 'inspector' | 'open'>,
): readonly DetectedSlice[] {
  const needs = (point: Checkpoint) => inspector.at(point).some(({ cache }) => cache === 'request');
  if (!slices.some(({ segments }) => segments.some(({ point }) => needs(point)))) return slices;
  return slices.map((detected) => {
    if (!detected.segments.some(({ point }) => needs(point))) return detected;
    const content = open(detected.slice);
    if (isFault(content)) return detected;
    const findings = [...detected.findings];
    const lines = [...detected.lines];
    for (const [ordinal, { point, origin, text }] of content.segments.entries()) {
      if (!needs(point)) continue;
      const inspected = inspector.inspect(text, { point, origin, request, only: 'request' });
      lines.push(...inspected.lines);
      for (const finding of inspected.findings)
        findings.push({ finding, places: [{ segment: ordinal, span: finding.span }] });
    }
    return { ...detected, findings, lines, uninspected: uninspectedOf(lines) };
  });
}

/** A secret or an instruction cut in two by a message boundary shows only in the joined ends. */
function acrossMessages(
  slices: readonly DetectedSlice[],
  keys: readonly string[],
  parts: DetectionParts,
): Pick<DetectedRequest, 'across' | 'broken'> {
  const across: AcrossFinding[] = [];
  const broken: ReceiptLine[] = [];
  for (let at = 1; at < slices.length; at += 1) {
    const [before, after] = [slices[at - 1], slices[at]];
    if (before === undefined || after === undefined || !continues(before, after)) continue;
    const key = `${keys[at - 1]}\n${keys[at]}`;
    let joined = parts.pairs.get(key);
    if (joined === undefined) {
      const inspected = joinEnds(before, after, parts);
      joined = inspected.findings;
      if (inspected.broken.length === 0) parts.pairs.set(key, joined, 1 + joined.length);
      else broken.push(...inspected.broken);
    }
    const lastOrdinal = before.segments.length - 1;
    for (const { finding, places } of joined) {
      const [first, second] = places;
      if (first === undefined || second === undefined) continue;
      across.push({
        finding,
        places: [
          { slice: at - 1, segment: lastOrdinal, span: first.span },
          { slice: at, segment: 0, span: second.span },
        ],
      });
    }
  }
  return { across, broken };
}

function continues(before: DetectedSlice, after: DetectedSlice): boolean {
  if (before.slice.kind !== 'message' || after.slice.kind !== 'message') return false;
  const [last, first] = [before.segments.at(-1), after.segments[0]];
  return (
    last !== undefined && first !== undefined && last.point === first.point && last.origin.role === first.origin.role
  );
}

const NOTHING_JOINED: JoinedInspection = { findings: [], broken: [] };

function joinEnds(
  before: DetectedSlice,
  after: DetectedSlice,
  { inspector, open }: Pick<DetectionParts, 'inspector' | 'open'>,
): JoinedInspection {
  const [left, right] = [open(before.slice), open(after.slice)];
  if (isFault(left) || isFault(right)) return NOTHING_JOINED;
  const [last, first] = [left.segments.at(-1), right.segments[0]];
  if (last === undefined || first === undefined) return NOTHING_JOINED;
  const texts = [
    { segment: 0, text: last.text },
    { segment: 1, text: first.text },
  ];
  return inspectJoined(texts, inspector, { point: last.point, origin: last.origin, only: 'content' });
}

/** One object per set of instructions and definitions, so that what a detector derives from it is derived once. */
function contextOf(slices: readonly DetectedSlice[], keys: readonly string[], parts: DetectionParts): RequestContext {
  const sources = slices.flatMap((detected, at) => (isContext(detected) ? [{ detected, key: keys[at] ?? '' }] : []));
  const key = sources.map((source) => source.key).join('\n');
  const known = parts.contexts.get(key);
  if (known !== undefined) return known;
  const instructions: string[] = [];
  const definitions: string[] = [];
  const tools: ToolDefinition[] = [];
  let weight = 1;
  for (const { detected } of sources) {
    const content = parts.open(detected.slice);
    if (isFault(content)) continue;
    tools.push(...(content.definitions ?? []));
    for (const { origin, text } of content.segments) {
      weight += text.length;
      if (origin.role === 'system') instructions.push(text);
      else if (origin.role === 'definition') definitions.push(text);
    }
  }
  const context = { instructions, definitions, tools, canaries: parts.canaries };
  parts.contexts.set(key, context, weight);
  return context;
}

function isContext({ segments }: InspectedSlice): boolean {
  return segments.some(({ origin }) => origin.role === 'system' || origin.role === 'definition');
}

const ALL_INSPECTED: readonly ReceiptLine[] = [];

function uninspectedOf(lines: readonly ReceiptLine[]): readonly ReceiptLine[] {
  const rest = lines.filter(({ status }) => status !== 'inspected');
  return rest.length === 0 ? ALL_INSPECTED : rest;
}

/** Rough size in memory, in units of one small object. */
function weightOf({ segments, findings, lines, unseen, turns, turn, sources = [] }: InspectedSlice): number {
  const turned = turn === undefined ? 0 : (turn.said?.length ?? 0) + turn.callIds.length + turn.results.length;
  return (
    1 +
    segments.length +
    2 * findings.length +
    lines.length +
    unseen.length +
    3 * turns.length +
    turned +
    sources.length
  );
}
