import type { AnswerFlow } from './answer-flow.ts';
import type { AnswerParts, DecidedCall } from './answer-parts.ts';
import type { AnswerRedactions } from './answer-redactions.ts';
import type { ApprovalAnswer } from './approval.ts';
import type { CallFinding, CallLane } from './call-lane.ts';
import { NO_LEAF } from './consult-judge.ts';
import type { Ruling } from './decide.ts';
import { strongest } from './decision.ts';
import type { ReceiptLine } from './detector.ts';
import type { JudgeAnswer } from './model-judge.ts';
import {
  answered,
  askAbout,
  asksHuman,
  type CalledTool,
  type CallRuling,
  ruleCall,
  type WaitingCall,
  withinBudget,
} from './rule-call.ts';
import type { StreamGate } from './stream-gate.ts';
import type { Effect } from './vocabulary.ts';

export interface AnswerCallsParts {
  readonly parts: AnswerParts;
  readonly flow: AnswerFlow;
  readonly gate: StreamGate;
  readonly redactions: AnswerRedactions;
  /** Told of every ruling. @returns whether the answer still goes on */
  readonly heed: (ruling: Ruling) => boolean;
  /** Whether the answer still goes on. */
  readonly goesOn: () => boolean;
}

/** A call that is complete and waits for the judge. */
export interface UnjudgedCall {
  readonly call: CallLane;
  readonly found: readonly CallFinding[];
  readonly answer: Promise<JudgeAnswer>;
}

/** The tool calls of an answer: each is decided when it is complete, waits for a human where policy asks for one, and is cleared. */
export class AnswerCalls {
  private readonly own: AnswerCallsParts;
  private decided: DecidedCall[] = [];
  private waiting: WaitingCall[] = [];
  private unjudged: UnjudgedCall[] = [];
  /** Calls that nothing keeps from leaving. */
  readonly left: CallLane[] = [];
  /** Calls that were let pass and change something or reach somebody. */
  writes = 0;
  effect: Effect = 'allow';

  constructor(own: AnswerCallsParts) {
    this.own = own;
  }

  /** Tool calls decided since the last call. */
  take(): readonly DecidedCall[] {
    const { decided } = this;
    this.decided = [];
    return decided;
  }

  /** Calls that wait for a human, until they are settled. Nothing behind them leaves. */
  get waitsFor(): readonly WaitingCall[] {
    return this.own.goesOn() ? this.waiting : [];
  }

  /** Calls that wait for the judge, until they are judged. Nothing behind them leaves. */
  get waitsForJudge(): readonly UnjudgedCall[] {
    return this.own.goesOn() ? this.unjudged : [];
  }

  /** The judge answered. */
  judged(one: UnjudgedCall, { line, finding }: JudgeAnswer): void {
    this.unjudged = this.unjudged.filter((each) => each !== one);
    one.call.lines.push(line);
    const about = { leaf: NO_LEAF, wire: NOWHERE, value: '' };
    const found = finding === undefined ? [] : [{ ...about, finding: { ...finding, span: NOWHERE } }];
    this.rule(one.call, [...one.found, ...found]);
  }

  /** A human answered, or did not in time. */
  settle(call: WaitingCall, answer: ApprovalAnswer): void {
    this.waiting = this.waiting.filter((each) => each !== call);
    // A yes is to what was asked: what was taken from the principal or the tool meanwhile, it does not give back.
    const now = this.asked(call.call, call.found);
    const isTaken = now.access.decision.verdict !== 'allow' || now.guard.decision.verdict === 'block';
    this.conclude(call, isTaken ? now : answered(call.ruled, answer));
  }

  /** A call is complete. */
  decide(call: CallLane): void {
    const { parts, goesOn } = this.own;
    const found = call.end(parts.codec);
    if (parts.align === undefined || !goesOn()) this.rule(call, found);
    else this.unjudged.push({ call, found, answer: parts.align(call, found) });
  }

  private asked(call: CallLane, found: readonly CallFinding[]): CallRuling {
    const { parts, flow } = this.own;
    const matter = { found, lines: call.lines, flow: flow.ofCall(call), given: call.made };
    return ruleCall(parts.judge, calledBy(call), matter);
  }

  private rule(call: CallLane, found: readonly CallFinding[]): void {
    const { parts, goesOn } = this.own;
    const ruled = this.asked(call, found);
    if (!goesOn() || !asksHuman(ruled)) {
      this.conclude({ call, found }, ruled);
      return;
    }
    const answer = askAbout(ruled, call.made, parts);
    if (answer.status === 'pending' && parts.approvalHoldMs > 0) {
      this.waiting.push({ id: answer.id, call, found, ruled });
    } else {
      this.conclude({ call, found }, answered(ruled, answer));
    }
  }

  /** What a call carries passes unseen, but not which tool it calls. */
  decideUnread(call: CallLane, lines: readonly ReceiptLine[]): void {
    const { parts, flow } = this.own;
    const asked = ruleCall(parts.judge, calledBy(call), { found: [], lines, flow: flow.ofUnread(call) });
    const ruled = withinBudget(asked, () => call.made, parts.budget);
    parts.capture?.call(ruled, { call });
    this.note(ruled);
  }

  /** Notes the ruling on a call for the record, and clears the call if that is the ruling. */
  private conclude({ call, found }: Pick<WaitingCall, 'call' | 'found'>, asked: CallRuling): void {
    const { parts, gate, redactions } = this.own;
    const ruled = withinBudget(asked, () => call.made, parts.budget);
    parts.capture?.call(ruled, { call, found });
    const leaves = this.note(ruled);
    if (leaves) this.left.push(call);
    const { redact, vault } = ruled.guard.decision;
    const redacted = redact.flatMap((index) => {
      const one = found[index];
      if (one === undefined || redactions.wasPutBack(one, 'tool-argument', call.lane.origin.tool)) return [];
      return [{ leaf: one.leaf, edit: { ...one.wire, text: redactions.place(one, vault?.includes(index) === true) } }];
    });
    const edits = call.edits(redacted);
    gate.clear(call.lane.id, call.received, edits);
    if (leaves && ruled.flow !== undefined) parts.released?.(ruled, call.leaving(edits), call.lane.callId);
  }

  /** @returns whether the answer still goes on */
  private note({ decided, access, guard, flow }: CallRuling): boolean {
    this.effect = strongest(this.effect, decided.effect);
    this.decided.push(decided);
    if (flow?.facts.tool.effect === 'write' && guard.decision.verdict === 'allow') this.writes += 1;
    this.own.heed(access);
    return this.own.heed(guard);
  }
}

function calledBy({ lane: { id, origin } }: CallLane): CalledTool {
  return { name: origin.tool ?? '', where: `answer/${id}` };
}

const NOWHERE = { start: 0, end: 0 };
