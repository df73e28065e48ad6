import { CONTENT_TYPES, type ContentType } from '@sallyport/detectors';

/** What is known about one question: yes, no, or nothing. */
export type Answer = 0 | 1 | undefined;

/** Questions that the model is asked: one for each type, and whether a text is harmful at all. */
export const QUESTIONS = [...CONTENT_TYPES, 'harm'] as const;
export type Question = (typeof QUESTIONS)[number];
export type Answers = Readonly<Record<Question, Answer>>;

/** A text with what is known about it. */
export interface ContentRow {
  readonly text: string;
  readonly answers: Answers;
  readonly weight: number;
  /** Made from a template: its words say nothing about how people write. */
  readonly generated: boolean;
}

/** The types that are so; of the others `rest` is known. */
export function answers(types: readonly ContentType[], rest: Answer): Answers {
  const known = Object.fromEntries(QUESTIONS.map((question) => [question, rest])) as Record<Question, Answer>;
  for (const type of types) known[type] = 1;
  known.harm = types.length > 0 ? 1 : rest;
  return known;
}
