/** How an answer reads, without what it says. */
export interface AnswerStyle {
  /** Of a bounded list: a language (`en`), or a script where it is not told which language of it (`latin`); absent of few words. */
  readonly language?: string;
  /** Share of its runs of four words that came before in it, 0..1; absent of few. */
  readonly repetition?: number;
}

/** Reads one answer as it comes; keeps numbers of words, never a text. */
export interface StyleReader {
  push(text: string): void;
  /** As far as it was read. */
  read(): AnswerStyle;
}
