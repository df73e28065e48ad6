import type { Detector, Inspection, Outcome, TextLayer, TextView } from '@sallyport/core';
import { tableVersion } from '../matches/table-version.ts';
import { COURSE_TYPES, judgeCourse, saturating } from './course.ts';
import cueTable from './cues.json' with { type: 'json' };
import { gramsOf, wordsOf } from './grams.ts';
import model from './intent-model.json' with { type: 'json' };
import { intentOf } from './intent-model.ts';
import labels from './labels.json' with { type: 'json' };
import { MADE_UP_TRIGGER, madeUpTurns } from './made-up-turns.ts';
import { givesTwo } from './pieces.ts';
import tuning from './tuning.json' with { type: 'json' };
import { featuresOf } from './turn-features.ts';

const ID = 'multi-turn';
const MANY_SHOT = 'many-shot';
/** Made-up turns of one text that are read. */
const SHOTS_MAX = 512;

/**
 * Scores conversations: attacks that build up over turns and show in no single one. Of every message a few numbers are kept;
 * the newest turn of the user is judged in the light of them. Within one text it looks for turns that are made up.
 * Cost: a message once, from the second turn on, 15-70 us per KB; then some 0.1 us for each earlier turn; see benchmarks/conversations.
 */
export const multiTurnDetector: Detector = {
  id: ID,
  version: tableVersion(1, [model, cueTable, labels, tuning]),
  points: ['input'],
  types: [...COURSE_TYPES],
  cache: 'content',
  reach: { kind: 'whole' },
  triggers: [MADE_UP_TRIGGER],
  inspect: inspectView,
  // What a single turn may be is a payload whose pieces it both gives and joins.
  conversation: { tellsAlone: givesTwo, note: featuresOf, judge: judgeCourse },
};

function inspectView(view: TextView, ask: Inspection): Outcome {
  if (ask.origin.role !== 'user') return { status: 'inspected', findings: [] };
  const findings = view.layers.flatMap((layer) => {
    if (ask.hits(layer, MADE_UP_TRIGGER.rule).length < tuning.shots.least) return [];
    const shots = shotsIn(layer);
    if (shots === undefined) return [];
    const { score, start, end } = shots;
    const fingerprint = ask.fingerprint(layer.text.slice(start, end));
    const span = layer.toRaw(start, end);
    return [{ detector: ID, category: ID, type: MANY_SHOT, score, span, via: layer.via, fingerprint } as const];
  });
  return { status: 'inspected', findings };
}

/** Made-up questions that ask for harm, each with an answer: a model goes on as it sees it was done before. */
function shotsIn({
  text,
}: TextLayer): { readonly score: number; readonly start: number; readonly end: number } | undefined {
  const turns = madeUpTurns(text).slice(0, SHOTS_MAX);
  const [first, last] = [turns[0], turns.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  let harmful = 0;
  for (const [at, { speaker, start, end }] of turns.entries()) {
    if (speaker !== 'user' || turns[at + 1]?.speaker !== 'assistant') continue;
    if (intentOf(gramsOf(wordsOf(text.slice(start, end)))).harm > tuning.shots.harm) harmful += 1;
  }
  const score = saturating(harmful, tuning.shots.half);
  return harmful < tuning.shots.least ? undefined : { score, start: first.start, end: last.end };
}
