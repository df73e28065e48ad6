import type { Role } from './vocabulary.ts';

/** Who takes turns in a conversation: what systems and tools say is not a turn. */
export type Speaker = Extract<Role, 'user' | 'assistant'>;

/**
 * What a detector keeps of one turn: numbers only, never text, since it is remembered between requests. Only the detector
 * that made it reads it.
 */
export type SpokenNote = object;

/** One turn as it is known without its text. */
export interface Turn {
  readonly speaker: Speaker;
  readonly note: SpokenNote;
  /** Highest score of its injection findings, 0..1. */
  readonly risk: number;
}

/** The turns up to the newest one of the user, and the ways to look again at what they said. */
export interface Course {
  /** In transcript order; the last one is the user's. */
  readonly turns: readonly Turn[];
  /** The text of a turn, decoded anew; undefined where it cannot be read. */
  textOf(turn: number): string | undefined;
  /** Highest score of the injection findings of a text that a user might have sent, 0..1. */
  riskOf(text: string): number;
}

/** What the newest turn of the user is in the light of those before it. */
export interface CourseFinding {
  readonly type: string;
  /** 0..1 */
  readonly score: number;
  /** Indexes of the turns that it rests on, ascending. */
  readonly rests: readonly number[];
}

/**
 * The part of a detector that sees conversations as a whole. Pure: the same turns yield the same findings.
 * Cost: `tellsAlone()` and `note()` O(text), once for each message, the latter from the second turn of the user on; `judge()` a bounded number of operations for each turn.
 */
export interface ConversationReader {
  /** Whether a user's turn may be found to be something when it is the only one; a wrong yes costs time alone. */
  tellsAlone(text: string): boolean;
  note(text: string, speaker: Speaker): SpokenNote;
  judge(course: Course): readonly CourseFinding[];
}
