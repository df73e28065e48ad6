/** What one message, call or session may cost. What lies beyond is not read field by field: it counts as free text, or as `none`. */
export interface FlowLimits {
  /** A value that is longer is free text; characters. */
  readonly maxAtomChars: number;
  /** Characters of one text that are labelled; the rest is one leaf that is never matched, and the labels say `truncated`. */
  readonly maxTextChars: number;
  /** Leaves of one text; the rest of it is one leaf of free text. */
  readonly maxLeaves: number;
  /** Containers within containers. */
  readonly maxDepth: number;
  /** Leaves of one call's arguments that are traced; a call with more has a source of `none` for the rest. */
  readonly maxArguments: number;
  /** Characters of one argument whose words and values are traced. */
  readonly maxArgumentChars: number;
  /** A block inside the user's text that is fenced, quoted or tagged and longer than this is a document; characters. */
  readonly maxQuotedChars: number;
  /** A paragraph of the user's text that is longer than this is a document; characters. */
  readonly maxParagraphChars: number;
}

export const FLOW_LIMITS: FlowLimits = {
  maxAtomChars: 64,
  maxTextChars: 262_144,
  maxLeaves: 4_096,
  maxDepth: 32,
  maxArguments: 256,
  maxArgumentChars: 65_536,
  maxQuotedChars: 280,
  maxParagraphChars: 1_200,
};
