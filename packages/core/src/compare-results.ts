import { firstNewMessage } from './decide.ts';
import type { DetectedRequest, DetectedSlice } from './detect.ts';
import type { Fingerprint } from './detector.ts';
import { isFault } from './errors.ts';
import type { PlacedFinding } from './joined.ts';
import { openOnce } from './open-once.ts';
import type { Owner } from './owner.ts';
import type { PlacedResult, SliceContent } from './protocol.ts';
import type { ToolCall } from './transcript.ts';
import { TOOL_INTEGRITY } from './vocabulary.ts';

/** A result as a conversation says that a call brought it. */
export interface ClaimedResult {
  readonly owner: Owner;
  readonly call: ToolCall;
  readonly text: string;
}

/** Knows what servers of tools returned, of calls that came through the gateway. Synchronous, bounded. */
export interface ToolResults {
  /** Nothing is known of anybody: there is nothing to compare. */
  readonly isEmpty: boolean;
  /** Whether the call brought something else; false where nothing is known of it. */
  differs(claimed: ClaimedResult): boolean;
}

export interface ComparisonParts {
  readonly owner: Owner;
  /** Absent where no server is behind the gateway. */
  readonly results: ToolResults | undefined;
  readonly fingerprint: (value: string) => Fingerprint;
}

/** The tool was seen to return something else: nobody has to be asked what the other text is for. */
const SCORE = 0.9;

/** Adds a finding to each new tool result of a conversation that isn't what the server of its tool returned. */
export function compareResults(detected: DetectedRequest, parts: ComparisonParts): DetectedRequest {
  const { results: known } = parts;
  if (known === undefined || known.isEmpty) return detected;
  const firstNew = firstNewMessage(detected.slices);
  const open = openOnce();
  const contentOf = ({ slice }: DetectedSlice): SliceContent | undefined => {
    const content = open(slice);
    return isFault(content) ? undefined : content;
  };
  const calls = new Map<string, ToolCall>();
  for (const { slice, turn, ...rest } of detected.slices.slice(0, firstNew)) {
    if (turn?.said === undefined) continue;
    for (const call of contentOf({ slice, turn, ...rest })?.calls ?? [])
      if (call.id !== undefined) calls.set(call.id, call);
  }
  const slices = detected.slices.map((each, at) => {
    if (at < firstNew || each.slice.kind !== 'message' || !each.segments.some(isResult)) return each;
    const content = contentOf(each);
    const results = content?.results ?? [];
    const changed = results.flatMap((result, index) => {
      const call = calls.get(result.id ?? '');
      if (call === undefined || !known.differs({ owner: parts.owner, call, text: result.text })) return [];
      // The only one of its slice holds all that tools brought there, wherever it was noted.
      const start = results.length < 2 ? 0 : result.segment;
      const end = results[index + 1]?.segment ?? each.segments.length;
      return findingOf({ result, start, end, each, fingerprint: parts.fingerprint }) ?? [];
    });
    return changed.length === 0 ? each : { ...each, findings: [...each.findings, ...changed] };
  });
  return { ...detected, slices };
}

function isResult({ point }: DetectedSlice['segments'][number]): boolean {
  return point === 'tool-result';
}

interface Changed extends Pick<ComparisonParts, 'fingerprint'> {
  readonly result: PlacedResult;
  /** Indexes of its first segment, and of the one behind its last. */
  readonly start: number;
  readonly end: number;
  readonly each: DetectedSlice;
}

function findingOf({ result, start, end, each, fingerprint }: Changed): PlacedFinding | undefined {
  const places = each.segments
    .slice(start, end)
    .flatMap((note, at) => (isResult(note) ? [{ segment: start + at, span: { start: 0, end: note.chars } }] : []));
  const [first] = places;
  if (first === undefined) return undefined;
  const finding = {
    detector: TOOL_INTEGRITY,
    category: 'tool-integrity',
    type: 'result-changed',
    score: SCORE,
    span: first.span,
    via: [],
    fingerprint: fingerprint(result.text),
  } as const;
  return { finding, places };
}
