/** What moved, as a detector says it. */
export interface Change {
  readonly direction: 'up' | 'down' | 'other';
  /** What was usual: a mean, a share 0..1; of a mix nothing. */
  readonly before?: number;
  /** What is seen since it moved, likewise. */
  readonly after?: number;
  /** Observations since it began to move. */
  readonly since: number;
  /** Time of the first of them, as it was given with them. */
  readonly fromMs: number;
  /** How far it went beyond what raises an alarm: 1 is just so far. */
  readonly strength: number;
}

/** Something that learns what is usual, and says when that is so no more; then it learns anew. */
export interface ChangeDetector<T> {
  /** Observations so far are too few to say anything. */
  readonly isLearning: boolean;
  /** @param atMs when it was, milliseconds of any clock; default 0 */
  observe(value: T, atMs?: number): Change | undefined;
}
