import type { AnswerCapture } from './answer-capture.ts';
import type { StyleReader } from './answer-style.ts';
import type { ApprovalAnswer, ApprovalDesk } from './approval.ts';
import type { CallFinding, CallLane } from './call-lane.ts';
import type { Judge, Ruling } from './decide.ts';
import type { ExchangeBudget } from './exchange-budget.ts';
import type { Flow } from './flow.ts';
import type { CallFlow } from './flow-facts.ts';
import type { LateLabels } from './late-labels.ts';
import type { JudgeAnswer } from './model-judge.ts';
import type { AnswerCodec } from './protocol.ts';
import type { LaneParts } from './text-lane.ts';
import type { Effect, Posture, Release } from './vocabulary.ts';

/**
 * Events of an answer that may wait behind one that is held: each takes some 1.5 KB, however little it says. A tool call of
 * 256 KiB that comes in tokens of four characters has as many. Beyond, the answer ends under either posture.
 */
export const HELD_EVENTS_MAX = 65_536;

/** When an answer's text leaves, and how much of it may wait. */
export interface HoldLimits {
  readonly release: Release;
  /** Milliseconds of silence towards a client after which it gets a sign of life, while something is held. */
  readonly heartbeatMs: number;
  /** Characters of one text that may be held, at least 64. */
  readonly textChars: number;
  /** Milliseconds that text may be held while more arrives, without any of it becoming clear. */
  readonly textMs: number;
  /** Size of one tool call, bytes. */
  readonly toolCallBytes: number;
  /** What happens beyond: `closed` ends the answer, `open` lets the rest of that text pass and says so in the receipt. */
  readonly posture: Posture;
}

export interface AnswerParts extends LaneParts {
  readonly exchange: string;
  readonly judge: Judge;
  readonly codec: AnswerCodec;
  readonly hold: HoldLimits;
  /** Where the values of its calls may have come from. */
  readonly labels: LateLabels;
  /** Takes the calls that are let pass. */
  readonly budget: Pick<ExchangeBudget, 'call'>;
  readonly flow: Flow;
  readonly approvals: ApprovalDesk;
  /** Milliseconds for which an answer waits for a human, 0..: with 0 it ends at once, and says what waits. */
  readonly approvalHoldMs: number;
  /** Has a chat model judge whether a complete call serves what the user asked; absent where that is not to be judged. Never rejects. */
  readonly align?: ((call: CallLane, found: readonly CallFinding[]) => Promise<JudgeAnswer>) | undefined;
  /** Told of each call that is let pass, with the arguments that it leaves with, and what the model calls it; absent where nobody wants to know. */
  readonly released?: ((call: FollowedCall, made: string, id?: string) => void) | undefined;
  /** Keeps what policy may want put under lock; absent where no policy does. */
  readonly capture?: AnswerCapture | undefined;
  /** Reads how its texts read; absent where nobody would look at it. */
  readonly style?: StyleReader | undefined;
}

/** A tool call that was decided: to be recorded before any of it leaves. */
export interface DecidedCall {
  readonly tool: string;
  readonly rulings: readonly Ruling[];
  readonly effect: Effect;
  /** What a human said, where policy asked for one. */
  readonly approval?: ApprovalAnswer;
}

/** A tool call whose values were followed. */
export interface FollowedCall {
  readonly decided: DecidedCall;
  /** Absent where it was not read. */
  readonly flow?: CallFlow;
}
