import { randomBytes } from 'node:crypto';
import type {
  ApprovalAnswer,
  ApprovalDesk,
  ApprovalDoor,
  ApprovalQuestion,
  ApprovalStep,
  ApprovalStore,
  Fault,
  House,
  PolicyEngine,
  Principal,
  Recorder,
  StopSignal,
  StoredApproval,
} from '@sallyport/core';
import { isSameOwner, ownerOf, ownerParts, recordedName, SallyportError } from '@sallyport/core';
import { canonicalArguments } from '@sallyport/wire';

/** Questions of one principal that may wait at a time: who is asked a hundred times reads none of them. */
export const PENDING_PER_PRINCIPAL_MAX = 20;
/** Questions that may wait at a time. */
export const PENDING_MAX = 500;
/** Characters of arguments that a human is asked about; nobody reads more. */
export const ASKED_CHARS_MAX = 65_536;

/** Characters of the reason for a decision. */
export const REASON_MAX_CHARS = 500;

export interface ApprovalOfficeParts {
  readonly store: ApprovalStore;
  readonly recorder: Recorder;
  /** The policies in force. */
  readonly engine: () => PolicyEngine;
  readonly clock: {
    /** Milliseconds since 1970. */
    readonly dateMs: () => number;
    readonly iso: () => string;
    readonly after: House['clock']['after'];
  };
  /** Keyed fingerprint, hexadecimal. */
  readonly fingerprint: (text: string) => string;
  /** How long a question may wait, and a decision be used, milliseconds. */
  readonly expiresMs: number;
  readonly report: (error: SallyportError, exchange: string) => void;
  /** Told of each new question. */
  readonly onAsked?: (approval: StoredApproval) => void;
}

interface Waiter {
  readonly settle: (answer: ApprovalAnswer) => void;
}

/** An answer as it comes in. */
export interface Verdict {
  readonly granted: boolean;
  readonly by: Principal;
  readonly via: ApprovalDoor;
  readonly reason: string;
}

/** Asks humans about calls, and keeps what they say until it is used once or its time has passed. */
export class ApprovalOffice implements ApprovalDesk {
  readonly #parts: ApprovalOfficeParts;
  readonly #live = new Map<string, StoredApproval>();
  readonly #byBinding = new Map<string, string>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  /** Approvals of which the decision is being recorded. */
  readonly #deciding = new Set<string>();
  #callOff: (() => void) | undefined;

  constructor(parts: ApprovalOfficeParts) {
    this.#parts = parts;
    for (const approval of parts.store.all()) this.#keep(approval);
    this.#sweep();
  }

  ask(question: ApprovalQuestion): ApprovalAnswer {
    this.#sweep();
    const binding = this.#bindingOf(question);
    const known = this.#live.get(this.#byBinding.get(binding) ?? '');
    if (known !== undefined) return this.#take(known);
    if (this.#isCrowded(question)) return { status: 'crowded' };
    const askedMs = this.#parts.clock.dateMs();
    const approval: StoredApproval = {
      ...question,
      id: `apr_${randomBytes(15).toString('base64url').replaceAll(/[-_]/g, '0')}`,
      binding,
      status: 'pending',
      askedMs,
      expiresMs: askedMs + this.#parts.expiresMs,
    };
    this.#parts.store.put(approval);
    this.#keep(approval);
    this.#arm();
    // Nothing leaves because of a question: that it was asked may be recorded a moment later.
    void this.#record(approval, 'asked').catch((error: unknown) =>
      this.#parts.report(failed(error), approval.exchange),
    );
    this.#parts.onAsked?.(approval);
    return { status: 'pending', id: approval.id };
  }

  wait(id: string, { ms, signal }: { readonly ms: number; readonly signal: StopSignal }): Promise<ApprovalAnswer> {
    const approval = this.#live.get(id);
    if (approval === undefined || approval.status !== 'pending' || ms <= 0 || signal.aborted) {
      return Promise.resolve(approval === undefined ? { status: 'pending', id } : this.#take(approval));
    }
    return new Promise((resolve) => {
      const waiting = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, waiting);
      const giveUp = () => waiter.settle({ status: 'pending', id });
      const callOff = this.#parts.clock.after(ms, giveUp);
      const waiter: Waiter = {
        settle: (answer) => {
          callOff();
          signal.removeEventListener('abort', giveUp);
          waiting.delete(waiter);
          if (waiting.size === 0) this.#waiters.delete(id);
          resolve(answer);
        },
      };
      waiting.add(waiter);
      signal.addEventListener('abort', giveUp);
    });
  }

