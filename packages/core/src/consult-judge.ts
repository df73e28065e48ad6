import type { AnswerParts } from './answer-parts.ts';
import { firstNewMessage } from './decide.ts';
import type { DetectedRequest, DetectedSlice } from './detect.ts';
import type { ReceiptLine } from './detector.ts';
import { isFault } from './errors.ts';
import type { PlacedFinding } from './joined.ts';
import { type FoundHere, isMasked, maskedExcerpt, maskOf } from './masked-excerpt.ts';
import type { JudgeUse, ModelJudge, ScoreBounds } from './model-judge.ts';
import { openOnce } from './open-once.ts';
import type { StopSignal } from './stop-signal.ts';
import type { Category, Span } from './vocabulary.ts';

/** Questions of one use about one request; for what is beyond, the posture of the use decides. */
export const JUDGE_QUESTIONS_MAX = 8;
/** Messages of the user in whose light a tool call is judged, the newest ones. */
const TASK_MESSAGES_MAX = 4;

/** A text of a request that the judge is asked about: some segments of a slice. */
interface Asked {
  readonly use: JudgeUse;
  readonly slice: number;
  readonly segments: readonly number[];
  readonly around?: Span;
}

/**
 * Puts what is new in a request before the judge, where the scores of the detectors lie within the bounds of a use, and adds what comes of
 * it. Questions are put at once, so that it takes as long as the slowest.
 */
export async function consultJudge(
  detected: DetectedRequest,
  judge: ModelJudge,
  signal: StopSignal,
): Promise<DetectedRequest> {
  const open = openOnce();
  const questions = questionsOf(detected, judge);
  if (questions.length === 0) return detected;
  const slices = [...detected.slices];
  const put = questions.filter((_, at) => at < JUDGE_QUESTIONS_MAX);
  const answers = await Promise.all(
    put.map(({ use, slice, segments, around }) => {
      const text = shownOf(detected.slices[slice], { segments, around, open, maxChars: judge.maxChars });
      return judge.ask({ use, data: { text }, signal });
    }),
  );
  for (const [at, { use, slice, segments }] of questions.entries()) {
    const answer = answers[at] ?? { line: judge.unasked(use, 'too-many-questions') };
    const own = slices[slice];
    if (own === undefined) continue;
    const { finding, line } = answer;
    const places = segments.map((segment) => ({
      segment,
      span: { start: 0, end: own.segments[segment]?.chars ?? 0 },
    }));
    const found = finding === undefined ? [] : [{ finding: { ...finding, span: places[0]?.span ?? NOWHERE }, places }];
    slices[slice] = withAnswer(own, line, found);
  }
  return { ...detected, slices };
}

const NOWHERE: Span = { start: 0, end: 0 };

function withAnswer(slice: DetectedSlice, line: ReceiptLine, found: readonly PlacedFinding[]): DetectedSlice {
  const lines = [...slice.lines, line];
  const uninspected = line.status === 'inspected' ? slice.uninspected : [...slice.uninspected, line];
  return { ...slice, lines, uninspected, findings: [...slice.findings, ...found] };
}

function questionsOf({ slices }: DetectedRequest, { uses }: ModelJudge): readonly Asked[] {
  const firstNew = firstNewMessage(slices);
  const asked: Asked[] = [];
  const [grey, intent] = [uses.get('grey-zone'), uses.get('intent')];
  for (const [at, slice] of slices.entries()) {
    if (slice.slice.kind === 'message' && at < firstNew) continue;
    if (grey !== undefined) asked.push(...greyZones(slice, at, grey));
  }
  const at = slices.findLastIndex(isUsers);
  const newest = slices[at];
  if (intent !== undefined && newest !== undefined && at >= firstNew) {
    const segments = usersSegments(newest);
    const score = Math.max(0, ...scoresOf(newest, 'intent', segments).map(([own]) => own));
    if (isWithin(score, intent)) asked.push({ use: 'intent', slice: at, segments });
  }
  return asked;
}

