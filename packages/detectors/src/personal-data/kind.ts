import type { Trigger } from '@sallyport/core';
import type { Match } from '../matches/layer-matches.ts';

/** One kind of personal data: where to look, what counts, and what may still become one. */
export interface Kind {
  /** The types of its findings. */
  readonly types: readonly string[];
  readonly trigger: Omit<Trigger, 'rule'>;
  /** Longest match. */
  readonly maxChars: number;
  /** Matches in the text, by start; `hits` are the offsets at which the trigger fired. */
  matches(text: string, hits: readonly number[]): readonly Match[];
  /** First offset that may still become a match when more text arrives; the text's length when none. */
  openFrom(text: string, hits: readonly number[]): number;
}
