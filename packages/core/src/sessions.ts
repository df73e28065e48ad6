import type { Fingerprint } from './detector.ts';
import type { Owner } from './owner.ts';
import type { SliceContent } from './protocol.ts';
import type { TextMark } from './text-mark.ts';
import type { ToolCall, UnseenHistory } from './transcript.ts';

/**
 * How it is known which session a request goes on with, most trusted first. `explicit`: it refers to what a provider keeps;
 * `header`: the client names it; `trace`: it belongs to a distributed trace; `call-ids`: it holds ids of calls that were
 * served in it; `chain`: it holds an answer that was served in it, behind all that stood before that answer; `new`: nothing says so.
 */
export const SESSION_SOURCES = ['explicit', 'header', 'trace', 'call-ids', 'chain', 'new'] as const;
export type SessionSource = (typeof SESSION_SOURCES)[number];

/** A session as records show it. */
export interface RecordedSession {
  /** `ses_` and 20 hexadecimal digits; says nothing about what the client calls it. */
  readonly id: string;
  readonly by: SessionSource;
}

/** What a message says of its turn, without its text: kept with what else is known of the slice. */
export interface TurnNote {
  /** Of an assistant's message: keyed fingerprints of its text and of each of its calls; absent in other messages. */
  readonly said?: readonly string[];
  /** Ids of calls that it makes or answers, as far as an id of such a form can be nobody else's. */
  readonly callIds: readonly string[];
  readonly results: readonly ResultNote[];
}

export interface ResultNote {
  readonly text: Fingerprint;
  /** Where it can be nobody else's. */
  readonly callId?: string;
  /** Segments of the slice that hold it. */
  readonly segments: readonly number[];
}

/** A message by the key that names its content, with its note. */
export interface KeyedTurn {
  readonly key: string;
  readonly turn: TurnNote;
}

export interface SessionQuestion {
  /** Nobody goes on with another one's session. */
  readonly owner: Owner;
  /** Id of the session that what the request refers to belongs to. */
  readonly explicit?: string | undefined;
  /** What the client calls it. */
  readonly name?: string | undefined;
  /** Id of the trace. */
  readonly trace?: string | undefined;
  /** The request's conversation, oldest message first. */
  readonly turns: readonly KeyedTurn[];
}

/** A tool result that reads otherwise than what the same session showed before. */
export interface ChangedResult {
  /** Indexes of the message in the question, and of the result in its note. */
  readonly turn: number;
  readonly result: number;
  /** Whether the id of its call says that it is the same one, or only the place where it stands. */
  readonly by: 'call-id' | 'position';
}

/** What became of a request, for whoever asks later which session it was. */
export interface SessionAnswer {
  /** Whether the request went to a provider. */
  readonly sent: boolean;
  /** Whether it was answered, and the answer went out whole. */
  readonly whole: boolean;
  /** The model's own texts as the client has them, none where it has nothing; absent where that is not known to the letter. */
  readonly texts?: readonly TextMark[] | undefined;
  /** Calls that left. */
  readonly calls: readonly ToolCall[];
  /** What the request's conversation does to a session; absent where nobody looked. */
  readonly history?: UnseenHistory | undefined;
  /** Tools of the provider's own brought something into the answer. */
  readonly brought: boolean;
}

/** The session of one request. */
export interface Session extends RecordedSession {
  /** What the session came to in messages that the request leaves out; absent where it leaves out nothing that matters. */
  readonly before?: UnseenHistory | undefined;
  readonly changed: readonly ChangedResult[];
  /** Remembers what became of the request, before the client has the end of the answer. Called once at most. */
  answered(answer: SessionAnswer): void;
}

/**
 * Knows which session a request goes on with. Synchronous, bounded; holds keyed fingerprints and ids, no text. What it
 * forgot costs a new session.
 */
export interface Sessions {
  /** What later requests must know of a message. A function of the message alone. */
  noteOf(content: SliceContent): TurnNote;
  /** Cost: about 50 us, and 0.3 us for each message; in a session that goes on, what is new is compared. */
  open(question: SessionQuestion): Session;
}
