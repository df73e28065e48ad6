export interface BreakerPolicy {
  /** Calls that failed one after the other, 1... */
  readonly failures: number;
  /** Within how long, milliseconds. */
  readonly windowMs: number;
  /** How long nobody is let through then, milliseconds. */
  readonly openMs: number;
}

/** One call that was let through; told once how it ended. */
export interface CircuitPass {
  succeeded(): void;
  failed(): void;
  /** It ended for a reason of ours: nothing was learned. */
  abandoned(): void;
}

/**
 * Closed: every call passes. After enough failures in a row it opens: none does. When `openMs` have passed it is half open:
 * one call probes, and its end closes the circuit or opens it again. A probe that takes longer than `openMs` is not waited for.
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy;
  readonly #nowMs: () => number;
  /** When the calls failed that failed since the last success, oldest first. */
  #failedMs: number[] = [];
  #openUntilMs: number | undefined;
  #probe: { readonly startedMs: number } | undefined;

  constructor(policy: BreakerPolicy, nowMs: () => number) {
    this.#policy = policy;
    this.#nowMs = nowMs;
  }

  /** A pass for one call, or nothing when none may be made. */
  pass(): CircuitPass | undefined {
    if (this.#openUntilMs === undefined) return this.#plainPass();
    const nowMs = this.#nowMs();
    if (nowMs < this.#openUntilMs) return undefined;
    if (this.#probe !== undefined && nowMs - this.#probe.startedMs < this.#policy.openMs) return undefined;
    return this.#probingPass(nowMs);
  }

  #plainPass(): CircuitPass {
    // What began before the circuit opened says nothing about what came after.
    const counts = () => this.#openUntilMs === undefined;
    return {
      succeeded: () => {
        if (counts()) this.#failedMs = [];
      },
      failed: () => {
        if (counts()) this.#fail();
      },
      abandoned: () => undefined,
    };
  }

  #fail(): void {
    const { failures, windowMs, openMs } = this.#policy;
    const nowMs = this.#nowMs();
    this.#failedMs = [...this.#failedMs.filter((failedMs) => nowMs - failedMs < windowMs), nowMs];
    if (this.#failedMs.length >= failures) this.#openUntilMs = nowMs + openMs;
  }

  #probingPass(startedMs: number): CircuitPass {
    const probe = { startedMs };
    this.#probe = probe;
    const end = (then: () => void) => () => {
      if (this.#probe !== probe) return;
      this.#probe = undefined;
      then();
    };
    return {
      succeeded: end(() => {
        this.#openUntilMs = undefined;
        this.#failedMs = [];
      }),
      failed: end(() => {
        this.#openUntilMs = this.#nowMs() + this.#policy.openMs;
      }),
      abandoned: end(() => undefined),
    };
  }
}
