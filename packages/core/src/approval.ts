import type { Principal } from './decision.ts';
import type { ArgumentFlow, Evidence } from './flow-facts.ts';
import type { StopSignal } from './stop-signal.ts';
import type { ApprovalDoor } from './vocabulary.ts';

/** A tool call that policy leaves to a human. */
export interface ApprovalQuestion {
  /** The exchange in which it came up. */
  readonly exchange: string;
  readonly route: string;
  readonly protocol: string;
  readonly principal: Principal;
  readonly tool: string;
  /** What it does and takes, as groups of it: who may approve it may depend on them. */
  readonly toolGroups: readonly string[];
  /** The arguments with which the tool would be called; JSON where they are JSON. */
  readonly arguments: string;
  /** Where its values came from, what decides most first; at most 32 arguments. */
  readonly provenance: readonly AskedArgument[];
  /** Policies that ask. */
  readonly policies: readonly string[];
  /** What the policies say about it, for people. */
  readonly message?: string;
  /** SHA-256 of the policy sets in force, hexadecimal: what was allowed under other policies is asked again. */
  readonly policySet: string;
}

/** An argument as a human is told of it. It holds content: what stood around the value where it came from. */
export interface AskedArgument
  extends Pick<ArgumentFlow, 'path' | 'role' | 'source' | 'endorsement' | 'spanRisk' | 'lookalike'> {
  readonly evidence: readonly (Evidence & { readonly excerpt?: string })[];
}

/** `crowded`: so much waits already that nobody is asked any more. */
export type ApprovalStatus = 'granted' | 'denied' | 'pending' | 'crowded';

/** What came of a question. An id names the approval, for people and for the record; it is no secret and gives nothing. */
export type ApprovalAnswer =
  /** `granted`: a human allowed this very call; the approval is used up by this answer. */
  { readonly status: Exclude<ApprovalStatus, 'crowded'>; readonly id: string } | { readonly status: 'crowded' };

/**
 * Where a call waits for a human. An approval is bound to the principal, the tool, the canonical arguments and the policy
 * version: it is found again when the agent tries again, also in another session, allows one call, and expires.
 */
export interface ApprovalDesk {
  /**
   * Asks, or finds what came of asking before. What is granted is granted once.
   * Cost: O(length of the arguments).
   */
  ask(question: ApprovalQuestion): ApprovalAnswer;
  /**
   * Waits for what comes of a pending question: until it is decided or expires, `ms` have passed, or the signal aborts.
   * Of several that wait for the same one, one gets it.
   */
  wait(id: string, limit: { readonly ms: number; readonly signal: StopSignal }): Promise<ApprovalAnswer>;
}

/** A question that was asked and what became of it, as long as it may still be answered or used. It holds content: what the call would do. */
export interface StoredApproval extends ApprovalQuestion {
  /** `apr_` and 20 letters or digits. */
  readonly id: string;
  /** Keyed fingerprint of what it is bound to, hexadecimal. */
  readonly binding: string;
  readonly status: 'pending' | 'granted' | 'denied';
  /** Milliseconds since 1970. */
  readonly askedMs: number;
  /** From then on it is worth nothing. */
  readonly expiresMs: number;
  readonly decided?: ApprovalVerdict;
}

/** What a human said. */
export interface ApprovalVerdict {
  readonly granted: boolean;
  readonly by: string;
  readonly via: ApprovalDoor;
  /** 0..500 characters, the operator's own words. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Keeps approvals until they end; what it holds is content, so it is sealed where it lies. */
export interface ApprovalStore {
  all(): readonly StoredApproval[];
  /** Adds one, or replaces that of the same id. Durable when it returns. @throws {SallyportError} `STORE_BROKEN` */
  put(approval: StoredApproval): void;
  remove(id: string): void;
}
