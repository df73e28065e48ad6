/** What configured detectors may ask for; anything beyond is a configuration error. */
export const CUSTOM_LIMITS = {
  /** Keywords of one detector. */
  maxKeywords: 10_000,
  /** UTF-16 units of one keyword. */
  maxKeywordChars: 256,
  /** UTF-16 units of an expression. */
  maxPatternChars: 4_096,
  /** Instructions that an expression compiles to: `(a{1000}){1000}` is short and huge. */
  maxProgramInstructions: 4_000,
  /** UTF-16 units of one match. */
  maxMatchChars: 4_096,
  /** Characters that searches may read, for each character of a text; beyond, and beyond the next, the answer is `abstained`. */
  searchesPerChar: 64,
  /** Characters that searches may read in the shortest text. */
  minSearchChars: 65_536,
} as const;

/** Longest match of an expression unless told: what a stream holds back for it. */
export const DEFAULT_MAX_MATCH_CHARS = 128;
