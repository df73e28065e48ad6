import type { FoldedFindings, GuardContext } from './decision.ts';
import { CATEGORIES, type Category } from './vocabulary.ts';

const MAX_RISK = 1000;
/** Of no type at all: most texts hold nothing to find. */
const NONE: Readonly<Record<string, number>> = {};

function riskOf(score: number): number {
  // A score that is no number is a broken detector: the worst is assumed.
  if (Number.isNaN(score)) return MAX_RISK;
  return Math.round(Math.min(Math.max(score, 0), 1) * MAX_RISK);
}

/**
 * Folds a question's findings into what policies read.
 * @returns `risk`: the highest score of every category as 0..1000, rounded; `found`: how many of each type, those that
 * occur; `score`: the highest score of each of them as 0..1000. Cost: O(findings).
 * @param earlier findings of the same text that were folded before
 */
export function foldFindings(findings: GuardContext['findings'], earlier?: FoldedFindings): Required<FoldedFindings> {
  const risk: Record<Category, number> = {
    injection: 0,
    exfiltration: 0,
    secrets: 0,
    'personal-data': 0,
    'context-leak': 0,
    'hidden-text': 0,
    'unsafe-output': 0,
    content: 0,
    'tool-misuse': 0,
    'tool-integrity': 0,
    'multi-turn': 0,
    intent: 0,
    custom: 0,
    provider: 0,
    ...earlier?.risk,
  };
  const { found = NONE, score: highest = NONE } = earlier ?? {};
  if (findings.length === 0) return { risk, found, score: highest };
  const counts = new Map<string, number>(Object.entries(found));
  const scores = new Map<string, number>(Object.entries(highest));
  for (const { category, type, score } of findings) {
    risk[category] = Math.max(risk[category], riskOf(score));
    counts.set(type, (counts.get(type) ?? 0) + 1);
    scores.set(type, Math.max(scores.get(type) ?? 0, riskOf(score)));
  }
  return { risk, found: Object.fromEntries(counts), score: Object.fromEntries(scores) };
}

/** Whether a score, folded, reaches a threshold of a policy, 0..1000. */
export function reaches(score: number, threshold: number): boolean {
  return riskOf(score) >= threshold;
}

export function isCategory(word: string): word is Category {
  return (CATEGORIES as readonly string[]).includes(word);
}
