import type { Containments } from './containment.ts';
import type { Decision, PolicyEngine } from './decision.ts';
import { ERRORS, type ErrorCode } from './errors.ts';

/** What stands in a decision in the place of a policy where a containment decided it: `isolation:iso_...`. */
export const ISOLATION_PREFIX = 'isolation:';
export const STEP_UP_PREFIX = 'step-up:';

const STEPPED_UP = 'for a time every tool call needs the approval of a person here';

/**
 * A policy engine that asks first what is held back: what is isolated is denied, and where calls are stepped up a human is asked, whatever the
 * policies say. They are asked all the same, so that what they would have said is in the record.
 */
export function containedEngine(engine: PolicyEngine, containments: Containments): PolicyEngine {
  return {
    policySet: engine.policySet,
    ...(engine.captures !== undefined && { captures: engine.captures }),
    ...(engine.typedActions !== undefined && { typedActions: engine.typedActions }),
    access: (question) => isolated(engine.access(question), containments.holding('isolate', question)),
    guard: (question) => {
      const { principal, point, resource, context } = question;
      const query = { principal, resource, model: context.request.model };
      const decision = isolated(engine.guard(question), containments.holding('isolate', query));
      if (point !== 'tool-call' || decision.verdict === 'block') return decision;
      return steppedUp(decision, containments.holding('step-up', query));
    },
    message: (decision) => engine.message(decision) ?? ownMessage(decision),
  };
}

/** Gives the contained form of whichever engine is in force, made once for each. */
export function containedEngines(current: () => PolicyEngine, containments: Containments): () => PolicyEngine {
  let last: { readonly of: PolicyEngine; readonly contained: PolicyEngine } | undefined;
  return () => {
    const engine = current();
    if (last?.of !== engine) last = { of: engine, contained: containedEngine(engine, containments) };
    return last.contained;
  };
}

/** Why access was denied, as the client is told. */
export function deniedAs({ policies }: Pick<Decision, 'policies'>): ErrorCode {
  return policies.some((id) => id.startsWith(ISOLATION_PREFIX)) ? 'ISOLATED' : 'ACCESS_DENIED';
}

function isolated(decision: Decision, by: string | undefined): Decision {
  if (by === undefined) return decision;
  const stopped = decision.verdict === 'block' ? decision.policies : [];
  return { ...decision, verdict: 'block', policies: [...stopped, `${ISOLATION_PREFIX}${by}`] };
}

function steppedUp(decision: Decision, by: string | undefined): Decision {
  if (by === undefined) return decision;
  const asked = decision.verdict === 'ask' ? decision.policies : [];
  return { ...decision, verdict: 'ask', policies: [...asked, `${STEP_UP_PREFIX}${by}`] };
}

function ownMessage({ policies }: Decision): string | undefined {
  if (policies.some((id) => id.startsWith(ISOLATION_PREFIX))) return ERRORS.ISOLATED.message;
  return policies.some((id) => id.startsWith(STEP_UP_PREFIX)) ? STEPPED_UP : undefined;
}
