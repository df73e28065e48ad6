import type { Course, CourseFinding } from '@sallyport/core';
import { CUES, type Cue, holds } from './cues.ts';
import { gramsOf, wordsOf } from './grams.ts';
import { intentOf } from './intent-model.ts';
import { addsNames, joinedPieces, type Piece, piecesIn } from './pieces.ts';
import tuning from './tuning.json' with { type: 'json' };
import { likeness, TurnFeatures } from './turn-features.ts';

/** What the course of a conversation can be found to be. */
export const COURSE_TYPES = [
  'escalation',
  'persona-build-up',
  'refusal-reframed',
  'many-shot',
  'split-payload',
] as const;
type CourseType = (typeof COURSE_TYPES)[number];

/** A user's turn, and what the assistant said to the one before. */
interface Step {
  readonly turn: number;
  readonly said: TurnFeatures;
  readonly risk: number;
  /** The assistant answered the user's turn before. */
  readonly answered: boolean;
  /** That answer was a refusal. */
  readonly refused: boolean;
}

/**
 * Judges the newest turn of the user by what came before it. Every kind of evidence is a sum that leaks: a turn adds what it
 * says, at most `stepMax`, harmless turns take away, older ones fade. A single turn reaches no threshold.
 * Cost: O(turns), some 0.1 us each; a request to put pieces together opens at most `pieceTurns` turns again.
 */
export function judgeCourse(course: Course): readonly CourseFinding[] {
  const steps = stepsOf(course);
  if (steps.length === 0) return [];
  const found: CourseFinding[] = [];
  const add = (type: CourseType, score: number, rests: readonly number[]) => {
    if (score >= tuning.scoreMin) found.push({ type, score, rests });
  };
  if (steps.length > 1) {
    const harm = leakySum(steps, harmStep);
    add('escalation', saturating(harm.sum, tuning.escalation.half), harm.rests);
    const frame = leakySum(steps, frameStep);
    add('persona-build-up', saturating(frame.sum, tuning.persona.half), frame.rests);
    const reframed = reframing(steps);
    add('refusal-reframed', saturating(reframed.sum, tuning.reframed.half), reframed.rests);
    const shots = suppliedShots(steps);
    add('many-shot', saturating(shots.sum, tuning.supplied.half), shots.rests);
  }
  const split = splitPayload(course, steps);
  add('split-payload', split.score, split.rests);
  return found;
}

function stepsOf({ turns }: Course): readonly Step[] {
  const steps: Step[] = [];
  let answered = false;
  let refused = false;
  for (const [turn, { speaker, note, risk }] of turns.entries()) {
    if (!(note instanceof TurnFeatures)) continue;
    if (speaker === 'assistant') {
      answered = true;
      refused = holds(note.cues, 'refusal');
      continue;
    }
    steps.push({ turn, said: note, risk, answered, refused });
    answered = false;
    refused = false;
  }
  return steps;
}

interface Evidence {
  readonly sum: number;
  readonly rests: readonly number[];
}

/** The sum at the last step, and the turns since it last was nothing that added to it. */
function leakySum(steps: readonly Step[], worthOf: (step: Step, sum: number) => number): Evidence {
  let sum = 0;
  let rests: number[] = [];
  for (const step of steps) {
    const worth = Math.min(tuning.stepMax, Math.max(-tuning.stepMax, worthOf(step, sum)));
    // A few harmless words say little: nobody talks their way out with `go on`.
    const value = worth < 0 ? worth * Math.min(1, step.said.words / tuning.fullWords) : worth;
    sum = Math.max(0, sum * tuning.keep + value);
    if (sum === 0) rests = [];
    else if (value > 0) rests.push(step.turn);
  }
  return { sum, rests };
}

