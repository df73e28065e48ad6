import type { Condensed } from './gram-index.ts';

/** One layer's text, as it is and condensed. */
export interface Reading {
  readonly text: string;
  readonly condensed: Condensed;
}
