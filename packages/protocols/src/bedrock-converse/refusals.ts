import { Buffer } from 'node:buffer';
import type { AnswerFacts, ErrorCode, Refusal, Reply, WireEvent } from '@sallyport/core';
import type { AnswerVoice } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { jsonReply } from '../json-reply.ts';
import { errorReply, faultBody, faultFrame } from './faults.ts';
import { eventFrame, exceptionFrame, STREAM_TYPE } from './frames.ts';
import type { ConverseRequest } from './parse-request.ts';

/** Marks of the message itself stand in a group of their own. */
export const MESSAGE = -1;

const REFUSED = 'guardrail_intervened';

/** What the gateway says in a stream of events. Nothing is sent to show life: not every SDK reads over unknown events. */
export class ConverseVoice implements AnswerVoice {
  readonly #book: LaneBook;
  readonly #facts: () => AnswerFacts;

  constructor(book: LaneBook, facts: () => AnswerFacts) {
    this.#book = book;
    this.#facts = facts;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[]): Uint8Array {
    if (refusal.form === 'error') return refusalFrame(refusal);
    const told = this.#book.told(held);
    const count = (group: number, says: string) => told.get(group)?.get(says) ?? 0;
    // The message has ended at the client: only an error can still say that this answer was refused.
    if (count(MESSAGE, 'end') > 0) return refusalFrame(refusal);
    const begun = [...told.keys()].filter((index) => index !== MESSAGE && count(index, 'begin') > 0);
    return refusalFrames(refusal, {
      begins: count(MESSAGE, 'begin') === 0,
      open: begun.filter((index) => count(index, 'end') === 0),
      next: Math.max(-1, ...begun) + 1,
      continues: begun.some((index) => count(index, 'text') > 0),
      usage: this.#facts().usage,
    });
  }

  fault(code: ErrorCode): Uint8Array {
    return faultFrame(code);
  }
}

/** What the gateway says in the place of an answer in one piece. */
export const wholeVoice: AnswerVoice = {
  refuse: (refusal) =>
    Buffer.from(JSON.stringify(refusal.form === 'error' ? messageOf(refusal) : refusalBody(refusal))),
  fault: faultBody,
};

/** A whole answer that refuses, JSON or stream as the request asked. */
export function refuseReply(refusal: Refusal, { facts, counted }: ConverseRequest): Reply {
  const { form, message, exchange } = refusal;
  if (form === 'error' || counted) return errorReply(400, 'ValidationException', { message, exchange });
  const headers = { 'x-amzn-requestid': exchange };
  if (!facts.stream) return jsonReply(200, refusalBody(refusal), headers);
  const body = refusalFrames(refusal, FRESH);
  return { status: 200, headers: { 'content-type': STREAM_TYPE, ...headers }, body };
}

/** What the client has of an answer that is refused. */
interface Standing {
  /** Not even the beginning of the message. */
  readonly begins: boolean;
  /** Blocks that have begun and not ended. */
  readonly open: readonly number[];
  /** The block in which the refusal is said. */
  readonly next: number;
  /** Text: the refusal begins a paragraph of its own. */
  readonly continues: boolean;
  readonly usage: AnswerFacts['usage'];
}

const FRESH: Standing = { begins: true, open: [], next: 0, continues: false, usage: undefined };

function refusalFrames({ message }: Refusal, { begins, open, next, continues, usage }: Standing): Uint8Array {
  const text = continues ? `\n\n${message}` : message;
  return Buffer.concat([
    ...(begins ? [eventFrame('messageStart', { role: 'assistant' })] : []),
    ...open.map((index) => eventFrame('contentBlockStop', { contentBlockIndex: index })),
    eventFrame('contentBlockDelta', { contentBlockIndex: next, delta: { text } }),
    eventFrame('contentBlockStop', { contentBlockIndex: next }),
    eventFrame('messageStop', { stopReason: REFUSED }),
    eventFrame('metadata', { metrics: { latencyMs: 0 }, usage: usageOf(usage) }),
  ]);
}

function refusalBody({ message }: Refusal): object {
  return {
    metrics: { latencyMs: 0 },
    output: { message: { content: [{ text: message }], role: 'assistant' } },
    stopReason: REFUSED,
    usage: usageOf(undefined),
  };
}

function refusalFrame(refusal: Refusal): Uint8Array {
  return exceptionFrame('validationException', messageOf(refusal).message);
}

function messageOf({ message, exchange }: Refusal): { readonly message: string } {
  return { message: `${message} (exchange ${exchange})` };
}

function usageOf({ inputTokens = 0, outputTokens = 0 }: NonNullable<AnswerFacts['usage']> = {}): object {
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}
