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

interface Head {
  readonly bias: number;
  readonly scale: number;
  readonly weights: Int8Array;
}

const MASK = 2 ** model.bits - 1;
const HARM = headOf(model.harm);
const FRAME = headOf(model.frame);

function headOf({ bias, scale, weights }: typeof model.harm): Head {
  return { bias, scale, weights: new Int8Array(Buffer.from(weights, 'base64')) };
}

/**
 * Scores a text by two linear models over hashed words, pairs of words and beginnings of words; of a long text the strongest
 * window counts. See README for what they were trained on. Cost: O(words), some 5 us per KB.
 */
export function intentOf(grams: Grams): Intent {
  const count = grams.words.length;
  if (count === 0) return NO_INTENT;
  const sums = sumsOf(grams);
  let best = NO_INTENT;
  for (let from = 0; from === 0 || from + STRIDE_WORDS < count; from += STRIDE_WORDS) {
    const here = { grams, sums, from, to: Math.min(count, from + WINDOW_WORDS) };
    best = { harm: Math.max(best.harm, logOdds(HARM, here)), frame: Math.max(best.frame, logOdds(FRAME, here)) };
  }
  return best;
}

/** Features and their weights, added up from the beginning to each place. */
interface Sums {
  readonly features: Float64Array;
  readonly byHead: ReadonlyMap<Head, Float64Array>;
}

function sumsOf({ words, stems, pairs }: Grams): Sums {
  const features = new Float64Array(words.length + 1);
  const harm = new Float64Array(words.length + 1);
  const frame = new Float64Array(words.length + 1);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? NO_GRAM;
    const stem = stems[at] ?? NO_GRAM;
    const pair = pairs[at] ?? NO_GRAM;
    features[at + 1] = (features[at] ?? 0) + 1 + Number(stem !== NO_GRAM) + Number(pair !== NO_GRAM);
    harm[at + 1] = (harm[at] ?? 0) + weightOf(HARM, word) + weightOf(HARM, stem) + weightOf(HARM, pair);
    frame[at + 1] = (frame[at] ?? 0) + weightOf(FRAME, word) + weightOf(FRAME, stem) + weightOf(FRAME, pair);
  }
  return {
    features,
    byHead: new Map([
      [HARM, harm],
      [FRAME, frame],
    ]),
  };
}

function weightOf({ weights }: Head, gram: number): number {
  return gram === NO_GRAM ? 0 : (weights[gram & MASK] ?? 0);
}

interface Window {
  readonly grams: Grams;
  readonly sums: Sums;
  readonly from: number;
  readonly to: number;
}

function logOdds(head: Head, { grams, sums, from, to }: Window): number {
  const totals = sums.byHead.get(head);
  let weight = (totals?.[to] ?? 0) - (totals?.[from] ?? 0);
  let features = (sums.features[to] ?? 0) - (sums.features[from] ?? 0);
  // The pair of a window's first word reaches out of it.
  const outer = grams.pairs[from] ?? NO_GRAM;
  weight -= weightOf(head, outer);
  if (outer !== NO_GRAM) features -= 1;
  const odds = head.bias + (weight * head.scale) / Math.sqrt(features);
  return Math.min(LOG_ODDS_MAX, Math.max(-LOG_ODDS_MAX, odds));
}