/** How far a turn's subject is on the harmful side, with what binds it to an escalation that has begun. */
function harmStep({ said, risk, refused }: Step, sum: number): number {
  const { offset, refusal, injection } = tuning.escalation;
  const begun = Math.min(1, sum);
  const bound = cueWeight(said.cues, tuning.escalation.cues) + (refused ? refusal : 0);
  return said.harm + offset + begun * bound + injection * risk;
}

function frameStep({ said, risk }: Step, sum: number): number {
  const { offset, harm, injection } = tuning.persona;
  const begun = Math.min(1, sum);
  const asked = begun * harm * Math.max(0, said.harm + tuning.escalation.offset);
  return said.frame + offset + begun * cueWeight(said.cues, tuning.persona.cues) + asked + injection * risk;
}

function cueWeight(cues: number, weights: Partial<Record<Cue, number>>): number {
  let sum = 0;
  if (cues === 0) return 0;
  for (const cue of CUES) if (holds(cues, cue)) sum += weights[cue] ?? 0;
  return Math.min(tuning.cuesMax, sum);
}

/** Requests that were refused and came again in other words. */
function reframing(steps: readonly Step[]): Evidence {
  const { back, like, offset } = tuning.reframed;
  let sum = 0;
  const rests: number[] = [];
  const last = steps.length - 1;
  for (let at = Math.max(1, last - back); at <= last; at += 1) {
    const [before, now] = [steps[at - 1], steps[at]];
    if (before === undefined || now === undefined || !now.refused) continue;
    const same = likeness(before.said.sketch, now.said.sketch);
    const gate = share(Math.max(now.said.harm, before.said.harm) + offset);
    const worth = gate * (same >= like ? 1 : 0.5);
    sum += worth;
    if (worth > 0.1) rests.push(before.turn, now.turn);
  }
  // What counts is that the newest turn goes on with it.
  const newest = steps[last];
  const going = newest === undefined ? 0 : share(newest.said.harm + offset);
  return { sum: sum * going, rests: [...new Set(rests)].sort((a, b) => a - b) };
}

/** Harmful questions that were answered as asked: a made-up history shows the model what it is to do. */
function suppliedShots(steps: readonly Step[]): Evidence {
  const rests: number[] = [];
  for (const [at, { turn, said }] of steps.entries()) {
    const next = steps[at + 1];
    if (next?.answered === true && !next.refused && said.harm > tuning.supplied.harm) rests.push(turn);
  }
  return { sum: rests.length, rests };
}

function splitPayload(
  { textOf, riskOf }: Course,
  steps: readonly Step[],
): { readonly score: number; readonly rests: readonly number[] } {
  const nothing = { score: 0, rests: [] };
  const { pieceTurns, piecesMax } = tuning.split;
  const newest = steps.at(-1);
  const holding = steps.filter(({ said }) => said.pieces > 0).slice(-pieceTurns);
  const given = holding.reduce((sum, { said }) => sum + said.pieces, 0);
  if (newest === undefined || given < 2) return nothing;
  const order = textOf(newest.turn);
  if (order === undefined || !(holds(newest.said.cues, 'join') || addsNames(order))) return nothing;
  const pieces: Piece[] = [];
  for (const { turn } of holding) pieces.push(...piecesIn(textOf(turn) ?? ''));
  const joined = joinedPieces(pieces.slice(-piecesMax), order);
  const score = Math.max(0, ...joined.map((text) => gravity(text, riskOf)));
  return { score, rests: holding.map(({ turn }) => turn) };
}

/** How bad a text is by itself, 0..1. */
function gravity(text: string, riskOf: Course['riskOf']): number {
  const { harm, frame } = intentOf(gramsOf(wordsOf(text)));
  return Math.max(riskOf(text), share(Math.max(harm, frame) + tuning.split.offset));
}

/** Logistic function: log-odds as a share. */
function share(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

/** 0 for 0, 0.5 for `half`, towards 1. */
export function saturating(sum: number, half: number): number {
  return sum <= 0 ? 0 : 1 - 2 ** (-sum / half);
}
