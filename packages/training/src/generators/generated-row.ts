/** Who wrote a text: the user, or somebody whose text came in as data. */
export type Channel = 'direct' | 'data';

/** A row for training or measuring. */
export interface GeneratedRow {
  readonly text: string;
  readonly channel: Channel;
  readonly label: 'attack' | 'benign';
  readonly family: string;
  readonly carrier: string;
  /** BCP 47. */
  readonly language: string;
  /** Disguises joined by `+`, innermost first; `none` without. */
  readonly obfuscation: string;
  /** Names an attack and its harmless twin; texts without twin have none. */
  readonly pair?: string;
}
