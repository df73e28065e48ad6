import type { AnswerFacts, ErrorCode, Lane, LaneLeaf, Refusal, WireEvent } from '@sallyport/core';
import type { FrameField, JsonNode } from '@sallyport/wire';
import type { RepeatedEvents } from './repeated-events.ts';

/** The data of one event of a stream, or a whole answer. */
export interface ReadableEvent {
  readonly node: JsonNode;
  /** What `node` was parsed from. */
  readonly data: string;
  /** The frame's own word for its kind (`event:` of server-sent events, `:event-type` of an event stream), where it has one. */
  readonly name: string | undefined;
  /** What the frame says beside its data; a whole answer says nothing. */
  readonly fields: readonly FrameField[];
}

/** What one protocol knows of its answers: it reads them into the lanes of a book. Holds the state of one answer. */
export interface AnswerReader {
  /**
   * Reads an event of a stream, or a whole answer. What cannot be inspected sets the book's `broken`.
   * @returns what it says about the answer and was not said before
   */
  read(event: ReadableEvent): AnswerFacts | undefined;
  /** Reads a frame that carries no data, where this protocol says something with its fields alone. */
  readBare?(fields: readonly FrameField[]): AnswerFacts | undefined;
  /** Reads a value that is no answer of this protocol, such as the body of an error. */
  readOther(node: JsonNode): void;
  /** Data that is no JSON and ends a stream, such as `[DONE]`. */
  isEnd?(data: string): boolean;
  /** The event read last ends the answer, whatever follows. */
  readonly ended: boolean;
  /** The answer would be whole if the connection ended here. */
  readonly complete: boolean;
  /** Events like one that was read, each with another text in the same lane; a reader without it has every event parsed. */
  again?(events: RepeatedEvents): void;
  /** The leaves of a closed call. */
  leaves(lane: Lane, text: string): readonly LaneLeaf[];
}

/** What the gateway says in the place of the rest of an answer, in one protocol's form. */
export interface AnswerVoice {
  /** Ends an answer with a refusal. @param held events that the client will not get */
  refuse(refusal: Refusal, held: readonly WireEvent[]): Uint8Array;
  /** Reports an error in band. */
  fault(code: ErrorCode): Uint8Array;
  /** Bytes between two events that clients read over. */
  readonly heartbeat?: Uint8Array;
}
