import {
  type ActionFacts,
  type ArgumentFlow,
  type CallFlow,
  type FlowFacts,
  type RoleFacts,
  SINK_ROLES,
  type SinkRole,
  type Source,
} from '@sallyport/core';
import { FUNCTION_WORDS } from '../tools/tool-profile.ts';
import { type ValueTracer, worstSource } from '../trace/value-tracer.ts';
import { isSolicited } from './argument-flow.ts';
import { argumentsOf } from './call-arguments.ts';
import { NamedSources } from './named-sources.ts';
import { type CallScene, type TracedArgument, traceArguments } from './trace-argument.ts';

export interface TracedCall extends Omit<CallFlow, 'facts'>, Pick<FlowFacts, 'action' | 'flow'> {}

/** Traces every argument of a call, and folds them by role. Cost: O(arguments), whatever the length of the session. */
export function traceCall(scene: CallScene): TracedCall {
  const { leaves, truncated } = argumentsOf(scene.call.arguments, scene.limits);
  const named = new NamedSources(scene.tracer);
  const action: ActionFacts = { source: actionSource(scene, named) };
  const traced = traceArguments(leaves, scene, { action, named });
  const flow: Partial<Record<SinkRole, RoleFacts>> = {};
  for (const role of SINK_ROLES) {
    const parts = traced.filter((argument) => argument.role === role);
    if (parts.length > 0) flow[role] = foldRole(parts, scene);
  }
  // What could not be read may be anything: it counts where it would do most harm.
  if (truncated)
    flow.destination = { ...UNREAD, ...flow.destination, source: 'none', endorsed: false, endorsements: [] };
  return { arguments: traced.map(shown), truncated, action, flow };
}

const UNREAD: Omit<RoleFacts, 'source' | 'endorsed' | 'endorsements'> = {
  spanRisk: 0,
  solicited: false,
  lookalike: false,
  named: false,
  attributed: false,
  carriedSolicited: false,
  confidential: 0,
};

function actionSource({ profile, tracer, labelled }: CallScene, named: NamedSources): ActionFacts['source'] {
  if (profile.saidAs.size === 0) return 'unknown';
  if (tracer.userSaid(profile.saidAs)) return 'user';
  if (labelled.sums.delegates) {
    const texts = tracer.textsWith(profile.saidAs);
    if (texts.some(({ call }) => call !== undefined && named.isNamed(call))) return 'delegated';
  }
  return tracer.userSaid(FUNCTION_WORDS) ? 'none' : 'unknown';
}

/** Without the value itself. */
function shown({ leaf: _leaf, traced: _traced, attributed: _attributed, ...flow }: TracedArgument): ArgumentFlow {
  return flow;
}

const BROUGHT: ReadonlySet<Source> = new Set<Source>(['free', 'mixed']);

function foldRole(parts: readonly TracedArgument[], { tracer, profile }: CallScene): RoleFacts {
  const texts = parts.filter(({ role }) => role === 'content' || role === 'code').map(({ leaf }) => leaf.text);
  const carried = texts.flatMap((text) => tracer.traceCarried(text) ?? []);
  const brought = parts.filter(({ source }) => BROUGHT.has(source));
  return {
    source: worstSource(parts.map(({ source }) => source)),
    spanRisk: Math.max(...parts.map(({ spanRisk }) => spanRisk)),
    solicited: parts.some(({ solicited }) => solicited),
    lookalike: parts.some(({ lookalike }) => lookalike),
    named: brought.length > 0 && brought.every(({ named }) => named),
    attributed: brought.length > 0 && brought.every(({ attributed }) => attributed),
    endorsed: parts.every(({ endorsement }) => endorsement !== undefined),
    endorsements: [...new Set(parts.flatMap(({ endorsement }) => endorsement ?? []))],
    ...(carried.length > 0 && { carried: worstSource(carried.map(({ source }) => source)) }),
    carriedSolicited: carried.some(({ hits }) => isSolicited(hits, profile)),
    confidential: Math.max(...parts.map(({ leaf }) => confidentialShare(leaf.text, tracer))),
  };
}

/** How much of a text repeats what only the session may read and the user did not write themselves; 0..1000. */
function confidentialShare(text: string, tracer: ValueTracer): number {
  let share = 0;
  for (const [leaf, part] of tracer.passages(text)) {
    if (leaf.readers === 'session' && leaf.standing !== 'user') share = Math.max(share, part);
  }
  return Math.round(share * 1000);
}
