import type { ActionFacts, ArgumentFlow, Endorsement, SinkRole, ToolCall } from '@sallyport/core';
import type { FlowLimits } from '../flow-limits.ts';
import type { IndexedLeaf } from '../index/indexed-leaf.ts';
import type { Labelled } from '../index/label-store.ts';
import type { ToolProfile } from '../tools/tool-profile.ts';
import type { Traced, ValueTracer } from '../trace/value-tracer.ts';
import { carriersOf, evidenceFor, isSolicited } from './argument-flow.ts';
import type { ArgumentLeaf } from './call-arguments.ts';
import type { NamedSources } from './named-sources.ts';

/** What one call is judged by. */
export interface CallScene {
  readonly call: ToolCall;
  readonly profile: ToolProfile;
  readonly labelled: Labelled;
  readonly tracer: ValueTracer;
  readonly limits: FlowLimits;
  readonly spanRisk: (leaf: IndexedLeaf) => number;
}

/** An argument with what its role's facts are folded from. */
export interface TracedArgument extends ArgumentFlow {
  readonly leaf: ArgumentLeaf;
  readonly traced: Traced;
  /** In the named place it came with the name of whoever wrote it. */
  readonly attributed: boolean;
}

/** Roles that name somebody or something: what a named source may fill in when the user wrote another of them. */
const IDENTITY_ROLES: ReadonlySet<SinkRole> = new Set<SinkRole>(['destination', 'object', 'credential']);

/** Traces the arguments of a call that say anything, and endorses what may pass although its text could not be trusted. */
export function traceArguments(
  leaves: readonly ArgumentLeaf[],
  scene: CallScene,
  { action, named }: { readonly action: ActionFacts; readonly named: NamedSources },
): readonly TracedArgument[] {
  const traced = leaves.filter(isSaying).map((leaf) => traceArgument(leaf, scene, named));
  return traced.map((argument) => {
    const endorsement = endorsementOf(argument, { all: traced, action, profile: scene.profile });
    return endorsement === undefined ? argument : { ...argument, endorsement };
  });
}

/** A truth value says nothing that could have come from anywhere. */
function isSaying({ type, text }: ArgumentLeaf): boolean {
  return type !== 'word' && text.trim() !== '';
}

function traceArgument(leaf: ArgumentLeaf, scene: CallScene, sources: NamedSources): TracedArgument {
  const { profile, tracer, labelled, spanRisk } = scene;
  const traced = tracer.trace(leaf.text);
  const named = sources.among(traced.hits);
  let risk = 0;
  for (const carrier of carriersOf(traced.hits)) risk = Math.max(risk, spanRisk(carrier));
  return {
    leaf,
    traced,
    path: leaf.path,
    role: profile.roleOf(leaf),
    source: traced.source,
    spanRisk: risk,
    solicited: isSolicited(traced.hits, profile),
    lookalike: traced.lookalike,
    named: named.length > 0,
    attributed: named.some(({ leaf: { integrity } }) => integrity === 'third-party'),
    evidence: evidenceFor(traced.hits, labelled.messages),
  };
}

interface Circumstances {
  readonly all: readonly TracedArgument[];
  readonly action: ActionFacts;
  readonly profile: ToolProfile;
}

function endorsementOf(argument: TracedArgument, about: Circumstances): Endorsement | undefined {
  const { source, role, leaf, lookalike } = argument;
  const { profile } = about;
  if (isAllowed(leaf, profile)) return 'allow-list';
  if (source === 'user') return 'user-typed';
  if (source === 'trusted') return 'operator';
  if (lookalike) return undefined;
  if (profile.constrained(leaf) && (role === 'param' || source === 'none')) return 'constrained';
  return argument.named && isAnchored(argument, about) ? 'named-source' : undefined;
}

function isAllowed({ name, text }: ArgumentLeaf, { override }: ToolProfile): boolean {
  const value = text.trim().toLowerCase();
  return override?.allow?.[name]?.some((allowed) => allowed.toLowerCase() === value) === true;
}

/** The user asked for what the tool does, and every other identity in the call, at least one, is theirs. */
function isAnchored({ leaf: { top } }: TracedArgument, { all, action }: Circumstances): boolean {
  const others = all.filter(({ role, leaf }) => IDENTITY_ROLES.has(role) && leaf.top !== top);
  return (
    action.source === 'user' &&
    others.some(({ source }) => source === 'user') &&
    others.every(({ source }) => source === 'user' || source === 'trusted')
  );
}
