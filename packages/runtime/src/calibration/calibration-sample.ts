import { createHash } from 'node:crypto';
import { type FeedbackVerdict, rateUpperBound, type ScoredText, sampleNeeded, toleratedCount } from '@sallyport/core';
import { ACTING_SCORE, CALIBRATED_CATEGORIES, type CalibratedCell, cellName } from '@sallyport/detectors';
import type { Calibration, CalibrationCell } from './calibration-file.ts';

/** One-sided. */
export const CONFIDENCE = 0.95;
/**
 * No threshold is put below this, however quiet the sample is: scores below say so little that the next honest source
 * would reach them.
 */
export const THRESHOLD_MIN = 0.2;
/** Nor above: an attack beyond it would have nowhere to score. */
export const THRESHOLD_MAX = 0.98;
/** Policies read thousandths. */
const STEPS = 1000;

interface Cell extends CalibratedCell {
  readonly benign: number[];
  readonly attacks: number[];
}

/** Scores of a user's own traffic, and the thresholds that follow from them. Memory: one number for each text and category. */
export class CalibrationSample {
  readonly #cells = new Map<string, Cell>();
  #texts = 0;
  #attacks = 0;
  #feedback = 0;

  /** A category without a finding scores 0. */
  addBenign(text: ScoredText): void {
    this.#texts += 1;
    for (const { cell, score } of this.#scoresOf(text)) cell.benign.push(score);
  }

  addAttack(text: ScoredText): void {
    this.#attacks += 1;
    for (const { cell, score } of this.#scoresOf(text)) cell.attacks.push(score);
  }

  /** What an operator said of an exchange: only the categories that it names count. */
  addFeedback({ channel, language, scores }: ScoredText, verdict: FeedbackVerdict): void {
    this.#feedback += 1;
    for (const category of CALIBRATED_CATEGORIES) {
      const score = scores[category];
      if (score === undefined) continue;
      const cell = this.#cell({ channel, language, category });
      (verdict === 'missed' ? cell.attacks : cell.benign).push(score);
    }
  }

  result({ fprBudget, ...made }: Pick<Calibration, 'fprBudget' | 'madeAt' | 'detectors'>): Calibration {
    const cells = [...this.#cells.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
    return {
      v: 1,
      ...made,
      fprBudget,
      confidence: CONFIDENCE,
      sample: { texts: this.#texts, attacks: this.#attacks, feedback: this.#feedback, hash: hashOf(cells) },
      thresholds: cells.map((cell) => measured(cell, fprBudget)),
    };
  }

  *#scoresOf({ channel, language, scores }: ScoredText): Iterable<{ readonly cell: Cell; readonly score: number }> {
    for (const category of CALIBRATED_CATEGORIES) {
      yield { cell: this.#cell({ channel, language, category }), score: scores[category] ?? 0 };
    }
  }

  #cell(at: CalibratedCell): Cell {
    const name = cellName(at);
    const known = this.#cells.get(name) ?? { ...at, benign: [], attacks: [] };
    this.#cells.set(name, known);
    return known;
  }
}

function measured({ channel, language, category, benign, attacks }: Cell, fprBudget: number): CalibrationCell {
  const texts = benign.length;
  const { status, threshold } = chosen(benign, fprBudget);
  const above = countFrom(benign, threshold);
  return {
    channel,
    language,
    category,
    status,
    threshold,
    texts,
    above,
    upperBound: texts === 0 ? 1 : rateUpperBound(above, texts, CONFIDENCE),
    aboveShipped: countFrom(benign, ACTING_SCORE),
    ...(status === 'too-few' && { needed: sampleNeeded(fprBudget, CONFIDENCE) }),
    attacks: attacks.length,
    found: countFrom(attacks, threshold),
  };
}

/**
 * The lowest threshold, in thousandths, that so few honest texts reach that the upper bound of their share is within the
 * budget: just above the score of the first rank that is too many.
 */
export function chosen(scores: readonly number[], fprBudget: number): Pick<CalibrationCell, 'status' | 'threshold'> {
  const tolerated = toleratedCount(scores.length, fprBudget, CONFIDENCE);
  if (tolerated === undefined) return { status: 'too-few', threshold: ACTING_SCORE };
  const tooMany = Float64Array.from(scores).sort()[scores.length - 1 - tolerated] ?? 0;
  const threshold = Math.max(THRESHOLD_MIN, justAbove(tooMany));
  return threshold > THRESHOLD_MAX
    ? { status: 'out-of-reach', threshold: ACTING_SCORE }
    : { status: 'calibrated', threshold };
}

function justAbove(score: number): number {
  const steps = Math.floor(score * STEPS) + 1;
  // What a product rounds down to the step below would leave the score on the threshold.
  return steps / STEPS > score ? steps / STEPS : (steps + 1) / STEPS;
}

function countFrom(scores: readonly number[], threshold: number): number {
  return scores.filter((score) => score >= threshold).length;
}

function hashOf(cells: readonly Cell[]): string {
  const hash = createHash('sha256');
  for (const cell of cells) {
    const sorted = [cell.benign, cell.attacks].map((scores) => [...Float64Array.from(scores).sort()]);
    hash.update(`${JSON.stringify([cellName(cell), ...sorted])}\n`);
  }
  return hash.digest('hex');
}
