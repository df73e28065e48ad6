import type { AnswerParts, DecidedCall } from './answer-parts.ts';
import type { ApprovalAnswer, AskedArgument } from './approval.ts';
import type { CallFinding, CallLane } from './call-lane.ts';
import { approved, blockedFor, type Judge, overBudget, type Ruling, ruleAccess, ruleGuard } from './decide.ts';
import { strongest, strongestOf, type TypedCall } from './decision.ts';
import type { ReceiptLine } from './detector.ts';
import type { Flow } from './flow.ts';
import type { CallFlow, FlowFacts, Source } from './flow-facts.ts';
import { joinRulings } from './join-rulings.ts';
import { poisonedMemory } from './poisoned-memory.ts';
import { recordedPlace } from './recorded-name.ts';
import { ruleReads } from './rule-sources.ts';

/** Why a call is blocked about which a human said no, and one about which nobody can be asked. */
export const APPROVAL_DENIED = 'approval-denied';
export const APPROVALS_CROWDED = 'approvals-crowded';

/** What is called. */
export interface CalledTool {
  readonly name: string;
  /** Where its arguments stand, as a record says it. */
  readonly where: string;
  /** Groups of it beside those of what it does and those that configuration gives it. */
  readonly groups?: readonly string[];
  /** What policies that name the tool are asked about; absent where nobody knows which tool of whose it is. */
  readonly typed?: TypedCall;
}

export interface CallMatter {
  readonly found: readonly Pick<CallFinding, 'finding'>[];
  readonly lines: readonly ReceiptLine[];
  /** Absent where the call was not read. */
  readonly flow?: CallFlow;
  /** What it is called with, JSON; absent where that was not read. */
  readonly given?: string;
}

export interface CallRuling {
  readonly decided: DecidedCall;
  /** All groups of the tool. */
  readonly groups: readonly string[];
  readonly access: Ruling;
  /** What both questions about it come to, where two were asked. */
  readonly guard: Ruling;
  readonly flow?: CallFlow;
}

/** A call that waits for a human, with all that was found in it. */
export interface WaitingCall {
  readonly id: string;
  readonly call: CallLane;
  readonly found: readonly CallFinding[];
  readonly ruled: CallRuling;
}

/**
 * Asks both sets about a tool call: may this principal call that tool, and may it be called with this. The guard set is asked twice where
 * policies name the tool: once as about any tool, once with its arguments. Each stands in the record, the stricter counts.
 */
export function ruleCall(judge: Judge, called: CalledTool, { found, lines, flow, given }: CallMatter): CallRuling {
  const { name: tool, where } = called;
  const { principal, facts, directory } = judge;
  const groups = [...toolGroups(flow?.facts), ...(directory?.toolGroups(tool) ?? []), ...(called.groups ?? [])];
  const resource = { kind: 'tool', id: tool, groups } as const;
  const context = { route: facts.route, protocol: facts.protocol };
  const may = ruleAccess(judge, { principal, action: 'call-tool', resource, context });
  const reads = ruleReads(judge, directory?.sourcesOfCall(tool, given) ?? []);
  // Last, so that what is to be redacted keeps its place among what was found in the text.
  const all = [...found.map(({ finding }) => finding), ...poisonedMemory(flow?.facts)];
  const findings = all.map((finding) => ({ ...finding, where: recordedPlace(where) }));
  const matter = { point: 'tool-call', resource, findings, lines, ...(flow && { flow: flow.facts }) } as const;
  const asAny = ruleGuard(judge, matter);
  const { typed } = called;
  const isNamed = typed !== undefined && judge.engine.typedActions?.has(typed.action) === true;
  const asItself = isNamed ? ruleGuard(judge, { ...matter, typed }) : undefined;
  const guard = asItself === undefined ? asAny : joinRulings(asAny, asItself);
  const rulings = [may, ...reads, asAny, ...(asItself === undefined ? [] : [asItself])];
  const effect = strongestOf(rulings.map((ruling) => ruling.effect));
  // What may not be called, or may not be reached by it, is stopped by whichever says so first.
  const access = [may, ...reads].find(({ decision }) => decision.verdict !== 'allow') ?? may;
  return { decided: { tool, rulings, effect }, groups, access, guard, ...(flow && { flow }) };
}