  /** What waits or was decided and not used yet, the oldest first. Holds content. */
  list(): readonly StoredApproval[] {
    this.#sweep();
    return [...this.#live.values()].sort((a, b) => a.askedMs - b.askedMs);
  }

  get(id: string): StoredApproval | undefined {
    this.#sweep();
    return this.#live.get(id);
  }

  /**
   * A human decides, if access policy lets this one. It is recorded before it counts.
   * @returns the approval, or `NOT_FOUND`, `ACCESS_DENIED`, `APPROVAL_DECIDED`
   * @throws {SallyportError} `RECORD_FAILED`, and the approval stays undecided
   */
  async decide(id: string, verdict: Verdict): Promise<StoredApproval | Fault> {
    this.#sweep();
    const pending = this.#live.get(id);
    if (pending === undefined) return { fault: 'NOT_FOUND' };
    if (!this.#may(pending, verdict)) return { fault: 'ACCESS_DENIED' };
    if (pending.status !== 'pending' || this.#deciding.has(id)) return { fault: 'APPROVAL_DECIDED' };
    this.#deciding.add(id);
    try {
      const decided: StoredApproval = {
        ...pending,
        status: verdict.granted ? 'granted' : 'denied',
        expiresMs: this.#parts.clock.dateMs() + this.#parts.expiresMs,
        decided: {
          granted: verdict.granted,
          by: verdict.by.id,
          via: verdict.via,
          reason: verdict.reason,
          atMs: this.#parts.clock.dateMs(),
        },
      };
      await this.#record(decided, decided.status === 'granted' ? 'granted' : 'denied');
      if (!this.#live.has(id)) return { fault: 'NOT_FOUND' };
      this.#parts.store.put(decided);
      this.#keep(decided);
      this.#arm();
      this.#tell(decided);
      return decided;
    } finally {
      this.#deciding.delete(id);
    }
  }

  /** What was shown to whoever decided, for the record. */
  shownOf(approval: StoredApproval): string {
    const { tool, arguments: made, provenance, policies, message, principal, route } = approval;
    return this.#parts.fingerprint(JSON.stringify({ tool, made, provenance, policies, message, principal, route }));
  }

  close(): void {
    this.#callOff?.();
  }

  #may({ principal, tool, toolGroups, route, protocol }: StoredApproval, { by, via }: Verdict): boolean {
    const { onBehalfOf } = principal;
    const approval = {
      requester: `${principal.kind}/${principal.id}`,
      tenant: principal.tenant,
      ...(onBehalfOf !== undefined && { onBehalfOf: `user/${onBehalfOf.id}` }),
      via,
    };
    const resource = { kind: 'tool', id: tool, groups: toolGroups } as const;
    const question = { principal: by, action: 'approve', resource, context: { route, protocol, approval } } as const;
    return this.#parts.engine().access(question).verdict === 'allow';
  }

  #tell(decided: StoredApproval): void {
    for (const waiter of [...(this.#waiters.get(decided.id) ?? [])]) {
      const still = this.#live.get(decided.id);
      waiter.settle(still === undefined ? { status: 'pending', id: decided.id } : this.#take(still));
    }
  }

  /** A grant is gone from here, and from the disk, before it is given. */
  #take(approval: StoredApproval): ApprovalAnswer {
    const { id, status } = approval;
    if (status === 'granted') this.#drop(approval);
    return { status, id };
  }

  #keep(approval: StoredApproval): void {
    this.#live.set(approval.id, approval);
    this.#byBinding.set(approval.binding, approval.id);
  }

  #drop({ id, binding }: StoredApproval): void {
    this.#parts.store.remove(id);
    this.#live.delete(id);
    this.#byBinding.delete(binding);
  }

  #isCrowded({ principal, arguments: made }: ApprovalQuestion): boolean {
    if (made.length > ASKED_CHARS_MAX) return true;
    const asking = ownerOf(principal);
    let [all, own] = [0, 0];
    for (const { status, principal: of } of this.#live.values()) {
      if (status !== 'pending') continue;
      all += 1;
      if (isSameOwner(ownerOf(of), asking)) own += 1;
    }
    return all >= PENDING_MAX || own >= PENDING_PER_PRINCIPAL_MAX;
  }

  #bindingOf({ principal, tool, arguments: made, policySet }: ApprovalQuestion): string {
    const owner = ownerParts(ownerOf(principal));
    return this.#parts.fingerprint(JSON.stringify([...owner, tool, canonicalArguments(made), policySet]));
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.dateMs();
    for (const approval of this.#live.values()) {
      if (approval.expiresMs > nowMs) continue;
      this.#drop(approval);
      for (const waiter of [...(this.#waiters.get(approval.id) ?? [])]) {
        waiter.settle({ status: 'pending', id: approval.id });
      }
      void this.#record(approval, 'expired').catch((error: unknown) =>
        this.#parts.report(failed(error), approval.exchange),
      );
    }
  }

  /** Looks again when the next one expires. */
  #arm(): void {
    this.#callOff?.();
    const next = Math.min(...[...this.#live.values()].map(({ expiresMs }) => expiresMs));
    if (!Number.isFinite(next)) return;
    this.#callOff = this.#parts.clock.after(Math.max(1, next - this.#parts.clock.dateMs()), () => {
      this.#sweep();
      this.#arm();
    });
  }

  #record(approval: StoredApproval, step: ApprovalStep): Promise<void> {
    const { id, exchange, principal, tool, binding, policySet, policies, decided } = approval;
    return this.#parts.recorder.append({
      v: 1,
      kind: 'approval',
      exchange,
      at: this.#parts.clock.iso(),
      approval: id,
      step,
      principal,
      tool: recordedName(tool),
      binding,
      policySet,
      policies,
      shown: this.shownOf(approval),
      ...(decided !== undefined && { by: { id: decided.by, via: decided.via }, reason: decided.reason }),
    });
  }
}

function failed(error: unknown): SallyportError {
  return error instanceof SallyportError ? error : new SallyportError('RECORD_FAILED', { cause: error });
}
