import {
  type BudgetAsk,
  type BudgetClaim,
  type BudgetCounters,
  type BudgetHit,
  type BudgetRefusal,
  type BudgetStanding,
  type BudgetUnit,
  type CounterStanding,
  knownError,
  type NoRoom,
  type SallyportError,
  type TakenClaims,
} from '@sallyport/core';
import type { BudgetsConfig } from '../config/index.ts';
import { BudgetLimit, type BudgetSubject, OTHERS } from './budget-limit.ts';
import type { Price, PriceTable } from './price-table.ts';

export interface TakerParts {
  readonly config: BudgetsConfig;
  readonly counters: BudgetCounters;
  readonly prices: PriceTable;
  /** Models that routes spell out: each is counted apart. */
  readonly models: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Told when something cannot be counted. */
  readonly report: (error: SallyportError) => void;
}

/** An amount of one limit. */
export interface Wanted {
  readonly limit: BudgetLimit;
  readonly subject: BudgetSubject;
  readonly amount: number;
  /** What the same call has in common. */
  readonly repeated?: string;
}

/** Amounts that were taken. */
export interface Taken {
  readonly hits: readonly BudgetHit[];
  readonly standings: readonly BudgetStanding[];
  /** @param used what came of each limit's unit */
  settle(used: (unit: BudgetUnit) => number): void;
}

/** How long a client waits that was refused because others are under way: nobody knows when they end. */
const TURN_MS = 1_000;
const RATES: ReadonlySet<string> = new Set(['second', 'minute', 'hour', 'now']);
const UNTAKEN = { hits: [], standings: [], settle: () => undefined } as const;

/** Takes from counters what limits say, for one exchange at a time. */
export class BudgetTaker {
  readonly limits: readonly BudgetLimit[];
  private readonly parts: TakerParts;

  constructor(parts: TakerParts) {
    const { limits, session } = parts.config;
    this.parts = parts;
    this.limits = [
      ...limits.map((limit) => new BudgetLimit(limit, { ofSession: false })),
      ...session.map((limit) => new BudgetLimit(limit, { ofSession: true })),
    ];
  }

  subjectOf({ principal, route, model }: BudgetAsk, provider: string): BudgetSubject {
    const { models, prices } = this.parts;
    const modelKey = models.has(model) ? model : (prices.of(provider, model)?.model ?? OTHERS);
    return { principal, route, model, modelKey, provider };
  }

  /** Those of a kind that hold for somebody; limits of sessions only where one is known. */
  limitsOf(subject: BudgetSubject, isWanted: (limit: BudgetLimit) => boolean): readonly BudgetLimit[] {
    const inSession = subject.session !== undefined;
    return this.limits.filter((limit) => isWanted(limit) && (!limit.ofSession || inSession) && limit.holdsFor(subject));
  }

  priceOf(model: string, provider: string): Price | undefined {
    return this.parts.prices.of(provider, model);
  }

  /** Limits of cost for a model without a price: a refusal, where the posture says so. */
  withoutPrice(unpriced: readonly BudgetLimit[]): BudgetRefusal | undefined {
    const hard = unpriced.filter(({ config }) => config.mode === 'hard');
    if (hard.length === 0 || this.parts.config.unknownPrice === 'open') return undefined;
    return { fault: 'BUDGET_EXCEEDED', hits: hard.map((limit) => limit.hit('uncounted')), standings: [] };
  }

  /** All of it, or nothing and why. */
  take(wanted: readonly Wanted[]): Taken | BudgetRefusal {
    const limits: BudgetLimit[] = [];
    const claims: BudgetClaim[] = [];
    for (const { limit, subject, amount, repeated } of wanted) {
      for (const claim of limit.claims(subject, amount, limit.unit === 'repeated-calls' ? repeated : undefined)) {
        limits.push(limit);
        claims.push(claim);
      }
    }
    if (claims.length === 0) return UNTAKEN;
    const outcome = this.tryTake(claims);
    if (outcome === undefined) return this.uncounted(limits);
    const standings = this.standingsOf(limits, outcome.standings);
    if ('full' in outcome) return this.refusal(limits, outcome, standings);
    return {
      hits: hitsOf(limits, outcome.over, 'soft'),
      standings,
      settle: (used) => outcome.settle(limits.map(({ unit }) => used(unit))),
    };
  }

  private tryTake(claims: readonly BudgetClaim[]): TakenClaims | NoRoom | undefined {
    try {
      return this.parts.counters.take(claims);
    } catch (error) {
      this.parts.report(knownError(error));
      return undefined;
    }
  }

  private uncounted(limits: readonly BudgetLimit[]): Taken | BudgetRefusal {
    const hits = limits.map((limit) => limit.hit('uncounted'));
    const isHard = limits.some(({ config }) => config.mode === 'hard');
    if (isHard && this.parts.config.posture === 'closed') return { fault: 'BUDGETS_FAILED', hits, standings: [] };
    return { ...UNTAKEN, hits };
  }

  private refusal(
    limits: readonly BudgetLimit[],
    { full, roomAtMs }: NoRoom,
    standings: readonly BudgetStanding[],
  ): BudgetRefusal {
    const isRate = full.every((at) => RATES.has(limits[at]?.config.window ?? ''));
    const waitMs = roomAtMs === undefined ? undefined : Math.max(0, roomAtMs - this.parts.nowMs());
    const isTurn = full.every((at) => limits[at]?.config.window === 'now');
    const retryAfterMs = waitMs ?? (isTurn ? TURN_MS : undefined);
    return {
      // What no time makes room for is not to be tried again.
      fault: isRate && retryAfterMs !== undefined ? 'RATE_LIMITED' : 'BUDGET_EXCEEDED',
      hits: hitsOf(limits, full, 'hard'),
      standings,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }

  /** Of hard limits whose counters begin anew. */
  private standingsOf(limits: readonly BudgetLimit[], all: readonly CounterStanding[]): readonly BudgetStanding[] {
    const nowMs = this.parts.nowMs();
    return limits.flatMap(({ config: { unit, window, max, mode } }, at) => {
      const { taken = 0, resetsAtMs } = all[at] ?? {};
      if (mode === 'soft' || resetsAtMs === undefined) return [];
      const remaining = Math.max(0, max - taken);
      return { unit, window, max, remaining, resetsAtMs, resetsInMs: Math.max(0, resetsAtMs - nowMs) };
    });
  }
}

function hitsOf(limits: readonly BudgetLimit[], at: readonly number[], mode: BudgetHit['mode']): readonly BudgetHit[] {
  const reached = new Set(at.flatMap((index) => limits[index] ?? []));
  return Array.from(reached, (limit) => limit.hit(mode));
}
