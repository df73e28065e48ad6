import type { RecordedDecision } from './recorded-decision.ts';
import type { Category } from './vocabulary.ts';

/** Findings of recorded decisions by category; one that only stands beyond the end of a list that was cut counts once. */
export function foundCategories(decisions: readonly RecordedDecision[]): Readonly<Partial<Record<Category, number>>> {
  const found: Partial<Record<Category, number>> = {};
  for (const recorded of decisions) {
    if (recorded.kind === 'access') continue;
    const { findings, folded } = recorded.question.context;
    for (const { category } of findings) found[category] = (found[category] ?? 0) + 1;
    for (const [category, risk] of Object.entries(folded?.risk ?? {}) as [Category, number][]) {
      if (risk > 0) found[category] ??= 1;
    }
  }
  return found;
}
