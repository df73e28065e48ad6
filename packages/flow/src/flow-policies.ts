import type { FlowFacts, RoleFacts, SinkRole, Source, Verdict } from '@sallyport/core';

export const FLOW_POLICIES = ['detector', 'coarse', 'value', 'joint', 'tiered'] as const;
export type FlowPolicyName = (typeof FLOW_POLICIES)[number];

/** What a policy is asked about: facts, and nothing of any text. */
export interface FlowQuestion {
  readonly facts: FlowFacts;
  /** The highest score of anything that the session's tools brought, 0..1000. */
  readonly sessionRisk: number;
}

/** From here on a text looks like an instruction. */
const RISKY_SPAN = 500;
/** From here on it looks like nothing else. */
const CERTAIN_SPAN = 700;

/** What decides where a call's harm goes. */
const DECISIVE: readonly SinkRole[] = ['destination', 'credential', 'object', 'code'];
const UNTRUSTED: readonly Source[] = ['free'];
const UNSOURCED: readonly Source[] = ['free', 'none'];

type FlowPolicy = (question: FlowQuestion) => Verdict;

export const flowPolicies: Readonly<Record<FlowPolicyName, FlowPolicy>> = {
  detector: ({ facts, sessionRisk }) => (acts(facts) && sessionRisk >= RISKY_SPAN ? 'block' : 'allow'),
  coarse: ({ facts }) => (acts(facts) && facts.session.tainted ? 'block' : 'allow'),
  value: ({ facts }) => (facts.session.tainted && hasUntrustedSink(facts) ? 'ask' : 'allow'),
  joint: ({ facts }) => (facts.session.tainted && carriesInstruction(facts, RISKY_SPAN) ? 'block' : 'allow'),
  tiered,
};

function acts({ tool }: FlowFacts): boolean {
  return tool.effect === 'write';
}

function decisiveIn({ flow }: FlowFacts): readonly RoleFacts[] {
  return DECISIVE.flatMap((role) => flow[role] ?? []);
}

function hasUntrustedSink(facts: FlowFacts): boolean {
  return acts(facts) && decisiveIn(facts).some(({ source }) => UNSOURCED.includes(source));
}

function carriesInstruction(facts: FlowFacts, fromRisk: number): boolean {
  const told = ({ source, spanRisk }: RoleFacts) => UNTRUSTED.includes(source) && spanRisk >= fromRisk;
  return acts(facts) && decisiveIn(facts).some(told);
}

/** Blocks what nobody asked for and a text told the agent to do; a person decides where the user did ask for such a thing. */
function tiered({ facts }: FlowQuestion): Verdict {
  if (!facts.session.tainted) return 'allow';
  const unwanted = facts.action.source === 'none' || facts.action.source === 'unknown';
  if (carriesInstruction(facts, unwanted ? RISKY_SPAN : CERTAIN_SPAN)) return 'block';
  return asksFor(facts) ? 'ask' : 'allow';
}

/** What a person should see before it runs. */
function asksFor(facts: FlowFacts): boolean {
  if (!acts(facts)) return followsInstruction(facts);
  if (facts.action.source === 'none') return true;
  return decisiveIn(facts).some(isDoubtful) || saysWhatItWasTold(facts);
}

/**
 * A tool that only reads may still be sent to an address: one that free text told the agent to go to. A link from somebody who
 * is known, in a place that the user pointed to, is what the user pointed at.
 */
function followsInstruction({ flow: { destination } }: FlowFacts): boolean {
  if (destination?.source !== 'free') return false;
  const pointedAt = destination.named && destination.attributed;
  return destination.spanRisk >= RISKY_SPAN || (destination.solicited && !pointedAt);
}

function isDoubtful({ source, endorsed, lookalike, solicited, spanRisk }: RoleFacts): boolean {
  if (endorsed) return false;
  return UNSOURCED.includes(source) || lookalike || (solicited && spanRisk >= RISKY_SPAN);
}

/** What is said decides where nothing else does; and an address inside it, whatever else does. */
function saysWhatItWasTold(facts: FlowFacts): boolean {
  const { content } = facts.flow;
  if (content === undefined) return false;
  if (content.carried === 'free' && content.carriedSolicited) return true;
  const alone = decisiveIn(facts).length === 0;
  return alone && content.source === 'free' && content.solicited && (!content.named || content.spanRisk >= RISKY_SPAN);
}
