/** A keyword with its capitals folded. */
export interface FoldedKeyword {
  readonly index: number;
  readonly text: string;
}

/** Reports that a keyword ends before `end`. */
export type FoundKeyword = (keyword: number, end: number) => void;
