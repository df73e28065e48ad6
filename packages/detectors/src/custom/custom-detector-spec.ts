import type { Category, Checkpoint } from '@sallyport/core';

/** Options with every default filled in. */
export interface CustomDetectorSpec {
  readonly id: string;
  readonly category: Category;
  readonly type: string;
  readonly keywords: readonly string[];
  readonly wholeWords: boolean;
  readonly pattern: string | undefined;
  readonly flags: string;
  readonly maxMatchChars: number;
  readonly score: number;
  readonly points: readonly Checkpoint[];
}

/** What decides a detector's answers: all but its name and where it runs. */
export function answersOf({ id: _id, points: _points, ...answers }: CustomDetectorSpec): unknown {
  return answers;
}
