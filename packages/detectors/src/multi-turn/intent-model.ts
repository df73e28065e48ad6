import { type Grams, NO_GRAM } from './grams.ts';
import model from './intent-model.json' with { type: 'json' };

/** What a text asks for, as log-odds: above 0 it looks more like the attacks of the training data than like its benign texts. */
export interface Intent {
  /** A harmful thing is asked for, or its subject. */
  readonly harm: number;
  /** A persona, a frame of fiction or rules of a game that are to lift refusals. */
  readonly frame: number;
}

/** What a text without words says. */
export const NO_INTENT: Intent = { harm: -6, frame: -6 };
const LOG_ODDS_MAX = 8;

/** Words of one window, so that one sentence in a long text weighs as much as it would alone. */
export const WINDOW_WORDS = 48;
const STRIDE_WORDS = WINDOW_WORDS / 2;

const MASK = 2 ** model.bits - 1;
/** Of each gram its weight for harm and, beside it, that for a frame: one look into memory for both. */
const WEIGHTS = sideBySide(bytesOf(model.harm.weights), bytesOf(model.frame.weights));
const NOWHERE = WEIGHTS.length - 2;

function bytesOf(weights: string): Int8Array {
  return new Int8Array(Buffer.from(weights, 'base64'));
}

function sideBySide(even: Int8Array, odd: Int8Array): Int8Array {
  // Two more, of no gram, weigh nothing.
  const both = new Int8Array(2 * even.length + 2);
  for (let at = 0; at < even.length; at += 1) {
    both[2 * at] = even[at] ?? 0;
    both[2 * at + 1] = odd[at] ?? 0;
  }
  return both;
}

/**
 * Scores a text by two linear models over hashed words, pairs of words and beginnings of words; of a long text the strongest
 * window counts. See README for what they were trained on. Cost: O(words), some 3 us per KB.
 */
export function intentOf(grams: Grams): Intent {
  const { count } = grams;
  if (count === 0) return NO_INTENT;
  let { harm, frame } = NO_INTENT;
  let half = halfFrom(grams, 0);
  for (let from = 0; from === 0 || from + STRIDE_WORDS < count; from += STRIDE_WORDS) {
    const next = halfFrom(grams, from + STRIDE_WORDS);
    const features = half.features + next.features + next.joint.features;
    harm = Math.max(harm, logOdds(model.harm, half.harm + next.harm + next.joint.harm, features));
    frame = Math.max(frame, logOdds(model.frame, half.frame + next.frame + next.joint.frame, features));
    half = next;
  }
  return { harm, frame };
}

interface Sum {
  readonly features: number;
  readonly harm: number;
  readonly frame: number;
}

/** Half a window. The pair of its first word reaches out of it. */
interface Half extends Sum {
  readonly joint: Sum;
}

function halfFrom({ count, words, stems, pairs }: Grams, from: number): Half {
  const to = Math.min(count, from + STRIDE_WORDS);
  let [features, harm, frame] = [0, 0, 0];
  for (let at = from; at < to; at += 1) {
    const word = 2 * ((words[at] as number) & MASK);
    const stem = placeOf(stems[at] as number);
    const pair = at === from ? NOWHERE : placeOf(pairs[at] as number);
    features += 1 + Number(stem !== NOWHERE) + Number(pair !== NOWHERE);
    harm += (WEIGHTS[word] as number) + (WEIGHTS[stem] as number) + (WEIGHTS[pair] as number);
    frame += (WEIGHTS[word + 1] as number) + (WEIGHTS[stem + 1] as number) + (WEIGHTS[pair + 1] as number);
  }
  const outer = from < to ? placeOf(pairs[from] as number) : NOWHERE;
  const joint = {
    features: Number(outer !== NOWHERE),
    harm: WEIGHTS[outer] as number,
    frame: WEIGHTS[outer + 1] as number,
  };
  return { features, harm, frame, joint };
}

/** Where the weights of a gram stand. */
function placeOf(gram: number): number {
  return gram === NO_GRAM ? NOWHERE : 2 * (gram & MASK);
}

function logOdds({ bias, scale }: typeof model.harm, weight: number, features: number): number {
  const odds = bias + (weight * scale) / Math.sqrt(features);
  return Math.min(LOG_ODDS_MAX, Math.max(-LOG_ODDS_MAX, odds));
}
