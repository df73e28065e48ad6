import type { LiveEvent } from './live-event.ts';

/** Sessions that are remembered, and for how long nothing may come of one, milliseconds. */
export const RISKY_SESSIONS_MAX = 1_000;
export const RISK_REMEMBERED_MS = 30 * 60_000;

/** A session in which something was found or stopped. */
export interface SessionAtRisk {
  readonly session: string;
  readonly tenant: string;
  readonly principal: string;
  /** Exchanges and calls that were stopped, or left to a human. */
  readonly stopped: number;
  /** Findings, by category. */
  readonly findings: Readonly<Record<string, number>>;
  /** When the last of it was. */
  readonly at: string;
  readonly exchange: string;
}

interface Noted {
  readonly shown: SessionAtRisk;
  readonly atMs: number;
}

/** Sessions in which something was found or stopped lately, the least recent one forgotten first. */
export class SessionsAtRisk {
  /** The one that was heard of last comes last. */
  readonly #sessions = new Map<string, Noted>();

  note({ kind, session, tenant = '', principal = '', effect, findings = {}, at, exchange, drill }: LiveEvent): void {
    if (session === undefined || drill !== undefined) return;
    // What stopped a call or a request ends its exchange too: it is counted where it was decided.
    const stopped = kind !== 'closed' && (effect === 'block' || effect === 'ask') ? 1 : 0;
    const found = Object.entries(findings);
    if (stopped === 0 && found.length === 0) return;
    const before = this.#sessions.get(session)?.shown;
    const sum: Record<string, number> = { ...before?.findings };
    for (const [category, count] of found) sum[category] = (sum[category] ?? 0) + count;
    const shown = {
      session,
      tenant,
      principal,
      stopped: (before?.stopped ?? 0) + stopped,
      findings: sum,
      at,
      exchange,
    };
    this.#sessions.delete(session);
    this.#sessions.set(session, { shown, atMs: Date.parse(at) });
    if (this.#sessions.size <= RISKY_SESSIONS_MAX) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }

  /** Those with most that was stopped come first, then those with most findings. @param tenant whose; default: all */
  list(
    nowMs: number,
    { tenant, max }: { readonly tenant?: string | undefined; readonly max: number },
  ): SessionAtRisk[] {
    return [...this.#sessions.values()]
      .filter(
        ({ atMs, shown }) => nowMs - atMs < RISK_REMEMBERED_MS && (tenant === undefined || shown.tenant === tenant),
      )
      .map(({ shown }) => shown)
      .sort((a, b) => b.stopped - a.stopped || findingsOf(b) - findingsOf(a))
      .slice(0, max);
  }
}

function findingsOf({ findings }: SessionAtRisk): number {
  return Object.values(findings).reduce((sum, count) => sum + count, 0);
}
