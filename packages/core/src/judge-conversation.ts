import type { Speaker, Turn } from './conversation.ts';
import type { Inspector, ReceiptLine } from './detector.ts';
import { isFault } from './errors.ts';
import type { PlacedFinding } from './joined.ts';
import type { Segment, Slice } from './protocol.ts';

/** A turn of a slice: neighbouring texts of one speaker. */
export interface SliceTurn extends Turn {
  /** The first of its segments, and the first behind them. */
  readonly from: number;
  readonly to: number;
}

export interface SliceTurns {
  readonly turns: readonly SliceTurn[];
  /** A line when the detector broke: then the slice is not remembered. */
  readonly broken: readonly ReceiptLine[];
}

const NO_TURNS: SliceTurns = { turns: [], broken: [] };

/** What of a slice counts for the conversation that it stands in. Cost: O(text). */
export function turnsOf(
  segments: readonly Segment[],
  findings: readonly PlacedFinding[],
  { conversation }: Inspector,
): SliceTurns {
  if (conversation === undefined) return NO_TURNS;
  const turns: SliceTurn[] = [];
  for (let from = 0, to = 0; from < segments.length; from = to) {
    const speaker = speakerOf(segments[from]);
    to = from + 1;
    while (to < segments.length && speakerOf(segments[to]) === speaker) to += 1;
    if (speaker === undefined) continue;
    const note = conversation.note(textOf(segments.slice(from, to)), speaker);
    if (note === undefined) return { turns, broken: [conversation.failed] };
    turns.push({ speaker, note, risk: riskWithin(findings, from, to), from, to });
  }
  return turns.length === 0 ? NO_TURNS : { turns, broken: [] };
}

function speakerOf(segment: Segment | undefined): Speaker | undefined {
  if (segment?.point !== 'input') return undefined;
  const { role } = segment.origin;
  return role === 'user' || role === 'assistant' ? role : undefined;
}

/** Parts are read as one text: where a client cuts a message says nothing. */
function textOf(segments: readonly Segment[]): string {
  const [only] = segments;
  return segments.length === 1 && only !== undefined ? only.text : segments.map(({ text }) => text).join('');
}

function riskWithin(findings: readonly PlacedFinding[], from: number, to: number): number {
  let risk = 0;
  for (const { finding, places } of findings) {
    const here = places.some(({ segment }) => segment >= from && segment < to);
    if (here && finding.category === 'injection') risk = Math.max(risk, finding.score);
  }
  return risk;
}

/** What of a slice a conversation is judged by. */
export interface ConversationSlice {
  readonly slice: Pick<Slice, 'open'>;
  readonly segments: readonly { readonly chars: number }[];
  readonly findings: readonly PlacedFinding[];
  readonly turns: readonly SliceTurn[];
}

export interface JudgedConversation<Known extends ConversationSlice> {
  readonly slices: readonly Known[];
  /** A line when the detector broke. */
  readonly broken: readonly ReceiptLine[];
}

/**
 * Judges a conversation by what is known of its turns; what is found is placed on the newest message of the user.
 * Cost: O(turns), without a look at their texts unless they hold pieces that are being put together.
 */
export function judgeConversation<Known extends ConversationSlice>(
  slices: readonly Known[],
  { conversation }: Pick<Inspector, 'conversation'>,
): JudgedConversation<Known> {
  const unjudged = { slices, broken: [] };
  if (conversation === undefined) return unjudged;
  const placed = slices.flatMap((slice, at) => slice.turns.map((turn) => ({ turn, at })));
  const count = placed.findLastIndex(({ turn }) => turn.speaker === 'user') + 1;
  const newest = placed[count - 1];
  if (newest === undefined) return unjudged;
  const seen = {
    turns: placed.slice(0, count).map(({ turn }) => turn),
    textOf: (index: number) => {
      const place = placed[index];
      const content = place === undefined ? undefined : slices[place.at]?.slice.open();
      if (place === undefined || content === undefined || isFault(content)) return undefined;
      return textOf(content.segments.slice(place.turn.from, place.turn.to));
    },
  };
  const { at, turn } = newest;
  const judged = conversation.judge(seen, slices[at]?.segments[turn.from]?.chars ?? 0);
  if (judged.findings.length === 0) return { slices, broken: judged.broken };
  const found = judged.findings.map((finding) => ({ finding, places: [{ segment: turn.from, span: finding.span }] }));
  return {
    slices: slices.map((slice, index) =>
      index === at ? { ...slice, findings: [...slice.findings, ...found] } : slice,
    ),
    broken: judged.broken,
  };
}