/** Texts whose highest score of injection lies within the bounds, each for itself. */
function greyZones(slice: DetectedSlice, at: number, bounds: ScoreBounds): readonly Asked[] {
  return slice.segments.flatMap((_, segment) => {
    const [highest] = scoresOf(slice, 'injection', [segment]).sort(([a], [b]) => b - a);
    if (highest === undefined || !isWithin(highest[0], bounds)) return [];
    return { use: 'grey-zone', slice: at, segments: [segment], around: highest[1] } as const;
  });
}

function scoresOf({ findings }: DetectedSlice, category: Category, segments: readonly number[]): [number, Span][] {
  return findings.flatMap(({ finding, places }) => {
    const place = places.find(({ segment }) => segments.includes(segment));
    return finding.category !== category || place === undefined ? [] : [[finding.score, place.span]];
  });
}

function isWithin(score: number, { from, to }: ScoreBounds): boolean {
  return score >= from && score <= to;
}

function isUsers(slice: DetectedSlice): boolean {
  return slice.slice.kind !== 'tool-definition' && usersSegments(slice).length > 0;
}

function usersSegments({ segments }: Pick<DetectedSlice, 'segments'>): readonly number[] {
  return segments.flatMap(({ point, origin }, at) => (point === 'input' && origin.role === 'user' ? at : []));
}

interface Showing {
  readonly segments: readonly number[];
  readonly around?: Span | undefined;
  readonly open: ReturnType<typeof openOnce>;
  readonly maxChars: number;
}

/** The texts of some segments, masked, as one. */
function shownOf(detected: DetectedSlice | undefined, { segments, around, open, maxChars }: Showing): string {
  const content = detected === undefined ? undefined : open(detected.slice);
  if (detected === undefined || content === undefined || isFault(content)) return '';
  let text = '';
  const found: FoundHere[] = [];
  for (const at of segments) {
    const own = content.segments[at]?.text;
    if (own === undefined) continue;
    if (text !== '') text += '\n';
    for (const { finding, places } of detected.findings) {
      for (const { segment, span } of places) {
        if (segment !== at) continue;
        found.push({ finding, span: { start: text.length + span.start, end: text.length + span.end } });
      }
    }
    text += own;
  }
  return maskedExcerpt(text, found, { maxChars, ...(around !== undefined && { around }) });
}

/** Judges the tool calls of an answer in the light of what the user asked; absent where that is not to be judged. */
export function judgeCalls(detected: DetectedRequest, judge: ModelJudge, signal: StopSignal): AnswerParts['align'] {
  if (!judge.uses.has('alignment')) return undefined;
  const asked = taskOf(detected, judge.maxChars);
  if (asked === '') return () => Promise.resolve({ line: judge.unasked('alignment', 'no-user-turn') });
  return (call, found) => {
    const masks = found.flatMap(({ finding, leaf, wire }) =>
      isMasked(finding) ? { leaf, edit: { ...wire, text: maskOf(finding) } } : [],
    );
    const made = maskedExcerpt(call.edited(masks), [], { maxChars: judge.maxChars });
    const tool = (call.lane.origin.tool ?? '').slice(0, TOOL_NAME_MAX_CHARS).toWellFormed();
    return judge.ask({ use: 'alignment', data: { asked, tool, arguments: made }, signal });
  };
}

const TOOL_NAME_MAX_CHARS = 256;

/** The newest messages of the user, oldest first, as far as there is room. */
function taskOf({ slices }: DetectedRequest, maxChars: number): string {
  const open = openOnce();
  const said: string[] = [];
  let left = maxChars;
  for (const slice of slices.filter(isUsers).slice(-TASK_MESSAGES_MAX).reverse()) {
    if (left < 2) break;
    const text = shownOf(slice, { segments: usersSegments(slice), open, maxChars: left });
    left -= text.length;
    said.unshift(text);
  }
  return said.join('\n\n').trim();
}

/** A call's finding of the judge: about the call as a whole, so that there is nothing in it to replace. */
export const NO_LEAF = -1;
