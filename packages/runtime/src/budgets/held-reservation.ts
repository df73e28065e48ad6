import { hash } from 'node:crypto';
import {
  type BudgetAsk,
  type BudgetHit,
  type BudgetRefusal,
  type BudgetStanding,
  isFault,
  type Reservation,
  type SettledBudget,
  type TokenEstimate,
  type TokenUse,
} from '@sallyport/core';
import { canonicalArguments } from '@sallyport/wire';
import { amountOf, settledAmount } from './amounts.ts';
import type { BudgetLimit, BudgetSubject } from './budget-limit.ts';
import type { BudgetTaker, Taken } from './budget-taker.ts';
import { costOf, mostCost } from './price-table.ts';

export interface ReservationParts {
  readonly taker: BudgetTaker;
  readonly ask: BudgetAsk;
  readonly estimate: TokenEstimate;
  readonly currency: string;
}

/** Takings of one exchange, for one provider where their limits look at that. */
interface Holding {
  readonly taken: Taken;
  readonly provider?: string;
}

/** What one exchange holds of its budgets. */
export class HeldReservation implements Reservation {
  readonly estimate: TokenEstimate;
  readonly standings: BudgetStanding[] = [];
  private readonly parts: ReservationParts;
  private readonly reached: BudgetHit[] = [];
  private readonly holdings: Holding[] = [];
  private readonly admitted = new Map<string, boolean>();
  private session: string | undefined;
  private settled: SettledBudget | undefined;

  constructor(parts: ReservationParts) {
    this.parts = parts;
    this.estimate = parts.estimate;
  }

  get hits(): readonly BudgetHit[] {
    return this.reached;
  }

  /** Takes from the limits that hold whatever the session. */
  begin(): BudgetRefusal | undefined {
    const { taker, ask } = this.parts;
    const subject = taker.subjectOf(ask, ask.provider);
    const general = this.take(taker.limitsOf(subject, isOfExchange), subject);
    if (general !== undefined) return general;
    this.admitted.set(ask.provider, true);
    const own = this.take(taker.limitsOf(subject, isOfProvider), subject, ask.provider);
    if (own !== undefined) this.release();
    return own;
  }

  join(session: string): BudgetRefusal | undefined {
    const { taker, ask } = this.parts;
    this.session = session;
    const subject = { ...taker.subjectOf(ask, ask.provider), session };
    return this.take(taker.limitsOf(subject, isOfSession), subject);
  }

  admits(provider: string): boolean {
    const known = this.admitted.get(provider);
    if (known !== undefined) return known;
    const { taker, ask } = this.parts;
    const subject = taker.subjectOf(ask, provider);
    const refusal = this.take(taker.limitsOf(subject, isOfProvider), subject, provider);
    // It isn't the client that is refused: others may serve it.
    if (refusal !== undefined) this.reached.push(...refusal.hits);
    this.admitted.set(provider, refusal === undefined);
    return refusal === undefined;
  }

  call(tool: string, made: string): BudgetRefusal | undefined {
    const { taker, ask } = this.parts;
    const { session } = this;
    const subject = { ...taker.subjectOf(ask, ask.provider), tool, ...(session !== undefined && { session }) };
    const limits = taker.limitsOf(subject, isOfCalls);
    if (limits.length === 0) return undefined;
    const repeats = limits.some(({ unit }) => unit === 'repeated-calls');
    const taken = taker.take(
      limits.map((limit) => ({ limit, subject, amount: 1, ...(repeats && { repeated: sameCall(tool, made) }) })),
    );
    if (isFault(taken)) return taken;
    this.reached.push(...taken.hits);
    taken.settle(() => 1);
    return undefined;
  }

  settle(used: TokenUse, provider?: string): SettledBudget {
    if (this.settled !== undefined) return this.settled;
    const { taker, ask, currency } = this.parts;
    const served = provider ?? ask.provider;
    const price = taker.priceOf(ask.model, served);
    const cost = price === undefined ? undefined : costOf(price, used);
    for (const { taken, provider: of } of this.holdings) {
      const elsewhere = of !== undefined && of !== served;
      taken.settle((unit) => (elsewhere ? 0 : settledAmount(unit, used, cost)));
    }
    const { inputTokens, outputTokens } = this.estimate;
    const reserved = { inputTokens, outputTokens };
    this.settled = {
      reserved,
      ...(price !== undefined &&
        cost !== undefined && {
          cost: {
            reserved: mostCost(taker.priceOf(ask.model, ask.provider) ?? price, reserved),
            settled: cost,
            currency,
            ...(price.unverified === true && { unverified: true as const }),
          },
        }),
    };
    return this.settled;
  }

  /** Gives everything back: nothing of it happened. */
  private release(): void {
    for (const { taken } of this.holdings.splice(0)) taken.settle(() => 0);
  }

  private take(limits: readonly BudgetLimit[], subject: BudgetSubject, provider?: string): BudgetRefusal | undefined {
    if (limits.length === 0) return undefined;
    const { taker, ask } = this.parts;
    const price = taker.priceOf(ask.model, subject.provider);
    const unpriced = price === undefined && !this.estimate.free ? limits.filter(({ unit }) => unit === 'cost') : NONE;
    const refused = taker.withoutPrice(unpriced);
    if (refused !== undefined) return refused;
    this.reached.push(...unpriced.map((limit) => limit.hit('uncounted')));
    const counted = limits.filter((limit) => !unpriced.includes(limit));
    const taken = taker.take(
      counted.map((limit) => ({ limit, subject, amount: amountOf(limit.unit, this.estimate, price) })),
    );
    if (isFault(taken)) return taken;
    this.reached.push(...taken.hits);
    this.standings.push(...taken.standings);
    this.holdings.push({ taken, ...(provider !== undefined && { provider }) });
    return undefined;
  }
}

const NONE: readonly BudgetLimit[] = [];

function isOfExchange(limit: BudgetLimit): boolean {
  return !limit.ofSession && !limit.ofCalls && !limit.ofProvider;
}

function isOfProvider(limit: BudgetLimit): boolean {
  return !limit.ofSession && !limit.ofCalls && limit.ofProvider;
}

function isOfSession(limit: BudgetLimit): boolean {
  return limit.ofSession && !limit.ofCalls;
}

function isOfCalls(limit: BudgetLimit): boolean {
  return limit.ofCalls;
}

/** What two calls have in common that are the same: their tool and what their arguments mean. */
function sameCall(tool: string, made: string): string {
  return hash('sha256', `${tool}\n${canonicalArguments(made)}`, 'base64');
}
