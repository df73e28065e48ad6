import type { Speaker, SpokenNote, Turn } from './conversation.ts';
import type { ConversationInspector, Inspector, ReceiptLine } from './detector.ts';
import { type Fault, isFault } from './errors.ts';
import type { PlacedFinding } from './joined.ts';
import type { Segment, Slice, SliceContent } from './protocol.ts';

/** A turn of a slice: neighbouring texts of one speaker. */
export interface SliceTurn extends Omit<Turn, 'note'> {
  /** The first of its segments, and the first behind them. */
  readonly from: number;
  readonly to: number;
  /** Whether it may be something as the only turn of its user. */
  readonly tellsAlone: boolean;
  /** Made when it is first needed, and remembered with the slice: most turns that come alone stay so. */
  note?: SpokenNote | undefined;
}

const NO_TURNS: readonly SliceTurn[] = [];

/** The turns of a slice. Cost: O(text), a tenth of what reading them for a conversation costs. */
export function turnsOf(
  segments: readonly Segment[],
  findings: readonly PlacedFinding[],
  { conversation }: Inspector,
): readonly SliceTurn[] {
  if (conversation === undefined) return NO_TURNS;
  const turns: SliceTurn[] = [];
  for (let from = 0, to = 0; from < segments.length; from = to) {
    const speaker = speakerOf(segments[from]);
    to = from + 1;
    while (to < segments.length && speakerOf(segments[to]) === speaker) to += 1;
    if (speaker === undefined) continue;
    const tellsAlone = speaker === 'user' && conversation.tellsAlone(textOf(segments.slice(from, to)));
    turns.push({ speaker, risk: riskWithin(findings, from, to), from, to, tellsAlone });
  }
  return turns.length === 0 ? NO_TURNS : turns;
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

/** Where a turn stands. */
interface PlacedTurn {
  readonly turn: SliceTurn;
  readonly at: number;
}

/**
 * Judges a conversation by what is known of its turns; what is found is placed on the newest message of the user. Turns that
 * nobody needed before are read now.
 * Cost: O(turns), without a look at texts that were read before unless they hold pieces that are being put together.
 */
export function judgeConversation<Known extends ConversationSlice>(
  slices: readonly Known[],
  { conversation }: Pick<Inspector, 'conversation'>,
  open: (slice: Known['slice']) => SliceContent | Fault,
): JudgedConversation<Known> {
  const unjudged = { slices, broken: [] };
  if (conversation === undefined) return unjudged;
  const placed = slices.flatMap(({ turns }, at) => turns.map((turn) => ({ turn, at })));
  placed.length = placed.findLastIndex(({ turn }) => turn.speaker === 'user') + 1;
  const newest = placed.at(-1);
  // The only turn of its user, and nothing by itself.
  const alone = placed.findIndex(({ turn }) => turn.speaker === 'user') === placed.length - 1;
  if (newest === undefined || (alone && !newest.turn.tellsAlone)) return unjudged;
  const textAt = ({ turn, at }: PlacedTurn) => {
    const slice = slices[at]?.slice;
    const content = slice === undefined ? undefined : open(slice);
    return content === undefined || isFault(content) ? undefined : textOf(content.segments.slice(turn.from, turn.to));
  };
  const known = placed.filter((place) => isNoted(place.turn) || noteTurn(place.turn, textAt(place), conversation));
  const seen = {
    turns: known.map(({ turn }) => turn).filter(isNoted),
    textOf: (index: number) => {
      const place = known[index];
      return place === undefined ? undefined : textAt(place);
    },
  };
  const { at, turn } = newest;
  const judged = conversation.judge(seen, slices[at]?.segments[turn.from]?.chars ?? 0);
  const broken = known.length < placed.length ? [conversation.failed, ...judged.broken] : judged.broken;
  if (judged.findings.length === 0) return { slices, broken };
  const found = judged.findings.map((finding) => ({ finding, places: [{ segment: turn.from, span: finding.span }] }));
  return {
    slices: slices.map((slice, index) =>
      index === at ? { ...slice, findings: [...slice.findings, ...found] } : slice,
    ),
    broken,
  };
}

function isNoted(turn: SliceTurn): turn is SliceTurn & Pick<Turn, 'note'> {
  return turn.note !== undefined;
}

/** @returns whether the turn is noted now: not when its text cannot be read or the detector broke */
function noteTurn(turn: SliceTurn, text: string | undefined, conversation: ConversationInspector): boolean {
  if (text !== undefined) turn.note = conversation.note(text, turn.speaker);
  return isNoted(turn);
}
