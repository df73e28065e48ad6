import type { AccessQuestion, Decision, GuardQuestion, PolicyEngine } from '@sallyport/core';
import type { CedarPolicyEngine } from './engine.ts';
import type { LoadResult } from './load.ts';
import type { PolicyProblem } from './problem.ts';
import type { PolicyBundle } from './vouched-bundle.ts';

/** What is in force, and what is wrong with what was offered last. */
export interface PolicyStatus {
  /** Hash of the set in force. */
  readonly inForce: string;
  /** When it came into force, RFC 3339, UTC. */
  readonly since: string;
  /** Why the last offer was not taken; empty when it was. */
  readonly problems: readonly PolicyProblem[];
  /** What the author of the set in force should look at. */
  readonly warnings: readonly PolicyProblem[];
  /** Who vouches for the set in force, where somebody must. */
  readonly bundle?: PolicyBundle;
}

/** Sets whose version is known still when another is in force: exchanges end under the set that they began with. */
const VERSIONS_KEPT = 16;

/**
 * The engine that the gateway asks: one set is in force at a time, swapped as a whole between two questions. A set that
 * can't be loaded leaves the last good one in force, and `status()` says so.
 */
export class PolicyHolder implements PolicyEngine {
  readonly #nowMs: () => number;
  readonly #versions = new Map<string, number>();
  #engine: CedarPolicyEngine;
  #status: PolicyStatus;

  /** @param nowMs milliseconds since the epoch */
  constructor(first: LoadResult & { ok: true }, nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
    this.#engine = first.engine;
    this.#status = this.#takenNow(first);
  }

  /** Takes a set, if it is one. A set equal to the one in force only clears the problems. */
  offer(result: LoadResult): PolicyStatus {
    if (!result.ok) this.#status = { ...this.#status, problems: result.problems };
    else if (result.engine.policySet === this.#engine.policySet) {
      this.#vouch(result);
      const { inForce, since, warnings } = this.#status;
      this.#status = { inForce, since, warnings, problems: [], ...(result.bundle && { bundle: result.bundle }) };
    } else {
      this.#engine = result.engine;
      this.#status = this.#takenNow(result);
    }
    return this.#status;
  }

  #takenNow(result: LoadResult & { ok: true }): PolicyStatus {
    const { engine, warnings, bundle } = result;
    this.#vouch(result);
    const since = new Date(this.#nowMs()).toISOString();
    return { inForce: engine.policySet, since, problems: [], warnings, ...(bundle && { bundle }) };
  }

  #vouch({ engine, bundle }: LoadResult & { ok: true }): void {
    if (bundle === undefined) return;
    this.#versions.delete(engine.policySet);
    this.#versions.set(engine.policySet, bundle.version);
    for (const oldest of this.#versions.keys()) {
      if (this.#versions.size <= VERSIONS_KEPT) break;
      this.#versions.delete(oldest);
    }
  }

  /** Version of the signed bundle that a set came from, for the set in force and those before it. */
  versionOf(policySet: string): number | undefined {
    return this.#versions.get(policySet);
  }

  status(): PolicyStatus {
    return this.#status;
  }

  /** The engine in force; a caller that asks more than one question about one thing keeps it. */
  get engine(): CedarPolicyEngine {
    return this.#engine;
  }

  get policySet(): string {
    return this.#engine.policySet;
  }

  access(question: AccessQuestion): Decision {
    return this.#engine.access(question);
  }

  guard(question: GuardQuestion): Decision {
    return this.#engine.guard(question);
  }

  message(decision: Decision): string | undefined {
    return this.#engine.message(decision);
  }
}
