import type { Category, Channel, LanguageGroup } from './vocabulary.ts';

/** What an operator says of an exchange: an honest one looked like an attack, or an attack looked honest. */
export const FEEDBACK_VERDICTS = ['false-positive', 'missed'] as const;
export type FeedbackVerdict = (typeof FEEDBACK_VERDICTS)[number];

/** The detectors' own scores of one text, or of all texts of one channel and language together: the highest of each category. */
export interface ScoredText {
  readonly channel: Channel;
  readonly language: LanguageGroup;
  readonly scores: Readonly<Partial<Record<Category, number>>>;
}

/** What is kept of it: numbers, never content. */
export interface StoredFeedback {
  readonly exchange: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The operator. */
  readonly by: string;
  readonly verdict: FeedbackVerdict;
  readonly scores: readonly ScoredText[];
}

/** One for each exchange: a second one takes the place of the first. Every method throws `STORE_BROKEN` when the store fails. */
export interface FeedbackStore {
  /** The newest first. */
  list(limit: number): readonly StoredFeedback[];
  get(exchange: string): StoredFeedback | undefined;
  put(feedback: StoredFeedback): void;
  remove(exchange: string): void;
}
