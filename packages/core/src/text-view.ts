import type { Span } from './vocabulary.ts';

/** One way in which text was hidden, undone. The chain of them on a finding says how its match was revealed. */
export const DECODINGS = [
  'nfkc',
  'zero-width',
  'bidi',
  'tag-block',
  'variation-selector',
  'homoglyph',
  'html-entity',
  'percent',
  'base64',
  'hex',
  'base32',
  'spaced',
  'morse',
  'marks',
  'broken-words',
  'leet',
  'rot13',
  'reversed',
  'pig-latin',
  'joined',
] as const;
export type Decoding = (typeof DECODINGS)[number];

/**
 * One reading of a segment. Layer 0 of a view is the raw text itself (`via` empty); further layers exist only where
 * normalising or decoding gave something else: the folded text, and each decoded run, nested up to a limit.
 */
export interface TextLayer {
  readonly text: string;
  readonly via: readonly Decoding[];
  /** Whether the layer reads on to the end of the raw text, so that text that arrives later continues it. A decoded run does not. */
  readonly growing: boolean;
  /** Maps a range of this layer back to the raw text: the smallest raw span that produced it. */
  toRaw(start: number, end: number): Span;
}

export interface TextView {
  readonly raw: string;
  /** At least one; `layers[0].text === raw`. */
  readonly layers: readonly TextLayer[];
  /** True when a limit (nesting, runs, output size) stopped decoding: the receipt must say so. */
  readonly truncated: boolean;
  /**
   * Raw offset from which the tail may still turn into an encoded run or a longer normal form once more text arrives;
   * `raw.length` when nothing is open. What a stream must hold besides what the detectors ask for.
   */
  readonly openFrom: number;
}
