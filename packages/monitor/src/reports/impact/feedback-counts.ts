import { type AdminRecord, BoundedCache, FEEDBACK_VERDICTS, type FeedbackVerdict } from '@sallyport/core';

/** Exchanges of which operators said something that are remembered; what was said of others stands as it was said. */
export const FEEDBACK_REMEMBERED_MAX = 20_000;

/** What operators said of exchanges in the period and did not take back: each exchange by what was said of it last. */
export interface FeedbackFigures extends Readonly<Record<FeedbackVerdict, number>> {
  readonly undone: number;
}

/** Follows what operators say of exchanges. Bounded. */
export class FeedbackCounts {
  readonly #said = new BoundedCache<FeedbackVerdict>({
    maxEntries: FEEDBACK_REMEMBERED_MAX,
    maxWeight: FEEDBACK_REMEMBERED_MAX,
  });
  readonly #counts: Record<FeedbackVerdict, number> = { 'false-positive': 0, missed: 0 };
  #undone = 0;

  take({ action, outcome, targets }: AdminRecord): void {
    const [exchange = '', said] = targets;
    // What was recorded as done and failed then is rare enough to be counted as said.
    if (outcome !== 'done' || exchange === '') return;
    if (action === 'feedback.give') this.#say(exchange, said);
    else if (action === 'feedback.undo') this.#undo(exchange);
  }

  report(): FeedbackFigures {
    return { ...this.#counts, undone: this.#undone };
  }

  #say(exchange: string, said: string | undefined): void {
    const verdict = FEEDBACK_VERDICTS.find((each) => each === said);
    if (verdict === undefined) return;
    const before = this.#said.get(exchange);
    if (before !== undefined) this.#counts[before] -= 1;
    this.#counts[verdict] += 1;
    this.#said.set(exchange, verdict, 1);
  }

  #undo(exchange: string): void {
    const before = this.#said.get(exchange);
    if (before === undefined) return;
    this.#counts[before] -= 1;
    this.#undone += 1;
    this.#said.delete(exchange);
  }
}
