import type { Continuation } from './continuation.ts';
import type { DetectedRequest, DetectedSlice } from './detect.ts';
import type { Arrival } from './house.ts';
import type { PlacedFinding } from './joined.ts';
import { ownerOf } from './owner.ts';
import type { ChangedResult, RecordedSession, Session, SessionAnswer, Sessions, TurnNote } from './sessions.ts';
import type { UnseenHistory } from './transcript.ts';
import { TOOL_INTEGRITY } from './vocabulary.ts';

/** How sure it is that a result was changed: at the same place may be what the tool answered when it was run once more. */
const SCORES = { 'call-id': 0.9, position: 0.4 } as const;

const SAYS_NOTHING: TurnNote = { callIds: [], results: [] };

export interface ThreadParts {
  readonly arrival: Arrival;
  readonly sessions: Sessions;
  readonly continuation: Continuation;
}

/** What one exchange has to do with its session. What is no part of a conversation has none. */
export class SessionThread {
  private readonly opened: Session | undefined;
  private readonly continuation: Continuation;
  /** Indexes of the slices that are messages. */
  private readonly at: readonly number[];
  private settled = false;

  constructor({ slices }: DetectedRequest, { arrival, sessions, continuation }: ThreadParts) {
    const { principal, endpoint, annotations } = arrival;
    this.continuation = continuation;
    this.at = slices.flatMap(({ slice }, index) => (slice.kind === 'message' ? [index] : []));
    const explicit = continuation.session;
    if (endpoint.uninspected === true || (this.at.length === 0 && explicit === undefined)) return;
    this.opened = sessions.open({
      owner: ownerOf(principal),
      explicit,
      name: annotations?.session,
      trace: annotations?.trace?.traceId,
      turns: this.at.flatMap((index) => {
        const { key = '', turn = SAYS_NOTHING } = slices[index] ?? {};
        return { key, turn };
      }),
    });
  }

  get session(): RecordedSession | undefined {
    const { id, by } = this.opened ?? {};
    return id === undefined || by === undefined ? undefined : { id, by };
  }

  /** What the session came to in messages that are not here. Of what it refers to, the ledger knows better. */
  get before(): UnseenHistory | undefined {
    const { before: kept } = this.continuation;
    const { by, before: left } = this.opened ?? {};
    if (by === 'explicit' || left === undefined) return kept;
    if (kept === undefined) return left;
    return {
      tainted: kept.tainted || left.tainted,
      private: kept.private || left.private,
      writes: Math.max(kept.writes, left.writes),
    };
  }

  /** Adds a finding to each tool result that reads otherwise than before. */
  compare(detected: DetectedRequest): DetectedRequest {
    const changed = this.opened?.changed ?? [];
    if (changed.length === 0) return detected;
    const slices = [...detected.slices];
    for (const one of changed) {
      const index = this.at[one.turn] ?? -1;
      const slice = slices[index];
      const finding = slice === undefined ? undefined : findingOf(one, slice);
      if (slice === undefined || finding === undefined) continue;
      slices[index] = { ...slice, findings: [...slice.findings, finding] };
    }
    return { ...detected, slices };
  }

  answered(answer: SessionAnswer): void {
    if (this.settled) return;
    this.settled = true;
    this.opened?.answered(answer);
  }
}

/** Nothing of a result that has no text: it says nothing. */
function findingOf({ result, by }: ChangedResult, { turn, segments }: DetectedSlice): PlacedFinding | undefined {
  const note = turn?.results[result];
  const places = (note?.segments ?? []).map((segment) => ({
    segment,
    span: { start: 0, end: segments[segment]?.chars ?? 0 },
  }));
  const [first] = places;
  if (note === undefined || first === undefined) return undefined;
  const finding = {
    detector: TOOL_INTEGRITY,
    category: 'tool-integrity',
    type: 'result-changed',
    score: SCORES[by],
    span: first.span,
    via: [],
    fingerprint: note.text,
  } as const;
  return { finding, places };
}