/** What a tool does and takes, as groups of it: `resource in ToolGroup::"writes"`, `ToolGroup::"takes-destination"`. */
export function toolGroups(facts: FlowFacts | undefined): readonly string[] {
  if (facts === undefined) return [];
  const { effect, outward, destructive, memory } = facts.tool;
  return [
    effect === 'read' ? 'reads' : 'writes',
    ...(outward ? ['outward'] : []),
    ...(destructive ? ['destructive'] : []),
    ...(memory === undefined ? [] : ['memory']),
    ...Object.keys(facts.flow).map((role) => `takes-${role}`),
  ];
}

/** Whether a human can let the call pass: policy asks, and nothing else stops it. */
export function asksHuman({ access, guard }: CallRuling): boolean {
  return access.decision.verdict === 'allow' && guard.decision.verdict === 'ask';
}

/**
 * A call that nothing stops takes from the budgets of its tool. Where one has no room, it is refused like a call that access
 * policy denies.
 */
export function withinBudget(ruled: CallRuling, made: () => string, budget: AnswerParts['budget']): CallRuling {
  if (ruled.access.decision.verdict !== 'allow' || ruled.guard.decision.verdict !== 'allow') return ruled;
  const refusal = budget.call(ruled.decided.tool, made, ruled.groups);
  if (refusal === undefined) return ruled;
  const access = overBudget(refusal.hits, ruled.access);
  const rulings = ruled.decided.rulings.map((ruling) => (ruling === ruled.access ? access : ruling));
  return { ...ruled, access, decided: { ...ruled.decided, rulings, effect: access.effect } };
}

export type AskingParts = Pick<AnswerParts, 'judge' | 'exchange' | 'approvals' | 'flow'>;

/** Puts a call to the desk. @param made what the tool would be called with; JSON where it is JSON */
export function askAbout(ruled: CallRuling, made: string, parts: AskingParts): ApprovalAnswer {
  const { judge, exchange, approvals, flow } = parts;
  const { policies, policySet } = ruled.guard.decision;
  const message = judge.engine.message(ruled.guard.decision);
  return approvals.ask({
    exchange,
    route: judge.facts.route,
    protocol: judge.facts.protocol,
    principal: judge.principal,
    tool: ruled.decided.tool,
    toolGroups: ruled.groups,
    arguments: made,
    provenance: provenanceOf(ruled.flow, flow),
    policies,
    policySet,
    ...(message !== undefined && { message }),
  });
}

/** Arguments of a call whose sources a human is told; what decides most comes first. */
const SHOWN_ARGUMENTS = 32;

/** Where the values came from, with what stood there. */
function provenanceOf(traced: CallFlow | undefined, flow: Flow): readonly AskedArgument[] {
  const ranked = [...(traced?.arguments ?? [])].sort((a, b) => RANK.indexOf(b.source) - RANK.indexOf(a.source));
  return ranked.slice(0, SHOWN_ARGUMENTS).map(({ evidence, path, role, source, endorsement, lookalike, spanRisk }) => ({
    path,
    role,
    source,
    spanRisk,
    lookalike,
    ...(endorsement !== undefined && { endorsement }),
    evidence: evidence.map((each) => {
      const excerpt = flow.excerptOf(each);
      return { ...each, ...(excerpt !== undefined && { excerpt }) };
    }),
  }));
}

const RANK: readonly Source[] = ['trusted', 'user', 'atom', 'mixed', 'none', 'free'];

/** What the ruling on a call becomes with what came of asking. */
export function answered(ruled: CallRuling, answer: ApprovalAnswer): CallRuling {
  const guard = guardAnswered(ruled.guard, answer);
  const effect = strongest(ruled.access.effect, guard.effect);
  return { ...ruled, guard, decided: { ...ruled.decided, effect, approval: answer } };
}

function guardAnswered(guard: Ruling, answer: ApprovalAnswer): Ruling {
  switch (answer.status) {
    case 'granted':
      return approved(guard);
    case 'denied':
      return blockedFor(APPROVAL_DENIED, guard);
    case 'pending':
      return { ...guard, approval: answer.id };
    default:
      return blockedFor(APPROVALS_CROWDED, guard);
  }
}
