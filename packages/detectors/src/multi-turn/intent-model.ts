import { gramsOf, windowsOf } from './grams.ts';
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
 * Scores words by two linear models over hashed words, pairs of words and beginnings of words; of a long text the strongest
 * window counts. See README for what they were trained on. Cost: O(words), about 20 us per KB.
 */
export function intentOf(words: readonly string[]): Intent {
  let best = NO_INTENT;
  for (const window of windowsOf(words)) {
    const grams = gramsOf(window);
    const { harm, frame } = best;
    best = { harm: Math.max(harm, logOdds(HARM, grams)), frame: Math.max(frame, logOdds(FRAME, grams)) };
  }
  return best;
}

function logOdds({ bias, scale, weights }: Head, grams: readonly number[]): number {
  let sum = 0;
  for (const gram of grams) sum += weights[gram & MASK] ?? 0;
  const odds = bias + (sum * scale) / Math.sqrt(grams.length);
  return Math.min(LOG_ODDS_MAX, Math.max(-LOG_ODDS_MAX, odds));
}
