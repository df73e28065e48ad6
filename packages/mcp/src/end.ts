import type { TraceContext } from '@sallyport/core';
import type { McpMessage, RequestId } from './message/message.ts';

/** Why a request gets no answer: who was asked said nothing for too long, went away, or what it said could not be read. */
export type LostReason = 'silent' | 'gone' | 'unreadable' | 'too-large' | 'refused';

/** What comes from the other side of an end. */
export type Incoming =
  | {
      readonly kind: 'message';
      readonly message: McpMessage;
      /** Id of the request that was sent to it in whose stream of answers this came, where that is known. */
      readonly relatedTo?: RequestId;
      /** Where in a distributed trace it stands, as its carrier says beside it. */
      readonly trace?: TraceContext;
    }
  /** A request that was sent to it will get no answer. */
  | { readonly kind: 'lost'; readonly id: RequestId; readonly reason: LostReason }
  /** Nothing comes any more: always the last one. Every request under way was told as lost before. */
  | { readonly kind: 'ended'; readonly reason: LostReason | 'closed' };

export interface SendContext {
  /** Id of the other side's request in whose stream of answers this one belongs, where a transport has such. */
  readonly relatedTo?: RequestId;
}

/** One end of a connection in MCP: a client, or a server, whatever carries the messages. */
export interface McpEnd {
  /**
   * What came, in order. One reader, once. While nobody reads, no more than a bounded number of bytes is taken in.
   * Ids of the other side's requests are unique within one end.
   */
  readonly incoming: AsyncIterable<Incoming>;
  /** Hands a message on; resolves when there is room for more. Never rejects: what an end that is gone is sent is dropped. */
  send(message: McpMessage, context?: SendContext): Promise<void>;
  /** Ends it, as gently as its transport knows; resolves when it is gone. Twice is once. */
  close(): Promise<void>;
}
