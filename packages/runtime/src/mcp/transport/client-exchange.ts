import type { MessageLimits } from '@sallyport/mcp';
import type { AnswerStream } from './answer-stream.ts';
import type { Accepted } from './check-head.ts';
import type { ClientRequest, ClientWriter } from './client-request.ts';
import type { TransportClock } from './transport-clock.ts';

/** One HTTP request that is being served. */
export interface ClientExchange {
  readonly request: ClientRequest;
  readonly writer: ClientWriter;
  readonly accepted: Accepted;
}

export interface ClientSessionParts {
  readonly clock: TransportClock;
  readonly json: MessageLimits;
  readonly owner: string;
  /** Of one message, bytes. */
  readonly maxMessageBytes: number;
  /** Requests without an answer, each way. */
  readonly maxPending: number;
  readonly heartbeatMs: number;
  /** The session is there no more. */
  readonly onEnded: () => void;
}

/** Calls `run` once when the client of an exchange is gone before its answer has ended; then nothing more is written. */
export function whenLeft({ request }: ClientExchange, answer: AnswerStream, run: () => void): void {
  const { signal } = request;
  const leave = () => {
    if (answer.hasEnded) return;
    answer.abandon();
    run();
  };
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave);
  void answer.ended.then(() => signal.removeEventListener('abort', leave));
}
