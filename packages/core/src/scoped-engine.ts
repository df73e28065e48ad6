import type { AccessQuestion, Decision, GuardQuestion, PolicyEngine, Scope } from './decision.ts';
import { fitsAny } from './fits-pattern.ts';

/** What stands in a decision in the place of a policy where a scope decided it: `scope:routes`. */
export const SCOPE_PREFIX = 'scope:';

const REFUSAL = 'the credential that was used does not reach this far';

/**
 * A policy engine that asks the scope of the credential first: what lies outside is denied, whatever the policies say. They are
 * asked all the same, so that what they would have said is in the record.
 * Cost: without a scope one test, else the lengths of its lists.
 */
export function scopedEngine(engine: PolicyEngine): PolicyEngine {
  return {
    policySet: engine.policySet,
    ...(engine.captures !== undefined && { captures: engine.captures }),
    ...(engine.typedActions !== undefined && { typedActions: engine.typedActions }),
    access: (question) => {
      const decision = engine.access(question);
      const { scope } = question.principal;
      return scope === undefined ? decision : narrowed(decision, outsideAccess(question, scope));
    },
    guard: (question) => {
      const decision = engine.guard(question);
      const { scope } = question.principal;
      return scope === undefined ? decision : narrowed(decision, outsideGuard(question, scope));
    },
    message: (decision) =>
      engine.message(decision) ?? (decision.policies.some((id) => id.startsWith(SCOPE_PREFIX)) ? REFUSAL : undefined),
  };
}

/** Gives the scoped form of whichever engine is in force, made once for each. */
export function scopedEngines(current: () => PolicyEngine): () => PolicyEngine {
  let last: { readonly of: PolicyEngine; readonly scoped: PolicyEngine } | undefined;
  return () => {
    const engine = current();
    if (last?.of !== engine) last = { of: engine, scoped: scopedEngine(engine) };
    return last.scoped;
  };
}

function narrowed(decision: Decision, outside: readonly (keyof Scope)[]): Decision {
  if (outside.length === 0) return decision;
  const because = outside.map((part) => `${SCOPE_PREFIX}${part}`);
  const stopped = decision.verdict === 'block' ? decision.policies : [];
  return { ...decision, verdict: 'block', policies: [...stopped, ...because] };
}

/** What nobody here can read may name any tool and hold anything: only a credential that is not narrowed in them reaches it. */
function outsideAccess({ action, resource, context }: AccessQuestion, scope: Scope): readonly (keyof Scope)[] {
  const { routes, models, tools, checkpoints } = scope;
  const outside: (keyof Scope)[] = [];
  const unread = action === 'pass-uninspected';
  if (routes !== undefined && !fitsAny(routes, context.route)) outside.push('routes');
  if (models !== undefined && resource.kind === 'model' && !fitsAny(models, resource.id)) outside.push('models');
  if (tools !== undefined) {
    const named = resource.kind === 'tool' ? [resource.id] : (context.offers ?? []);
    if (unread || named.some((tool) => !fitsAny(tools, tool))) outside.push('tools');
  }
  if (checkpoints !== undefined && (unread || (action === 'call-tool' && !checkpoints.includes('tool-call')))) {
    outside.push('checkpoints');
  }
  return outside;
}

function outsideGuard({ point, context }: GuardQuestion, { checkpoints }: Scope): readonly (keyof Scope)[] {
  return checkpoints === undefined || context.empty === true || checkpoints.includes(point) ? [] : ['checkpoints'];
}
