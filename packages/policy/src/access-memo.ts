import type { AccessQuestion, Decision, Principal, Resource } from '@sallyport/core';
import { remembered } from './remembered.ts';

/** Questions that are remembered of one principal about one resource; with more, all of them are forgotten. */
const QUESTIONS_MAX = 64;

type Known = Map<string, Decision>;

/**
 * Decisions on access that were taken before. All that a decision depends on stands in its question, and who asks for what are
 * the same objects from request to request, so that the same decision is not taken for each of them.
 * Kept as long as the principal and the resource are.
 */
export class AccessMemo {
  readonly #known = new WeakMap<Principal, WeakMap<Resource, Known>>();

  /** The decision as it was taken before, or is taken now. */
  of(question: AccessQuestion, decide: () => Decision): Decision {
    const key = keyOf(question);
    if (key === undefined) return decide();
    const byResource = remembered(this.#known, question.principal, () => new WeakMap<Resource, Known>());
    const known = remembered(byResource, question.resource, (): Known => new Map());
    let decision = known.get(key);
    if (decision === undefined) {
      decision = frozen(decide());
      if (known.size >= QUESTIONS_MAX) known.clear();
      known.set(key, decision);
    }
    return decision;
  }
}

/** Whoever gets it next gets the same. */
function frozen(decision: Decision): Decision {
  for (const part of Object.values(decision)) if (Array.isArray(part)) Object.freeze(part);
  return Object.freeze(decision);
}

/** What policies may read of a question beside its principal and its resource; nothing for one that is asked once. */
function keyOf({ action, context }: AccessQuestion): string | undefined {
  // All of the context, so that a fact that is added to it tells questions apart by itself.
  return context.approval === undefined && context.reveal === undefined ? JSON.stringify([action, context]) : undefined;
}
